"""Pictures and tables of matches: who is called what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents import named, seated
from boomerang.games import catalogue
from boomerang.games.pairs import in_pairs
from boomerang.play import Match, ModelTable, series
from boomerang.play.tables import seat_accounts
from boomerang.timeline import render_svg
from boomerang.timeline.match import SeatWords

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.timeline import Timeline


def told(names: Sequence[str], *agents: str) -> Timeline:
    game = in_pairs(catalogue.chicken(), names)
    seats = [seated(named(one), start=i) for i, one in enumerate(agents)]
    match = Match(game, seats, ModelTable())
    return series.timeline(match, match.play())


def test_commitments_are_called_by_initials() -> None:
    story = told(("alice", "bob"), "bargaining", "bargaining")
    assert [(lane.name, lane.owner) for lane in story.lanes] == [
        ("A1", "alice"),
        ("B1", "bob"),
        ("B2", "bob"),
    ]
    assert {(arrow.of, arrow.to) for arrow in story.arrows} == {("B2", "A1"), ("B2", "B1")}
    assert story.outcome == "A1 REVERTED, B1 REVERTED, B2 KEPT"
    assert story.summary == ("payoffs: alice +15, bob -15",)
    assert "B2" in render_svg(story)


def test_and_by_names_where_initials_are_the_same() -> None:
    story = told(("ann", "al"), "conditional", "conditional")
    assert [lane.name for lane in story.lanes] == ["ann1", "al1"]
    assert "opens al1: revert if kept(ann1)" in [row.what for row in story.rows]


def test_others_are_bystanders_and_bytes_that_are_no_decision_are_told() -> None:
    table = ModelTable()
    words = SeatWords(("alice",), seat_accounts(1), table.blank())
    assert words.who(seat_accounts(2)[1]) == "a bystander"
    assert words.decision(b"\xff") == "malformed at byte 0: no instruction has the number 0xff"
    assert words.units(None, 7) == "7 wei"
