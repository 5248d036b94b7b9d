"""ABI and bytecode of what is deployed, as the committed JSON files hold them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from boomerang.errors import InvalidInput


@dataclass(frozen=True)
class Artifact:
    """A compiled contract: `abi` as the compiler prints it, the code that creates it, and the code
    that is there afterwards (immutable values are zero in the latter).
    """

    name: str
    abi: tuple[dict[str, Any], ...]
    bytecode: bytes
    deployed_bytecode: bytes


@cache
def load(name: str = "Boomerang") -> Artifact:
    """The artifact of a contract that ships with the package. Raises InvalidInput for others."""
    path = files(__name__).joinpath(f"{name}.json")
    try:
        raw = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InvalidInput(f"no contract {name!r} ships with this package") from None
    return Artifact(
        name=name,
        abi=tuple(raw["abi"]),
        bytecode=bytes.fromhex(raw["bytecode"].removeprefix("0x")),
        deployed_bytecode=bytes.fromhex(raw["deployedBytecode"].removeprefix("0x")),
    )
