"""The model, played by short calls: one account, one commitment for each number, given draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.content import Content
from boomerang.decisions import encode, parse
from boomerang.identity import Domain, Key
from boomerang.model import Env, Model, Obstacle, Phase, Resolution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boomerang.parameters import Parameters

OWNER = DEV_ACCOUNTS["alice"]
REGISTRY = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
START = 1_800_000_000
SALT = b"\xa5" * 32


@dataclass
class GivenDraws:
    """By id; once the block is there that comes `delay` after the publication's."""

    delay: int
    draws: dict[bytes, int] = field(default_factory=dict)

    def draw(self, commitment: bytes, publish_block: int, current_block: int) -> int | None:
        known = current_block > publish_block + self.delay
        return self.draws.get(commitment) if known else None


class Played:
    """Seconds count from 0; a second is a block. `kind` is the model, or a variant of it."""

    def __init__(self, parameters: Parameters, kind: type[Model] = Model) -> None:
        self.given = GivenDraws(parameters.draw_delay)
        self.model = kind(Domain(31337, REGISTRY), parameters, self.given)
        self.keys: list[Key] = []
        self.ids: list[bytes] = []
        self.decisions: dict[int, bytes] = {}

    def copy(self) -> Self:
        """An independent one in the same state."""
        twin = object.__new__(type(self))
        twin.given, twin.model = self.given, self.model.copy()
        twin.keys, twin.ids = self.keys, self.ids
        twin.decisions = dict(self.decisions)
        return twin

    def env(self, at: int) -> Env:
        return Env(OWNER, 1000 + at, START + at)

    def publish(self, at: int, draw: int = 0) -> int:
        """The next number. `draw` is what its draw would be; 0: the chain never tells."""
        number = len(self.keys)
        content = Content(statement=b"Dare")
        key = content.key(OWNER, nonce=number)
        commitment = self.model.publish(self.env(at), key.stake, content.topic, content.body)
        self.keys.append(key)
        self.ids.append(commitment)
        if draw:
            self.given.draws[commitment] = draw
        return number

    def own(self, number: int) -> tuple[int, bytes]:
        return self.keys[number].stake, self.keys[number].content_hash

    def offer(self, at: int, y: int, x: int) -> None:
        self.model.offer(self.env(at), *self.own(y), self.ids[x])

    def draw(self, at: int, number: int) -> None:
        self.model.draw(self.env(at), [self.ids[number]])

    def decline(self, at: int, x: int, y: int) -> None:
        self.model.decline(self.env(at), *self.own(x), self.ids[y])

    def decline_all(self, at: int, x: int) -> None:
        self.model.decline_all(self.env(at), *self.own(x))

    def revoke(self, at: int, x: int) -> None:
        self.model.revoke(self.env(at), *self.own(x))

    def seal(self, at: int, x: int, decision: str | bytes) -> None:
        """Names in the text are c0, c1, …"""
        if isinstance(decision, str):
            decision = encode(parse(decision, self.names()))
        self.model.seal(
            self.env(at), *self.own(x), self.model.domain.seal(self.keys[x], decision, SALT)
        )
        self.decisions[x] = decision

    def open(self, at: int, x: int) -> Phase:
        return self.model.open(self.env(at), *self.own(x), self.decisions[x], SALT)

    def resolve(self, at: int, x: int) -> None:
        decision = self.decisions.get(x, b"")
        self.model.resolve(self.env(at), [Resolution(self.keys[x], decision)])

    def names(self) -> Mapping[str, bytes]:
        return {f"c{number}": commitment for number, commitment in enumerate(self.ids)}

    def phase(self, at: int, x: int) -> Phase:
        return self.model.phase(self.ids[x], START + at)

    def freeze(self, x: int) -> int:
        """In seconds from the start."""
        return self.model.record(self.ids[x]).freeze - START

    def may_name(self, x: int, y: int) -> bool:
        return self.model.obstacle(self.ids[x], self.ids[y]) is Obstacle.NONE
