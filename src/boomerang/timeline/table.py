"""A timeline as a table for a terminal: second, lanes, who, what, state, gas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from boomerang.timeline.data import EXPLANATIONS, KEPT, REVERTED, outcome_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from boomerang.timeline.data import Lane, Row, Timeline

AGENT_COLOURS = ("dodger_blue1", "orange1", "medium_purple1", "turquoise2", "hot_pink", "gold1")
OUTCOME_STYLES = {KEPT: "bold green", REVERTED: "red", "PENDING": "yellow"}

_BARS = {
    "Tentative": "░░",
    "Sealed": "▒▒",
    "Revealing": "▓▓",
    "Pending": "▞▞",
}
_WIDE_ENOUGH = 8
"""More lanes than this make no readable bars; the table leaves them out."""


def render_table(timeline: Timeline) -> RenderableType:
    """The table, and below it how it all ended."""
    colours = agent_colours(timeline)
    bars = timeline.lanes if len(timeline.lanes) <= _WIDE_ENOUGH else ()
    table = Table(
        box=SIMPLE_HEAD,
        title=Text(timeline.title, style="bold"),
        title_justify="left",
        pad_edge=False,
        padding=(0, 1),
        show_edge=False,
    )
    table.add_column("second", justify="right", no_wrap=True)
    for lane in bars:
        table.add_column(Text(lane.name, style=colours[lane.owner]), no_wrap=True)
    table.add_column("who", no_wrap=True)
    table.add_column("what", overflow="fold", ratio=3)
    table.add_column("state", overflow="fold", ratio=2)
    if timeline.gas is not None:
        table.add_column("gas", justify="right", no_wrap=True)
    before: int | None = None
    for row in timeline.rows:
        style = "dim" if row.refused or not row.who else ""
        cells: list[RenderableType] = [str(row.at) if row.at != before else ""]
        cells += [_bar(lane, row.at, colours[lane.owner]) for lane in bars]
        cells.append(Text(row.who or "·", style=colours.get(row.who, "dim")))
        cells.append(Text(row.what, style=style))
        cells.append(_state(row, timeline))
        if timeline.gas is not None:
            cells.append(f"{row.gas:,}" if row.gas is not None else "")
        table.add_row(*cells)
        before = row.at
    return Group(table, *_ending(timeline))


def agent_colours(timeline: Timeline) -> dict[str, str]:
    """A colour for each agent, the same in every picture of a timeline; the bystander is grey."""
    named = [agent for agent in timeline.agents if agent != "bystander"]
    colours = {agent: AGENT_COLOURS[i % len(AGENT_COLOURS)] for i, agent in enumerate(named)}
    return colours | {"bystander": "grey58"}


def legend() -> Text:
    """What the bars mean."""
    words = (
        ("░░", "tentative"),
        ("▒▒", "sealed"),
        ("▓▓", "frozen, to be opened"),
        ("▞▞", "opened, waits for others"),
        ("██", "kept"),
        ("··", "reverted"),
    )
    return Text("   ".join(f"{bar} {word}" for bar, word in words), style="dim")


def _bar(lane: Lane, second: int, colour: str) -> Text:
    phase = lane.phase_at(second)
    if phase is None:
        return Text("")
    outcome = outcome_of(phase)
    if outcome == KEPT:
        return Text("██", style="green")
    if outcome == REVERTED:
        return Text("··", style="red")
    return Text(_BARS[phase], style=colour)


def _state(row: Row, timeline: Timeline) -> Text:
    if row.refused:
        return Text(f"✗ {row.refused.removeprefix('Boomerang_')}", style="red")
    if row.remark:
        return Text(row.remark)
    lanes = {lane.name: lane for lane in timeline.lanes}
    parts = [
        Text(
            describe_state(lanes.get(name), name, phase, row.waits_for),
            style="" if phase in ("Tentative", "Sealed", "Revealing") else tone(phase),
        )
        for name, phase in row.states
    ]
    return Text(", ").join(parts)


def tone(phase: str) -> str:
    """The style of a phase."""
    return OUTCOME_STYLES[outcome_of(phase)]


def describe_state(
    lane: Lane | None, name: str, phase: str, waits_for: tuple[str, ...] = ()
) -> str:
    """One commitment's state in a few words: `A1 tentative until 61`, `B1 REVERTED (…)`."""
    outcome = outcome_of(phase)
    if outcome == KEPT:
        return f"{name} KEPT"
    if outcome == REVERTED:
        return f"{name} REVERTED ({EXPLANATIONS[phase]})"
    if phase == "Pending":
        return f"{name} waits for {' and '.join(waits_for) or 'others'}"
    if lane is not None and phase == "Tentative":
        return f"{name} tentative until {lane.freeze}"
    if lane is not None and phase == "Sealed":
        return f"{name} sealed until {lane.freeze}"
    if lane is not None and phase == "Revealing":
        return f"{name} to be opened by {lane.closes}"
    return f"{name} {phase}"


def _ending(timeline: Timeline) -> list[Text]:
    lines = [Text(), legend(), Text()] if timeline.lanes else [Text()]
    lines += [
        Text(line, style="yellow" if line.startswith("Conflict") else "")
        for line in timeline.summary
    ]
    if timeline.gas is not None:
        lines.append(Text(f"Gas: {timeline.gas:,} in all"))
    return [*lines, Text(), outcome_text(timeline.outcome)]


def outcome_text(line: str) -> Text:
    """The outcome line, its words in the colours of outcomes."""
    text = Text(line, style="bold")
    for word, style in OUTCOME_STYLES.items():
        text.highlight_words([word], style=style)
    return text
