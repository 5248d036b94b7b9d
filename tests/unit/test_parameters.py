"""Parameters: each constraint on both sides of its edge, names, and what presets claim."""

from itertools import pairwise

import pytest

from boomerang.errors import BadParameter, InvalidInput
from boomerang.parameters import Parameters, Preset, preset, presets

YEAR = 365 * 24 * 3600


def test_defaults_are_those_of_the_documents() -> None:
    assert Parameters().to_abi() == {
        "period": 60,
        "sealDelay": 5,
        "revealWindow": 30,
        "offerCutoff": 20,
        "declineDelay": 10,
        "maxDepth": 4,
        "drawDelay": 1,
        "exposerShare": 5000,
        "minBond": 0,
        "fee": 0,
    }
    assert preset("demo").parameters == Parameters()


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"period": YEAR}, None),
        ({"period": YEAR + 1}, "period"),
        ({"sealDelay": 0}, "sealDelay"),
        ({"sealDelay": 1}, None),
        ({"sealDelay": 59}, None),
        ({"sealDelay": 60}, "sealDelay"),
        ({"period": 0}, "sealDelay"),
        ({"revealWindow": 0}, "revealWindow"),
        ({"revealWindow": 1}, None),
        ({"offerCutoff": 10}, "offerCutoff"),
        ({"offerCutoff": 11}, None),
        ({"offerCutoff": 59}, None),
        ({"offerCutoff": 60}, "offerCutoff"),
        ({"declineDelay": 0}, None),
        ({"declineDelay": 19}, None),
        ({"declineDelay": 20}, "offerCutoff"),
        ({"maxDepth": 0}, None),
        ({"maxDepth": 255}, None),
        ({"exposerShare": 9000}, None),
        ({"exposerShare": 9001}, "exposerShare"),
        ({"drawDelay": 0}, "drawDelay"),
        ({"drawDelay": 200}, None),
        ({"drawDelay": 201}, "drawDelay"),
    ],
)
def test_constraints(changes: dict[str, int], broken: str | None) -> None:
    if broken is None:
        parameters = Parameters.from_abi(changes)
        assert Parameters.from_abi(parameters.to_abi()) == parameters
    else:
        with pytest.raises(BadParameter) as error:
            Parameters.from_abi(changes)
        assert error.value == BadParameter(broken)


@pytest.mark.parametrize("changes", [{"T": 60}, {"period": -1}, {"maxDepth": 256}, {"fee": "1"}])
def test_what_the_abi_could_not_carry_is_refused(changes: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        Parameters.from_abi(changes)


def test_unknown_preset_is_refused_by_listing_those_that_are_there() -> None:
    with pytest.raises(InvalidInput, match="mainnet"):
        preset("moon")


@pytest.mark.parametrize("chosen", presets().values(), ids=lambda chosen: str(chosen.name))
def test_presets_hold_what_they_assume(chosen: Preset) -> None:
    """Section 8: every window in which a transaction must get in outlasts the censors."""
    if chosen.assumes is None:
        assert chosen.name == "demo"
        return
    p, assumes = chosen.parameters, chosen.assumes
    assert assumes.risk <= 1e-6
    assert assumes.against ** (assumes.slots - 1) > 1e-6, "fewer slots would do"
    windows = {
        "seal": p.period - p.seal_delay,
        "open": p.reveal_window,
        "decline": p.offer_cutoff - p.decline_delay,
    }
    assert {
        name for name, size in windows.items() if size < assumes.slots * assumes.slot_seconds
    } == set()
    # The draw's block comes before sealing starts, and its hash outlives the period.
    assert p.draw_delay * assumes.slot_seconds < p.seal_delay
    assert p.period <= 256 * assumes.slot_seconds


def test_the_figures_of_section_8() -> None:
    figures = {(p.assumes.against, p.assumes.slots) for p in presets().values() if p.assumes}
    assert figures == {(0.5, 20), (0.9, 132)}
    assert {"demo", "mainnet", "sepolia", "fast-l2"} <= set(presets())


def test_stricter_windows_follow_from_each_other() -> None:
    for chosen in presets().values():
        p = chosen.parameters
        edges = [0, p.decline_delay, p.offer_cutoff, p.period]
        assert all(a < b for a, b in pairwise(edges))
