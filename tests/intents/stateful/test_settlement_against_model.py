"""Random sequences of batches, postings and everything else, on the contracts and on the model: all
answers, all logs and all state are equal after each step, and the invariants hold.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from boomerang.intents import errors
from boomerang.intents.errors import BookError, SettlementError
from boomerang.intents.model import Unlisting, events
from boomerang.intents.model.state import Entry
from intents.stateful.campaign import Failure, Tally, play, replay, shrink
from intents.stateful.cast import MAKERS, SOLVER, START, A, B
from intents.stateful.comparison import Disagreement
from intents.stateful.decoding import decode
from intents.stateful.generator import Generator
from intents.stateful.mutants import MORE, MUTANTS, Mutant, mutated
from intents.stateful.world import Action, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from intents.stateful.cast import Code

SEED = int(os.environ.get("INTENTS_SEED", "0"))
SEQUENCES = int(os.environ.get("INTENTS_SEQUENCES", "10240"))
PARTS = max(1, SEQUENCES // 1280)  # of so many sequences that shares mean something
ENOUGH = 1000  # sequences, for shares and coverage to mean anything

# The share of each kind of action that must succeed, in every part: about a fifth below what 1,000
# sequences had when this was written. Four in ten batches are wrong in one place on purpose.
FLOORS = {
    "announce": 1.0,
    "approve": 1.0,
    "bytes": 0.0,  # most changes of a byte break a signature
    "cancel": 1.0,
    "post": 0.75,
    "settle": 0.50,
    "settle else": 0.42,
    "settle further": 0.35,
    "settle mixed": 0.45,
    "settle pair": 0.50,
    "settle ring": 0.48,
    "settle route": 0.50,
    "settle share": 0.38,
    "settle skippable": 0.45,
    "settle sweep": 0.42,
    "sweepDead": 1.0,
    "unpost": 0.65,
}
# What no sequence meets: a constructor's error, calls that the contracts make to one another, and a
# lack of gas (tests/findings, tests/forge).
ELSEWHERE = {"BadParameter", "NotPart", "NotSettlement", "TooLittleGas"}


def campaign(first: int, count: int, code: Code | None = None) -> Tally:
    """Play sequences; fail with the story of the first that fails."""
    tally = Tally()
    for seed in range(first, first + count):
        failure = play(seed, code, tally)
        if failure is not None:
            pytest.fail(shrink(failure, code).told(), pytrace=False)
    return tally


def require_variety(tally: Tally) -> None:
    """That the sequences reached what there is to reach."""
    shares = tally.shares()
    low = {name: shares.get(name, 0) for name in FLOORS if shares.get(name, 0) < FLOORS[name]}
    assert not low, f"these succeed too rarely: {low}"
    assert set(tally.tried) == set(FLOORS)
    classes = (*SettlementError.__subclasses__(), *BookError.__subclasses__())
    known = {error.__name__ for error in classes if error is not BookError}
    assert not known - set(tally.errors) - ELSEWHERE, "errors that no action met"
    names = {event.__name__ for event in events.Event.__args__ if event is not events.Unlisted}
    names |= {f"Unlisted {reason.name}" for reason in Unlisting}
    assert names == set(tally.events)


@pytest.mark.parametrize("part", range(PARTS))
def test_random_sequences(part: int, record_property: Callable[[str, object], None]) -> None:
    count = max(1, SEQUENCES // PARTS)
    tally = campaign(SEED + part * count, count)
    record_property("intents", tally.as_dict())
    if count >= ENOUGH:
        require_variety(tally)


# ------------------------------------------------------------------------------------ it can fail


def caught(mutant: Mutant, sequences: int) -> tuple[Failure | None, Code]:
    """The first sequence that notices the mutant."""
    code = mutated(mutant)
    for seed in range(sequences):
        failure = play(seed, code)
        if failure is not None:
            return shrink(failure, code), code
    return None, code


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_mutants_are_caught(mutant: Mutant) -> None:
    failure, _ = caught(mutant, 1500)
    assert failure is not None
    # Without the mutant the same actions raise nothing: it was the contract's fault.
    assert replay(failure.actions) is None
    assert len(failure.actions) <= 10


@pytest.mark.long
@pytest.mark.parametrize("mutant", MORE, ids=str)
def test_more_mutants_are_caught(mutant: Mutant) -> None:
    failure, _ = caught(mutant, 4000)
    assert failure is not None
    assert replay(failure.actions) is None


# ------------------------------------------------------------------------------------ the tools


def test_sequences_are_reproducible() -> None:
    assert _actions(5) == _actions(5)
    assert _actions(5) != _actions(6)


def _actions(seed: int) -> list[Action]:
    rng = random.Random(seed)
    world = World()
    generator = Generator(rng, world)
    made = []
    for _ in range(12):
        made.append(generator.next())
        world.step(made[-1])
    world.close()
    return made


def test_a_false_expectation_is_noticed() -> None:
    """Every comparison, one by one: the model is made to lie about it."""
    lies: dict[str, Callable[[World], object]] = {
        "balance": lambda w: w.model.mint(A, MAKERS[0], 1),
        "allowance": lambda w: w.model.allow(A, MAKERS[0], 7),
        "pool": lambda w: w.model.add_pool(A, B, 5, 5),
        "nonce": lambda w: w.model.state.used.__setitem__((MAKERS[0], 3), True),
        "approval": lambda w: w.model.state.approvals.__setitem__((MAKERS[0], bytes(32)), True),
        "list": lambda w: w.model.state.counts.__setitem__((A, B), 1),
        "entry": lambda w: _list_entry(w),
        "log": lambda w: setattr(w.model, "_emit", lambda event: None),
        "error": lambda w: setattr(w.model, "approve", _refuse),
    }
    for name, lie in lies.items():
        world = World()
        try:
            world.step(Action(START, MAKERS[0], "approve", (b"\1" * 32, True)))
            lie(world)
            with pytest.raises(Disagreement):
                world.step(Action(START + 1, MAKERS[0], "approve", (b"\2" * 32, True)))
        finally:
            world.close()
        assert name


def _list_entry(world: World) -> None:
    state = world.model.state
    state.entries[A, B, 1] = Entry(MAKERS[0], 5, 5, 5, START)
    state.lists[A, B] = (1,)


def _refuse(*_: object) -> None:
    raise errors.Unused(0)


def test_batches_are_read_as_they_are_written() -> None:
    """The decoder that the comparison trusts, against the package's encoder."""
    met = 0
    for seed in range(12):
        for action in _actions(seed):
            if action.name == "settle":
                met += 1
                assert decode(action.args[0].encode()) == action.args[0]
    assert met > 20


def test_a_sequence_leaves_the_stage_as_it_was() -> None:
    for seed in range(3):
        assert play(seed) is None
    world = World()
    world.step(Action(START, SOLVER, "cancel", (0, 0)))  # compares all state
    world.close()
