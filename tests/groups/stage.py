"""A registry's model played by names, with groups. Seconds count from the start; one is a block."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from boomerang.content import Content
from boomerang.decisions import encode_sealed, parse_sealed, sealed_atoms
from boomerang.errors import ChainError, MalformedDecision
from boomerang.groups import group_id
from boomerang.identity import Domain, Key, address
from boomerang.model import Env, Model, Obstacle, Phase, Resolution
from boomerang.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable

REGISTRY = address("0x" + "be" * 20)
OWNER = address("0x" + "a1" * 20)
START = 1_700_000_000
SALT = b"\x5a" * 32


@dataclass
class Draws:
    """As given, by id, from the second block after the publication on."""

    given: dict[bytes, int] = field(default_factory=dict)

    def draw(self, commitment: bytes, publish_block: int, current_block: int) -> int | None:
        return self.given.get(commitment) if current_block > publish_block + 1 else None


class Stage:
    """Default parameters: period 60, seal delay 5, reveal window 30, offer cutoff 20."""

    def __init__(self, **p: int) -> None:
        self.draws = Draws()
        self.model = Model(Domain(31337, REGISTRY), Parameters.from_abi(p), self.draws)
        self.keys: dict[str, Key] = {}
        self.ids: dict[str, bytes] = {}
        self.decisions: dict[str, bytes] = {}

    def env(self, at: int, value: int = 0, sender: str = OWNER) -> Env:
        return Env(sender, 100 + at, START + at, value)

    def publish(self, at: int, *names: str, bond: int = 0, cover: int = 0, draw: int = 0) -> None:
        """One account publishes them all. `draw`: what its draw would be; 0: it is never known."""
        for name in names:
            content = Content(statement=name.encode())
            key = content.key(OWNER, len(self.keys), bond, cover)
            commitment = self.model.publish(
                self.env(at, bond), key.stake, content.topic, content.body
            )
            self.keys[name], self.ids[name] = key, commitment
            if draw:
                self.draws.given[commitment] = draw

    def own(self, name: str) -> tuple[int, bytes]:
        return self.keys[name].stake, self.keys[name].content_hash

    def group(self, names: str) -> list[bytes]:
        """The ids of `a b c`, ascending."""
        return sorted(self.ids[name] for name in names.split())

    def group_id(self, names: str) -> bytes:
        return group_id(self.group(names))

    def join(self, at: int, name: str, names: str) -> None:
        self.model.join(self.env(at), *self.own(name), self.group(names))

    def complete(self, at: int, names: str) -> None:
        """All join."""
        for name in names.split():
            self.join(at, name, names)

    def draw(self, at: int, *names: str) -> None:
        self.model.draw(self.env(at), [self.ids[name] for name in names])

    def offer(self, at: int, y: str, x: str) -> None:
        self.model.offer(self.env(at), *self.own(y), self.ids[x])

    def seal(self, at: int, name: str, decision: str | bytes) -> None:
        if isinstance(decision, str):
            decision = encode_sealed(parse_sealed(decision, self.ids))
        seal = self.model.domain.seal(self.keys[name], decision, SALT)
        self.model.seal(self.env(at), *self.own(name), seal)
        self.decisions[name] = decision

    def open(self, at: int, name: str, keys: str | None = None) -> Phase:
        """With the keys of all atoms that are published and in no group of its own, or of these."""
        decision = self.decisions[name]
        by_id = {known: one for one, known in self.ids.items()}
        try:
            atoms = [by_id[atom] for atom in sealed_atoms(decision) if atom in by_id]
        except MalformedDecision:
            atoms = []
        group = self.model.group(self.model.group_of(self.ids[name]))
        inside = group.ids if group and group.node else ()
        needed = [a for a in atoms if self.ids[a] not in inside] if keys is None else keys.split()
        dependencies = [self.keys[a] for a in needed]
        return self.model.open_for(self.env(at), self.keys[name], decision, SALT, dependencies)

    def resolve(self, at: int, *names: str) -> None:
        self.model.resolve(
            self.env(at), [Resolution(self.keys[n], self.decisions.get(n, b"")) for n in names]
        )

    def settle(self, at: int, names: str) -> set[str]:
        """Resolve a group; who is kept."""
        ids = self.group(names)
        by_id = {known: one for one, known in self.ids.items()}
        decisions = [self.decisions.get(by_id[known], b"") for known in ids]
        kept = self.model.resolve_group(self.env(at), ids, decisions)
        return {by_id[known] for i, known in enumerate(ids) if kept >> i & 1}

    def phase(self, at: int, name: str) -> Phase:
        return self.model.phase(self.ids[name], START + at)

    def obstacle(self, x: str, y: str) -> Obstacle:
        return self.model.may_condition(self.keys[x], self.keys[y])

    def refusal(self, act: Callable[..., object], *args: object) -> ChainError:
        """Why it is refused; it must be, and must change nothing."""
        before = self.model.state.copy()
        try:
            act(*args)
        except ChainError as error:
            assert self.model.state == before
            return error
        raise AssertionError("it was accepted")
