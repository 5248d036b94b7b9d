"""Agents that cheat, and what the registry makes of it. The attacks one by one, with and without
each rule, are in tests/findings; here strategies play them out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.playing import EARLY, phases, play, refusals
from boomerang.agents import Leaking
from boomerang.decisions import Constant
from boomerang.model import Phase

if TYPE_CHECKING:
    from boomerang.client.state import Commitment
    from boomerang.decisions import Expression
    from boomerang.play import View

KEPT, REVERTED = Phase.KEPT, Phase.REVERTED_BY_DECISION
RUTHLESS = f"ruthless:opens_after={EARLY}"


@pytest.mark.parametrize(("bond", "payoffs"), [(0, (-20, 10)), (50, (-70, 10)), (79, (-99, 10))])
def test_silence_pays_where_the_bond_is_below_80(bond: int, payoffs: tuple[int, int]) -> None:
    """A ruthless Bob opens first: Alice swerves after all, and loses her bond instead."""
    outcome = play(f"withholding:bond={bond}", RUTHLESS)
    assert phases(outcome) == [Phase.UNREVEALED, KEPT]
    assert outcome.payoffs == payoffs
    assert outcome.lost == (bond, 0)


@pytest.mark.parametrize("bond", [80, 81, 1000])
def test_silence_does_not_pay_with_a_bond_of_80(bond: int) -> None:
    outcome = play(f"withholding:bond={bond}", RUTHLESS)
    assert phases(outcome) == [KEPT, KEPT]
    assert outcome.payoffs == (-100, -100)


def test_the_option_is_worth_80_without_a_bond() -> None:
    honest, cheating = play("first-mover", RUTHLESS), play("withholding", RUTHLESS)
    assert cheating.payoffs[0] - honest.payoffs[0] == 80


def test_who_opens_early_has_seen_nothing() -> None:
    outcome = play(f"withholding:opens_after={EARLY}", "first-mover")
    assert outcome.payoffs == (-100, -100)


def test_who_opens_last_sees_most() -> None:
    """Second to somebody who opens in good time: silence is to have given way."""
    outcome = play("conditional", "withholding:bond=7")
    assert phases(outcome) == [KEPT, Phase.UNREVEALED]
    assert outcome.payoffs == (10, -27)


def test_a_leaked_seal_costs_its_bond() -> None:
    outcome = play("leaking:bond=100", "exposer")
    assert phases(outcome) == [Phase.EXPOSED, KEPT]
    assert outcome.lost == (100, -50)  # half is burned: no way to expose oneself for nothing
    assert outcome.payoffs == (-20 - 100, 10 + 50)


def test_a_leaked_seal_is_no_use_where_nobody_exposes() -> None:
    assert play("leaking:bond=100", "conditional").payoffs == (10, -20)


def test_who_tells_nobody_is_not_exposed() -> None:
    assert play("conditional:bond=100", "exposer").payoffs == (10, -20)
    assert play("leaking:bond=100:to=0", "exposer").payoffs == (10, -20)


class Gossip(Leaking):
    """Tells everybody that it will swerve, which suits them."""

    def states(self, view: View) -> str:
        return "Swerve"

    def decide(self, mine: Commitment, view: View) -> Expression:
        return Constant(True)


@pytest.mark.parametrize(("bond", "phase"), [(0, KEPT), (1, KEPT), (2, Phase.EXPOSED)])
def test_only_what_pays_is_exposed(bond: int, phase: Phase) -> None:
    """That Alice is bound to swerve is all right; half of her bond would be better still."""
    assert phases(play(Gossip(bond=bond), "exposer"))[0] is phase


def test_code_cannot_seal() -> None:
    outcome = play("proxy-code", "conditional")
    assert refusals(outcome) == [["NotPlainKey"] * 3, []]
    assert phases(outcome) == [Phase.UNSEALED, KEPT]
    assert outcome.payoffs == (-20, 10)


def test_leaning_on_what_has_no_cover_is_invalid() -> None:
    """With a cover of 100 shown, opponents would believe the claim."""
    outcome = play("proxy-leaning:bond=100:cover=100", RUTHLESS)
    claim = [one for one in outcome.commitments if one.seat == 0][1]
    assert claim.phase is Phase.INVALID_DECISION
    assert play("proxy-leaning:bond=100:cover=100", "conditional").payoffs == (-20, 10)


def test_without_a_cover_leaning_works_and_shows() -> None:
    """The bond of 100 comes home: it is no bond, and the cover of 0 says so (docs: show cover)."""
    outcome = play("proxy-leaning:bond=100", RUTHLESS)
    mine = [one for one in outcome.commitments if one.seat == 0]
    assert [one.phase for one in mine] == [Phase.UNREVEALED, REVERTED]
    assert outcome.lost == (0, 0)
    assert outcome.payoffs == (-20, 10)
