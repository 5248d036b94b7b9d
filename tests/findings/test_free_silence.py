"""The game of chicken of section 10, with Bob opening first. Alice has sealed "keep" on Dare; Bob
opens Dare. If she opens, both crash: -100. If she stays silent, hers lapses, and she swerves: -20.
Where silence is free, that is what she does; Bob knows it, dares, and wins.

Section 8: an Unrevealed commitment's bond is burned, and the bond must exceed what silence gains:
80. In the variant it comes back. Payoffs are played on the chain: a util is a wei.
"""

from __future__ import annotations

import pytest

from boomerang.games import Entry, Payoff, catalogue, score
from boomerang.model import Phase
from findings.stage import ALICE, BOB, KEEP, LAST_OPENING, REVERT, Stage
from findings.variants import Edit, Variant

UNBURNED = Variant(Edit("} else if (result == Phase.Unsealed) {", "} else {"))


def play(stage: Stage, bond: int, *, bob_dares: bool, alice_opens: bool) -> tuple[Payoff, Payoff]:
    """What Alice and Bob get: the game's payoff, and what their balances lost."""
    a, b = stage.commitment(ALICE, bond=bond, cover=bond), stage.commitment(BOB)
    before = stage.balance(ALICE), stage.balance(BOB)
    stage.at(1, stage.publish(a))
    stage.at(2, stage.publish(b))
    bobs = KEEP if bob_dares else REVERT
    stage.at(50, stage.seal(b, bobs), stage.seal(a, KEEP))
    stage.at(62, stage.open(b, bobs))
    if alice_opens:
        stage.at(63, stage.open(a, KEEP))
    else:
        stage.at(LAST_OPENING + 1, stage.resolve((a, b"")))
        assert stage.phase(a) is Phase.UNREVEALED
    entries = [
        Entry(name, name, c.content.statement.decode(), stage.phase(c).kept)
        for name, c in [("alice", a), ("bob", b)]
    ]
    utils = score(catalogue.chicken(), ("alice", "bob"), entries)
    return (
        utils["alice"] + stage.balance(ALICE) - before[0],
        utils["bob"] + stage.balance(BOB) - before[1],
    )


def equilibrium(variant: Variant | None, bond: int) -> tuple[Payoff, Payoff]:
    """By backward induction: Alice's best answer to each of Bob's, and his best against that.

    Indifferent, Alice opens, and Bob swerves.
    """

    def outcome(bob_dares: bool, alice_opens: bool) -> tuple[Payoff, Payoff]:
        return play(Stage(variant), bond, bob_dares=bob_dares, alice_opens=alice_opens)

    outcomes = [
        max((outcome(bob_dares, opens) for opens in (True, False)), key=lambda utils: utils[0])
        for bob_dares in (False, True)
    ]
    return max(outcomes, key=lambda utils: utils[1])


@pytest.mark.parametrize("bond", [0, 80, 10_000])
def test_succeeds_without_the_defence(bond: int) -> None:
    assert play(Stage(UNBURNED), bond, bob_dares=True, alice_opens=False) == (-20, 10)
    assert equilibrium(UNBURNED, bond) == (-20, 10)


@pytest.mark.parametrize("bond", [80, 81, 10_000])
def test_fails_against_the_registry(bond: int) -> None:
    assert play(Stage(), bond, bob_dares=True, alice_opens=False) == (-20 - bond, 10)
    assert equilibrium(None, bond) == (10, -20)


@pytest.mark.parametrize("bond", [0, 1, 79])
def test_a_bond_below_80_is_too_small(bond: int) -> None:
    """Silence costs the bond, and gains 80."""
    assert equilibrium(None, bond) == (-20 - bond, 10)
