"""A registry's parameters ("Parameters" of docs/protocol.md), fixed when it is deployed; presets.

In Python the names are snake_case; in the ABI and in files they are camelCase.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import yaml

from boomerang.errors import BadParameter, InvalidInput
from boomerang.identity import check_uint

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PERIOD: Final = 365 * 24 * 3600
MAX_EXPOSER_SHARE: Final = 9000
MAX_DRAW_DELAY: Final = 200
BASIS_POINTS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Seconds, except: `max_depth` a count, `min_bond` and `fee` wei, `exposer_share` basis points
    of the bond, `draw_delay` blocks. Raises BadParameter with the ABI's name of the first that
    breaks its constraint, InvalidInput for what the ABI could not even carry.
    """

    period: int = 60
    seal_delay: int = 5
    reveal_window: int = 30
    offer_cutoff: int = 20
    decline_delay: int = 10
    max_depth: int = 4
    draw_delay: int = 1
    exposer_share: int = 5000
    min_bond: int = 0
    fee: int = 0

    def __post_init__(self) -> None:
        for f in fields(self):
            check_uint(abi_name(f.name), getattr(self, f.name), _BITS.get(f.name, 32))
        allowed = {
            "period": self.period <= MAX_PERIOD,
            "seal_delay": 0 < self.seal_delay < self.period,
            "reveal_window": self.reveal_window >= 1,
            "offer_cutoff": self.decline_delay < self.offer_cutoff < self.period,
            "draw_delay": 1 <= self.draw_delay <= MAX_DRAW_DELAY,
            "exposer_share": self.exposer_share <= MAX_EXPOSER_SHARE,
        }
        for name, holds in allowed.items():
            if not holds:
                raise BadParameter(abi_name(name))

    def to_abi(self) -> dict[str, int]:
        """All parameters by their camelCase names, in the ABI's order."""
        return {abi_name(f.name): getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_abi(cls, values: Mapping[str, Any]) -> Parameters:
        """From camelCase names; unnamed ones take their default. InvalidInput for other names."""
        known = {abi_name(f.name): f.name for f in fields(cls)}
        for name in values:
            if name not in known:
                raise InvalidInput(f"no parameter {name!r}; there are {', '.join(known)}")
        return cls(**{known[name]: value for name, value in values.items()})


_BITS: Final = {
    "max_depth": 8,
    "draw_delay": 8,
    "exposer_share": 16,
    "min_bond": 96,
    "fee": 96,
}


def abi_name(name: str) -> str:
    """`seal_delay` as the ABI spells it: `sealDelay`."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


@dataclass(frozen=True, slots=True)
class Assumption:
    """What a preset takes for granted: with a share `against` (0 to 1) of the builders against you,
    every window holds `slots` slots of `slot_seconds`, so it is missed once in `1 / risk` times.
    """

    slot_seconds: int
    against: float
    slots: int

    @property
    def risk(self) -> float:
        """Probability that none of `slots` builders takes your transaction."""
        return float(self.against**self.slots)


@dataclass(frozen=True, slots=True)
class Preset:
    """Named parameters, with what they are for and assume (None: nothing, a demonstration)."""

    name: str
    about: str
    parameters: Parameters
    assumes: Assumption | None


@cache
def presets() -> Mapping[str, Preset]:
    """All presets that ship with the package, by name."""
    raw = yaml.safe_load(files("boomerang").joinpath("presets.yaml").read_text("utf-8"))
    result = {}
    for name, entry in raw.items():
        assumed = entry.get("assumes")
        assumes = assumed and Assumption(
            assumed["slotSeconds"], assumed["against"], assumed["slots"]
        )
        parameters = Parameters.from_abi(entry["parameters"])
        result[name] = Preset(name, entry["about"], parameters, assumes)
    return result


def preset(name: str) -> Preset:
    """One preset by name (InvalidInput, listing the names, when there is none)."""
    found = presets().get(name)
    if found is None:
        raise InvalidInput(f"no preset {name!r}; there are {', '.join(presets())}")
    return found
