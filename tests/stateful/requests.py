"""Requests that others send: signed by keys or by accounts with code, rightly or not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boomerang.identity import ZERO_ADDRESS
from stateful.calls import Action
from stateful.cast import ERIN, FOREVER, OWNERS
from stateful.signatures import ORDER, SIGNERS, Signatures, by_code, sign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stateful.generator import Generator


class Requests:
    """Makes actions by signature."""

    def __init__(self, generator: Generator) -> None:
        self._g = generator
        self._signatures = Signatures(generator.world.domain, generator.world.model.groups)

    def publish(
        self, committer: str, value: int, content: tuple[Any, ...], funding: bytes
    ) -> Action:
        """Have something published; the sender pays."""
        args = (committer, *content, funding, self._deadline())
        return replace(self._signed("publishFor", *args), value=value)

    def seal(self, x: bytes, seal: bytes) -> Action:
        """Have a commitment sealed."""
        extra = self._g.rng.choice((b"", b"extra"))
        return self._signed("sealFor", self._g.world.keys[x], seal, extra, self._deadline())

    def revoke(self, x: bytes) -> Action:
        """Have a commitment revoked."""
        return self._signed("revokeFor", self._g.world.keys[x], self._deadline())

    def offer(self, y: bytes, x: bytes) -> Action:
        """Have y offer to x: mostly what it would record now."""
        rng, model = self._g.rng, self._g.world.model
        floors = model.floor(x), model.floor(y)
        lower = floors[0] != floors[1] and model.precedes(*floors)
        floor, depth = floors[not lower], max(model.depth(x) + 1, model.depth(y))
        if rng.random() < 0.15:
            floor, depth = rng.choice(((floors[bool(lower)], depth), (floor, depth ^ 1), (x, 1)))
        key = self._g.world.keys[y]
        return self._signed("offerFor", key, x, floor, min(depth, 255), self._deadline())

    def decline(self, x: bytes, y: bytes) -> Action:
        """Have x decline an offer, or all (zeros)."""
        return self._signed("declineFor", self._g.world.keys[x], y, self._deadline())

    def join(self, x: bytes, ids: Sequence[bytes]) -> Action:
        """Have a commitment join a group."""
        return self._signed("joinFor", self._g.world.keys[x], tuple(ids), self._deadline())

    def spoil(self, action: Action) -> Action:
        """Another key, deadline or content than was signed, or another signature."""
        rng, args = self._g.rng, list(action.args)
        if action.signer == ZERO_ADDRESS:
            return action
        if action.name == "publishFor" and rng.random() < 0.3:
            return replace(action, value=max(0, action.value + rng.choice((-1, 1))))
        place = rng.randrange(len(args))
        value = args[place]
        if place == 0:
            key = action.name != "publishFor"
            args[0] = self._g.other_key(value) if key else rng.choice((*OWNERS, ERIN))
        elif place == len(args) - 1:
            args[place] = rng.choice((b"", bytes(65), bytes(32), value[:-1]))
        elif isinstance(value, int):
            args[place] = value + rng.choice((-1, 1)) if 0 < value < FOREVER else value ^ 1
        else:
            args[place] = self._g.other(value)
        if action.name == "offerFor":
            args[3] &= 0xFF
        spoilt = replace(action, args=tuple(args))
        return replace(spoilt, signer=self._signatures.signer(spoilt, self._coded(spoilt)))

    def _coded(self, action: Action) -> bool:
        return self._g.world.setting.coded(self._signatures.of(action)[0])

    def _deadline(self) -> int:
        rng = self._g.rng
        near = self._g.moment + rng.choice((-1, 0, 0, 1, 5))
        return rng.choice((FOREVER, FOREVER, near, (1 << 256) - 1))

    def has_key(self, who: str) -> bool:
        """Whether it can sign as keys do."""
        return who in SIGNERS and who not in self._g.world.setting.keyless

    def _signed(self, name: str, *args: Any) -> Action:
        """The action with a signature, mostly a good one, sent by anyone."""
        g = self._g
        made = g.action(g.rng.choice((*OWNERS, ERIN)), name, *args, b"")
        who, digest = self._signatures.of(made)
        counts = name not in ("sealFor", "revokeFor")
        signature, signer = self._sign(who, digest, counts)
        return replace(made, args=(*args, signature), signer=signer)

    def _sign(self, who: str, digest: bytes, code_counts: bool) -> tuple[bytes, str]:
        """A signature and who is found to have made it."""
        rng, setting = self._g.rng, self._g.world.setting
        dice = rng.random()
        keyless = not self.has_key(who)
        if setting.coded(who) and (keyless or rng.random() < (0.85 if code_counts else 0.15)):
            if dice < 0.88:
                return by_code(who, digest), who if code_counts else ZERO_ADDRESS
            return rng.choice((b"", bytes(32), by_code(ERIN, digest))), ZERO_ADDRESS
        if dice < 0.80:
            return sign(who, digest), who
        if dice < 0.85:
            return sign(ERIN, digest), ERIN
        if dice < 0.92:  # s and its negative sign the same, so one of them is refused
            good = sign(who, digest)
            high = (ORDER - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
            return good[:32] + high + bytes([55 - good[64]]), ZERO_ADDRESS
        bad = (b"", bytes(65), b"\x01" * 64, by_code(who, digest)[:31], sign(who, digest) + b"\0")
        return rng.choice(bad), ZERO_ADDRESS
