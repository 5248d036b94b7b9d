"""The same agents, on the model, in process, on eth-tester and on anvil: for the same draws the
same outcomes, to the second.

Draws are made from block hashes, which differ from chain to chain. So what was played on a chain is
played again on the model with the draws that the chain recorded; and where there were no ties, all
kinds are compared with one another as well.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from agents.playing import EARLY
from boomerang.agents import seated
from boomerang.agents.spec import agent
from boomerang.client import events as ev
from boomerang.games import catalogue
from boomerang.model import Model
from boomerang.play import Match, ModelTable, open_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boomerang.games import Game
    from boomerang.play import Outcome, Table

GAMES = [
    catalogue.chicken(),
    catalogue.chicken(3),
    catalogue.bargaining(),
    catalogue.prisoners_dilemma(),
    catalogue.stag_hunt(),
    catalogue.battle_of_the_sexes(),
    catalogue.public_goods(3),
    catalogue.routing(2),
]
LINEUPS = [
    ("conditional", "conditional", "conditional"),
    ("bargaining", "bargaining:revokes=true", "conditional"),
    ("withholding:bond=30", f"ruthless:bond=5:opens_after={EARLY}", "best-response"),
    ("leaking:bond=100", "exposer", "meek"),
    ("proxy-leaning:bond=9:cover=9", "first-mover", "silent"),
    ("random", "random", "random:commitments=4"),
]
"""As many of each as a game has players."""


@dataclass(frozen=True)
class Recorded:
    """The draws that a chain recorded."""

    draws: Mapping[bytes, int]
    draw_delay: int

    def draw(self, commitment: bytes, publish_block: int, current_block: int) -> int | None:
        if current_block <= publish_block + self.draw_delay:
            return None
        return self.draws.get(commitment)


class ReplayTable(ModelTable):
    """The model in the place of a chain's registry, with its draws."""

    def __init__(self, table: Table, draws: Mapping[bytes, int]) -> None:
        self._draws = Recorded(draws, table.parameters.draw_delay)
        super().__init__(table.parameters)
        self.domain = table.domain
        self.start = table.start

    def begin(self, seats: int, coded: Sequence[int] = ()) -> list[str]:
        accounts = super().begin(seats, coded)
        self.model = Model(self.domain, self.parameters, self._draws)
        return accounts


CASES = [(game, lineup) for game in range(len(GAMES)) for lineup in range(len(LINEUPS))]
ALL = os.environ.get("AGENTS_EVERYWHERE") == "all"
SOME = CASES if ALL else [(game, lineup) for game, lineup in CASES if game % 6 == lineup]
"""For chains that take their time: every game and every lineup, but not each with each, which
takes minutes: AGENTS_EVERYWHERE=all pytest tests/agents/test_same_everywhere.py
"""
KINDS = ["tester", pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.network])]


def _named(case: tuple[int, int]) -> str:
    game = GAMES[case[0]]
    return f"{game.name}-{len(game.players)}-{LINEUPS[case[1]][0].partition(':')[0]}"


@pytest.fixture(scope="module")
def tables() -> Iterator[dict[str, Table]]:
    """One of each kind, opened when first needed."""
    with ExitStack() as stack:
        yield _Tables(stack)


class _Tables(dict[str, "Table"]):
    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __missing__(self, kind: str) -> Table:
        self[kind] = self._stack.enter_context(open_table(kind))
        return self[kind]


def match(game: Game, lineup: Sequence[str], table: Table, starts: Sequence[float]) -> Match:
    seats = [
        seated(agent(text), start=start)
        for text, start, _ in zip(lineup, starts, game.players, strict=False)
    ]
    return Match(game, seats, table, seed=7)


def without_place(outcome: Outcome) -> Outcome:
    """But for what a chain has of its own: ids, and gas."""
    return replace(
        outcome,
        commitments=tuple(replace(one, id=b"") for one in outcome.commitments),
        conflicts=tuple((b"", b"") for _ in outcome.conflicts),
        refused=tuple(tuple(type(one.error).__name__ for one in own) for own in outcome.refused),  # type: ignore[misc]
        gas=(),
    )


def ids_of(outcome: Outcome) -> list[bytes]:
    return [one.id for one in outcome.commitments]


def check_replayed(table: Table, case: tuple[int, int]) -> None:
    """All begin at once, in one block, and the draw decides: on the model too, with its draws."""
    game, lineup = GAMES[case[0]], LINEUPS[case[1]]
    played = match(game, lineup, table, (0, 0, 0))
    outcome = played.play()
    draws = {event.id: event.draw for event in played.history if isinstance(event, ev.Drawn)}
    again = match(game, lineup, ReplayTable(table, draws), (0, 0, 0)).play()
    assert ids_of(again) == ids_of(outcome)
    assert without_place(again) == without_place(outcome)
    if "random" not in lineup:
        assert len(outcome.commitments) < 2 or draws


def check_without_ties(table: Table, case: tuple[int, int]) -> None:
    """Each begins a second after the one before: no draw matters, and all tables agree."""
    game, lineup = GAMES[case[0]], LINEUPS[case[1]]
    outcome = match(game, lineup, table, (0, 1, 2)).play()
    other = match(game, lineup, ModelTable(), (0, 1, 2)).play()
    assert without_place(outcome) == without_place(other)


@pytest.mark.parametrize("case", CASES, ids=_named)
def test_in_process(tables: dict[str, Table], case: tuple[int, int]) -> None:
    check_replayed(tables["pyrevm"], case)
    if "random" not in LINEUPS[case[1]]:
        check_without_ties(tables["pyrevm"], case)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", SOME, ids=_named)
def test_on_nodes(tables: dict[str, Table], kind: str, case: tuple[int, int]) -> None:
    check_replayed(tables[kind], case)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", SOME if ALL else SOME[:3], ids=_named)
def test_on_nodes_without_ties(tables: dict[str, Table], kind: str, case: tuple[int, int]) -> None:
    if "random" in LINEUPS[case[1]]:
        case = (case[0], 0)  # theirs may meet in a block
    check_without_ties(tables[kind], case)
