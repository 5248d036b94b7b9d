"""All that the contracts remember, against the model's state."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from eth_utils.crypto import keccak

from intents.stateful.cast import CALLERS, TOKENS, VIEWER, hexed
from intents.stateful.encoding import account, selector, word

if TYPE_CHECKING:
    from boomerang.intents.model import Env, Settlement
    from intents.stateful.cast import Stage

WORDS = (0, 3)
"""The words of nonces that are used."""
PAIRS = tuple((a, b) for a in TOKENS for b in TOKENS if a != b)
_PAIR_RESERVES = 8
View = tuple[str, bytes, bytes]
"""A function, its arguments, what it must answer."""


class Disagreement(AssertionError):
    """Contract and model differ, or an invariant is broken."""


@cache
def slot(base: int, *keys: bytes) -> int:
    """The slot of a mapping's value."""
    at = word(base)
    for key in keys:
        at = keccak(account(key) + at)
    return int.from_bytes(at, "big")


class Comparison:
    """Compares after each action. `nonces` are those that orders named."""

    def __init__(self, stage: Stage, model: Settlement) -> None:
        self.stage = stage
        self.model = model
        self.nonces: set[tuple[bytes, int]] = set()

    def compare(self, env: Env) -> None:
        """All state."""
        state, evm, here = self.model.state, self.stage.evm, self.stage.settlement
        for token in TOKENS:
            at = hexed(token)
            for who in self.stage.holders:
                found, expected = evm.storage(at, slot(0, who)) or 0, state.balances[token, who]
                if found != expected:
                    raise Disagreement(f"{who.hex()} has {found} of {token.hex()}, not {expected}")
            for who in CALLERS:
                found = evm.storage(at, slot(1, who, here)) or 0
                expected = state.allowances[token, who]
                if found != expected:
                    raise Disagreement(
                        f"{who.hex()} allows {found} of {token.hex()}, not {expected}"
                    )
        for pair in self.stage.pairs:
            pool = state.pools[pair]
            found = evm.storage(hexed(pair), _PAIR_RESERVES) or 0
            if pool is None or found != pool.touched << 224 | pool.reserve1 << 112 | pool.reserve0:
                raise Disagreement(f"a pair holds {found:#x}, not {pool}")
        self._compare_views(self.stage.settlement, self._nonce_views())
        self._compare_views(self.stage.book, self._book_views(env))

    def _compare_views(self, to: bytes, views: list[View]) -> None:
        """Many questions at once, with the answers that must come."""
        asked = [selector(name) + data for name, data, _ in views]
        packed = to + b"".join(len(each).to_bytes(2, "big") + each for each in asked)
        answer = self.stage.ask(VIEWER, packed)
        if answer == b"".join(b"\1" + expected for _, _, expected in views):
            return
        for each, (name, data, expected) in zip(asked, views, strict=True):
            found = self.stage.ask(VIEWER, to + len(each).to_bytes(2, "big") + each)
            if found != b"\1" + expected:
                what = f"{name} of {data.hex()}"
                raise Disagreement(f"{what} is {found.hex()}, not {expected.hex()}")

    def _nonce_views(self) -> list[View]:
        state = self.model.state
        views = []
        bits: dict[tuple[bytes, int], int] = {}
        for (maker, nonce), used in state.used.items():
            if used:
                key = maker, nonce >> 7
                bits[key] = bits.get(key, 0) | 1 << (nonce & 127)
        for (maker, nonce), _ in state.parts.items():  # once filled in part, a nonce stays so
            key = maker, nonce >> 7
            bits[key] = bits.get(key, 0) | 1 << (nonce & 127) + 128
        for maker in CALLERS:
            for index in WORDS:
                asked = account(maker) + word(index)
                expected = word(bits.get((maker, index), 0))
                views.append(("nonces(address,uint256)", asked, expected))
        for maker, nonce in self.nonces:
            part = state.parts[maker, nonce]
            packed = 0
            if part is not None:
                packed = int.from_bytes(part.intent, "big") >> 112 << 112 | part.sold
            asked = account(maker) + word(nonce)
            views.append(("parts(address,uint256)", asked, word(packed)))
        for (maker, intent), approved in state.approvals.items():
            asked = account(maker) + intent
            views.append(("approvals(address,bytes32)", asked, word(approved)))
        return views

    def _book_views(self, env: Env) -> list[View]:
        model, state = self.model, self.model.state
        views = []
        for pair in PAIRS:
            row = account(pair[0]) + account(pair[1])
            listed = state.lists[pair]
            numbers = word(listed[0] if listed else 0) + word(state.counts[pair])
            views.append(("list(address,address)", row, numbers))
            for place, number in enumerate(listed):
                entry = model.entry(*pair, number)
                behind = listed[place + 1] if place + 1 < len(listed) else 0
                before = listed[place - 1] if place else 0
                times = (entry.deadline, before, behind)
                values = (entry.amount, entry.least, entry.left, *times)
                asked = row + word(number)
                expected = account(entry.maker) + b"".join(map(word, values))
                views.append(("entry(address,address,uint32)", asked, expected))
                alive = word(model.alive(env, *pair, number))
                views.append(("alive(address,address,uint32)", asked, alive))
        return views
