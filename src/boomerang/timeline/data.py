"""What a timeline shows: lanes (one a commitment), rows (one an event), and arrows (offers).

All times are seconds from the start. Nothing here knows where the data came from: `from_report`
makes it of a play's report, and whoever has a chain's history can fill in the same classes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

KEPT = "KEPT"
REVERTED = "REVERTED"
PENDING = "PENDING"

EXPLANATIONS = {
    "Kept": "kept",
    "RevertedByDecision": "by its decision",
    "Revoked": "revoked by its owner",
    "Exposed": "its seal was exposed",
    "Unsealed": "never sealed",
    "Unrevealed": "never opened",
    "InvalidDecision": "its decision is invalid",
}
"""The reason codes in words."""


def outcome_of(phase: str) -> str:
    """KEPT, REVERTED or PENDING."""
    if phase == "Kept":
        return KEPT
    return REVERTED if phase in EXPLANATIONS else PENDING


@dataclass(frozen=True, slots=True)
class Lane:
    """The life of one commitment.

    `freeze` is the first second in which nothing about its decision can change, `closes` the last
    in which an opening is accepted. `sealed`, `opened` and `final` are None where that did not
    happen. `phase` is how it stands at the end; `decision` the text that was shown, if any.
    """

    name: str
    owner: str
    statement: str
    published: int
    freeze: int
    closes: int
    sealed: int | None = None
    opened: int | None = None
    final: int | None = None
    phase: str = "Tentative"
    decision: str = ""

    @property
    def outcome(self) -> str:
        """KEPT, REVERTED or PENDING."""
        return outcome_of(self.phase)

    def phase_at(self, second: int) -> str | None:
        """The phase at the end of a second; None before it was published."""
        if second < self.published:
            return None
        if self.final is not None and second >= self.final:
            return self.phase
        if self.opened is not None and second >= self.opened:
            return "Pending"
        if self.sealed is not None and second >= self.sealed:
            return "Revealing" if second >= self.freeze else "Sealed"
        return "Tentative"


@dataclass(frozen=True, slots=True)
class Row:
    """One event. `who` is empty for what only time did. `states` are (commitment, phase) after it.

    `waits_for` are the commitments that one which was opened waits for; `remark` stands in the
    place of states. `refused` names the error of what the chain refused; `gas` is None off chain.
    """

    at: int
    who: str
    what: str
    states: tuple[tuple[str, str], ...] = ()
    gas: int | None = None
    refused: str | None = None
    waits_for: tuple[str, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """An offer, or the end of one: `declined` is the second in which the target declined it."""

    at: int
    of: str
    to: str
    declined: int | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A whole story. `end` is the last second shown; `summary` says how it ended, line by line."""

    title: str
    chain: str
    agents: tuple[str, ...]
    lanes: tuple[Lane, ...]
    rows: tuple[Row, ...]
    arrows: tuple[Arrow, ...]
    end: int
    outcome: str = ""
    summary: tuple[str, ...] = field(default=())

    @property
    def gas(self) -> int | None:
        """All of it together; None where there is none."""
        spent = [row.gas for row in self.rows if row.gas is not None]
        return sum(spent) if spent else None


def time_rows(lanes: tuple[Lane, ...], end: int) -> list[Row]:
    """What only time does: freezes, and lapses."""
    rows = []
    for lane in lanes:
        gone = lane.final is not None and lane.final < lane.freeze
        if not gone and lane.freeze <= end:
            sealed = lane.sealed is not None
            what = f"{lane.name} freezes{'' if sealed else ' without a seal'}"
            phase = "Revealing" if sealed else "Unsealed"
            rows.append(Row(lane.freeze, "", what, ((lane.name, phase),)))
        if lane.phase == "Unrevealed" and lane.final is not None and lane.final <= end:
            what = f"the window of {lane.name} ends without an opening"
            rows.append(Row(lane.final, "", what, ((lane.name, lane.phase),)))
    return rows
