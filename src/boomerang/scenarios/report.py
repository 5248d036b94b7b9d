"""The answer of a play: what every chain must agree on, and what a person wants to see of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boomerang.games import GAMES
from boomerang.games.exact import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boomerang.games import Payoff
    from boomerang.parameters import Parameters


@dataclass(frozen=True)
class StepReport:
    """One step of the file. `at` is in seconds from the start; `gas` is None off chain.

    `states` are the phases of the commitments that the step is about, at the end of its block;
    `note` is what it says (a statement, a decision); `detail` a sentence about a refusal;
    `expected` whether the file's claim about it held; `line` where it stands in the file.
    """

    at: int
    by: str
    do: str
    what: tuple[str, ...]
    ok: bool
    error: str | None
    gas: int | None
    states: tuple[tuple[str, str], ...] = ()
    note: str = ""
    detail: str | None = None
    expected: bool = True
    line: int = 0

    def to_json(self) -> dict[str, Any]:
        """The step as the answer shows it."""
        return {
            "at": self.at,
            "by": self.by,
            "do": self.do,
            "what": list(self.what),
            "ok": self.ok,
            "error": self.error,
            "gas": self.gas,
        }


@dataclass(frozen=True)
class CommitmentReport:
    """How one commitment ended. Times are seconds from the start.

    `reason` is the reason code when it is final, else its phase; `outcome` is KEPT, REVERTED or
    PENDING.
    """

    name: str
    owner: str
    statement: str
    bond: int
    reason: str
    outcome: str
    published_at: int
    freeze_at: int
    final_at: int | None
    floor: str
    depth: int

    def to_json(self) -> dict[str, Any]:
        """The commitment as the answer shows it."""
        return {
            "owner": self.owner,
            "reason": self.reason,
            "outcome": self.outcome,
            "freezeAt": self.freeze_at,
            "finalAt": self.final_at,
            "floor": self.floor,
            "depth": self.depth,
        }


@dataclass(frozen=True)
class Report:
    """Everything that a play has to say. `closing` is what was resolved when time was up."""

    name: str
    chain: str
    parameters: Parameters
    until: int
    steps: tuple[StepReport, ...]
    closing: tuple[StepReport, ...]
    commitments: Mapping[str, CommitmentReport]
    balances: Mapping[str, int]
    game: str | None
    payoffs: Mapping[str, Payoff] | None
    conflicts: tuple[tuple[str, str], ...]
    draw: tuple[str, ...]
    token_balances: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    failures: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether every claim of the file held."""
        return not self.failures

    @property
    def outcome_line(self) -> str:
        """`A1 KEPT, B1 REVERTED, (10, -20)`; `KEPT B2, REVERTED A1 and B1, (11, -1)` for more."""
        parts = outcome_phrases(self.commitments.values())
        if self.payoffs is not None:
            parts.append(f"({', '.join(str(value) for value in self.payoffs.values())})")
        return ", ".join(parts)

    def answer(self) -> dict[str, Any]:
        """What every chain must agree on: all but its name, gas and draw, and the sentences about
        claims that failed, which may speak of its blocks.
        """
        result = self.to_json()
        del result["chain"], result["draw"], result["failures"]
        for step in result["steps"]:
            del step["gas"]
        return result

    def to_json(self) -> dict[str, Any]:
        """The object that `boomerang play --json` prints."""
        result: dict[str, Any] = {
            "name": self.name,
            "chain": self.chain,
            "steps": [step.to_json() for step in self.steps],
            "commitments": {name: c.to_json() for name, c in self.commitments.items()},
            "balances": dict(self.balances),
            "conflicts": [list(pair) for pair in self.conflicts],
            "draw": list(self.draw),
            "failures": list(self.failures),
        }
        if self.token_balances:
            result["tokenBalances"] = {t: dict(has) for t, has in self.token_balances.items()}
        if self.payoffs is not None:
            result["game"] = self.game
            result["payoffs"] = {agent: shown(value) for agent, value in self.payoffs.items()}
        return result


def outcome_phrases(commitments: Sequence[CommitmentReport] | Any) -> list[str]:
    """The outcomes in words: one by one for two commitments, by outcome for more."""
    found = list(commitments)
    if len(found) <= 2:
        return [f"{one.name} {one.outcome}" for one in found]
    groups = {
        outcome: [one.name for one in found if one.outcome == outcome]
        for outcome in ("KEPT", "REVERTED", "PENDING")
    }
    return [f"{outcome} {join(names)}" for outcome, names in groups.items() if names]


def join(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def explain_conflict(pair: tuple[str, str], report: Report) -> str:
    """One sentence about two commitments that clash."""
    one, other = (report.commitments[name] for name in pair)
    game = GAMES[report.game or ""]
    return (
        f"{one.name} ({game.action(0, one.statement)}) and {other.name} "
        f"({game.action(0, other.statement)}) are both kept, and {one.owner} cannot do both"
    )
