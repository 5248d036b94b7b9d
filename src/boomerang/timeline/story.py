"""A timeline from the report of a play."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boomerang.games.exact import signed
from boomerang.scenarios.report import explain_conflict
from boomerang.timeline.data import Arrow, Lane, Row, Timeline, time_rows

if TYPE_CHECKING:
    from boomerang.scenarios.report import Report, StepReport

_ACTS = {
    "seal": "seals",
    "expose": "exposes",
    "open": "opens",
    "revoke": "revokes",
    "resolve": "resolves",
    "draw": "draws",
    "execute": "executes",
    "retry": "retries",
    "release": "releases",
}


def from_report(report: Report) -> Timeline:
    """The timeline of a play."""
    lanes = _lanes(report)
    arrows = _arrows(report)
    steps = [*report.steps, *report.closing]
    rows = [(step.at, 1, _row(step, report)) for step in steps]
    rows += [(row.at, 0, row) for row in time_rows(lanes, report.until)]
    ordered = [row for _, _, row in sorted(rows, key=lambda item: item[:2])]
    owners = dict.fromkeys(lane.owner for lane in lanes)
    actors = dict.fromkeys(step.by for step in steps)
    return Timeline(
        title=report.name,
        chain=report.chain,
        agents=tuple(dict.fromkeys([*owners, *actors])),
        lanes=lanes,
        rows=tuple(ordered),
        arrows=arrows,
        end=max([report.until if not lanes else 0, *(_last(lane, report) for lane in lanes)]),
        outcome=report.outcome_line,
        summary=tuple(summary(report)),
    )


def summary(report: Report) -> list[str]:
    """How it ended, beside the outcomes: conflicts, payoffs, money, and claims that failed."""
    lines = []
    for pair in report.conflicts:
        lines.append(f"Conflict {pair[0]}/{pair[1]}: {explain_conflict(pair, report)}.")
    if report.payoffs is not None:
        shares = ", ".join(f"{agent} {signed(value)}" for agent, value in report.payoffs.items())
        lines.append(f"Payoffs of {report.game}: {shares}")
    if report.balances:
        money = ", ".join(f"{agent} {wei:,}" for agent, wei in report.balances.items())
        lines.append(f"Balances in wei: {money}")
    if report.draw:
        lines.append(f"Drawn in this order: {', '.join(report.draw)}")
    return lines


def _lanes(report: Report) -> tuple[Lane, ...]:
    seconds: dict[tuple[str, str], int] = {}
    shown: dict[str, str] = {}
    for step in report.steps:
        if step.ok and step.do in ("seal", "open"):
            seconds[step.do, step.what[0]] = step.at
        if step.ok and step.do in ("open", "expose"):
            shown[step.what[0]] = step.note
    window = report.parameters.reveal_window
    return tuple(
        Lane(
            name=one.name,
            owner=one.owner,
            statement=one.statement,
            published=one.published_at,
            freeze=one.freeze_at,
            closes=one.freeze_at + window,
            sealed=seconds.get(("seal", one.name)),
            opened=seconds.get(("open", one.name)),
            final=one.final_at,
            phase=one.reason,
            decision=shown.get(one.name, ""),
        )
        for one in report.commitments.values()
    )


def _arrows(report: Report) -> tuple[Arrow, ...]:
    offers: dict[tuple[str, str], Arrow] = {}
    for step in report.steps:
        if not step.ok:
            continue
        if step.do == "offer":
            of, to = step.what
            offers.setdefault((of, to), Arrow(step.at, of, to))
        elif step.do == "decline":
            for pair, arrow in offers.items():
                if pair[1] == step.what[0] and step.note in ("", pair[0]):
                    offers[pair] = Arrow(arrow.at, arrow.of, arrow.to, arrow.declined or step.at)
    return tuple(offers.values())


def _row(step: StepReport, report: Report) -> Row:
    said = _remark(step) if step.ok else ""
    return Row(
        at=step.at,
        who=step.by,
        what=_sentence(step, report),
        states=step.states if step.ok and not said else (),
        gas=step.gas,
        refused=step.error,
        waits_for=_waits_for(step, report),
        remark=said,
    )


def _remark(step: StepReport) -> str:
    """What an offer or its refusal comes to."""
    if step.do == "offer":
        return f"{step.what[1]} may depend on {step.what[0]}"
    if step.do == "join":
        return f"{_and(step.what)} may depend on one another once all have joined"
    if step.do == "decline":
        return f"{step.what[0]} may not depend on {step.note or 'later ones'}"
    return ""


def _waits_for(step: StepReport, report: Report) -> tuple[str, ...]:
    """The commitments, named in the decision that was shown, that were not final then."""
    if step.do != "open" or not step.ok:
        return ()
    named = dict.fromkeys(re.findall(r"kept\(\s*([^\s)]+)\s*\)", step.note, re.IGNORECASE))
    found = (report.commitments.get(name) for name in named)
    return tuple(
        one.name for one in found if one and (one.final_at is None or one.final_at > step.at)
    )


def _sentence(step: StepReport, report: Report) -> str:
    names = ", ".join(step.what)
    match step.do:
        case "publish":
            found = report.commitments.get(names)
            bond = f", bond {found.bond:,}" if step.ok and found and found.bond else ""
            said = f" “{_shorten(step.note)}”" if step.note else ""
            return f"publishes {names}{said}{bond}"
        case "offer":
            return f"offers {step.what[0]} to {step.what[1]}"
        case "decline":
            what = f"the offer of {step.note}" if step.note else "all offers"
            return f"{names} declines {what}"
        case "join":
            return f"joins {step.what[0]} to the group of {_and(step.what)}"
        case "settle":
            return f"resolves the group of {_and(step.what)}"
        case "open" | "expose":
            return f"{_ACTS[step.do]} {names}{f': {step.note}' if step.note else ''}"
        case "withdraw":
            return "withdraws what is owed"
        case "deliver":
            return "delivers what is owed"
        case "retry" | "release":
            return f"{_ACTS[step.do]} {step.note} of {names}"
        case "approve":
            return f"lets the enforcer move {step.note}"
        case act:
            return f"{_ACTS.get(act, act)} {names}"


def _and(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _last(lane: Lane, report: Report) -> int:
    """The last second in which something happens to a commitment."""
    if lane.final is not None:
        return max(lane.final, lane.freeze)
    return max(report.until, lane.freeze)
