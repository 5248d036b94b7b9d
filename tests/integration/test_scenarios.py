"""Every scenario of the library on every kind of chain, with equal answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boomerang.chains.base import Chain
from boomerang.scenarios import (
    ChainWorld,
    ModelWorld,
    Report,
    Scenario,
    World,
    library_files,
    load,
    open_world,
    open_worlds,
    play,
)
from boomerang.scenarios.library import ROOT

FILES = [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in library_files()]
Worlds = Callable[[Scenario], World]


@pytest.fixture(scope="module")
def anvil() -> Iterator[Worlds]:
    with open_worlds("anvil") as world_for:
        yield world_for


@pytest.fixture(scope="module")
def tester() -> Worlds:
    """One chain for all: making the keys of a new one takes longer than most scenarios."""
    from boomerang.chains.tester import TesterChain

    chain: Chain = TesterChain()
    return lambda scenario: ChainWorld(scenario, chain)


def on_model(scenario: Scenario, draw: tuple[str, ...] = ()) -> Report:
    """The model's answer, with the draw that a chain made."""
    return play(scenario, ModelWorld(scenario, draw or None))


def assert_same_as_the_model(report: Report, scenario: Scenario) -> None:
    assert report.failures == ()
    assert report.answer() == on_model(scenario, report.draw).answer()
    assert all(step.gas is not None for step in report.steps if step.ok)


@pytest.mark.parametrize("path", FILES)
def test_model_and_pyrevm(path: Path) -> None:
    scenario = load(path)
    model = on_model(scenario)
    assert model.failures == ()
    assert all(step.gas is None for step in model.steps)
    with open_world("pyrevm", scenario) as world:
        assert_same_as_the_model(play(scenario, world), scenario)


@pytest.mark.anvil
@pytest.mark.network
@pytest.mark.parametrize("path", FILES)
def test_anvil(path: Path, anvil: Worlds) -> None:
    scenario = load(path)
    assert_same_as_the_model(play(scenario, anvil(scenario)), scenario)


@pytest.mark.parametrize("path", FILES)
def test_eth_tester(path: Path, tester: Worlds) -> None:
    scenario = load(path)
    assert_same_as_the_model(play(scenario, tester(scenario)), scenario)


def test_the_library_reaches_every_end_and_nearly_every_error() -> None:
    """What no scenario can reach is listed, so that nothing is forgotten by accident."""
    from boomerang.errors import chain_errors

    ends, errors = set(), set()
    for path in library_files():
        report = on_model(load(path))
        ends |= {one.reason for one in report.commitments.values()}
        errors |= {step.error for step in report.steps if step.error}
    assert ends >= {
        "Kept",
        "RevertedByDecision",
        "Revoked",
        "Exposed",
        "Unsealed",
        "Unrevealed",
        "InvalidDecision",
        "Pending",
        "Revealing",
        "Sealed",
        "Tentative",
    }
    unreachable = {
        "BadParameter",  # the file makes no sense then
        "MalformedStake",  # the player packs it
        "OutOfRange",  # in the year 2106
        "NotPlainKey",  # contracts play no scenarios
        "SignatureExpired",  # nor do relayers
        "WrongSigner",
        "OfferMoved",
        "MalformedFunding",
        "TokenMismatch",  # tokens are plain
        "WrongContent",  # the player knows it
        "NotEnoughGas",  # and gives what it takes
        "NotPart",  # for the registry and its parts alone
        "NotRegistry",
    }
    names = {f"Boomerang_{cls.__name__}" for cls in chain_errors()}
    assert {f"Boomerang_{name}" for name in unreachable} == names - errors
    assert errors - names == {
        "InsufficientFunds",
        "ERC20InsufficientAllowance",
        "ERC20InsufficientBalance",
    }


def test_the_model_follows_the_draw_that_it_is_given() -> None:
    scenario = load(ROOT / "order" / "tie-drawn.yaml")
    first = on_model(scenario, ("A1", "B1"))
    assert {name: one.reason for name, one in first.commitments.items()} == {
        "A1": "InvalidDecision",
        "B1": "Kept",
    }
    second = on_model(scenario, ("B1", "A1"))
    assert {name: one.reason for name, one in second.commitments.items()} == {
        "A1": "Kept",
        "B1": "InvalidDecision",
    }
    assert second.draw == ("B1", "A1")


def test_a_chain_reports_its_own_draw() -> None:
    """Over several first blocks both orders turn up, and each decides the outcome."""
    from boomerang.chains.embedded import EmbeddedChain

    scenario = load(ROOT / "order" / "tie-drawn.yaml")
    seen = set()
    for first_block in range(12):
        report = play(scenario, ChainWorld(scenario, EmbeddedChain(first_block=first_block)))
        assert sorted(report.draw) == ["A1", "B1"]
        assert report.commitments[report.draw[0]].reason == "InvalidDecision"
        assert report.commitments[report.draw[1]].reason == "Kept"
        assert report.answer() == on_model(scenario, report.draw).answer()
        seen.add(report.draw)
    assert len(seen) == 2
