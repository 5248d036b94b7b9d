"""What all rules of the model stand on: the environment of a call, tokens, pairs, and transfers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol, Self

from eth_utils.address import to_checksum_address

from boomerang.errors import InvalidInput
from boomerang.intents import errors
from boomerang.intents.model.state import State
from boomerang.intents.pools import Pool, amount_out, pair_address, sort_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boomerang.intents.message import IntentDomain
    from boomerang.intents.model.events import Event

UNLIMITED = 2**256 - 1
"""An allowance that transfers do not lower."""
_EPOCH = 2**32


class Manner(Enum):
    """How a token behaves."""

    PLAIN = "plain"
    CLOSED = "closed"
    """It refuses every transfer."""
    SILENT = "silent"
    """It answers false, and moves nothing."""
    CHARGING = "charging"
    """It keeps a hundredth of what the watched account receives by allowance."""


@dataclass(frozen=True, slots=True)
class Token:
    """An ERC-20 and its manner. A plain one refuses transfers from and to the `watched` account."""

    manner: Manner = Manner.PLAIN
    watched: bytes | None = None


@dataclass(frozen=True, slots=True)
class Env:
    """A call: who calls, at which Unix second."""

    caller: bytes
    time: int


class Verifier(Protocol):
    """Whether a signature speaks for a maker: ECDSA that recovers it, or its code accepts it."""

    def __call__(self, maker: bytes, intent: bytes, signature: bytes, /) -> bool: ...


def shown(account: bytes) -> str:
    """An address as errors carry it."""
    return str(to_checksum_address(account))


class Ledger:
    """State with its look-ups, and the world outside of it.

    `tokens` are the ERC-20s that exist, `outcomes` the final commitments (id: kept or not), and
    `verify` says what counts as a signature. They may be changed at any time, as the world changes;
    they are no part of the state.
    """

    def __init__(
        self,
        domain: IntentDomain,
        factory: bytes,
        pair_code_hash: bytes,
        verify: Verifier,
        tokens: Mapping[bytes, Token] | None = None,
        outcomes: Mapping[bytes, bool] | None = None,
    ) -> None:
        self.domain = domain
        self.factory = factory
        self.pair_code_hash = pair_code_hash
        self.verify = verify
        self.tokens = dict(tokens or {})
        self.outcomes = dict(outcomes or {})
        self.state = State()

    def copy(self) -> Self:
        """An independent model in the same state."""
        world = (self.verify, self.tokens, self.outcomes)
        twin = type(self)(self.domain, self.factory, self.pair_code_hash, *world)
        twin.state = self.state.copy()
        return twin

    def _emit(self, event: Event) -> None:
        self.state.events.append(event)

    # ------------------------------------------------------------------ the world around it

    def mint(self, token: bytes, account: bytes, amount: int) -> None:
        """Give an account units; a token that is not known yet is a plain one."""
        self.tokens.setdefault(token, Token())
        self.state.balances[token, account] += amount

    def allow(self, token: bytes, account: bytes, amount: int = UNLIMITED) -> None:
        """What the settlement may move of an account's."""
        self.state.allowances[token, account] = amount

    def move(self, token: bytes, sender: bytes, to: bytes, amount: int) -> None:
        """A transfer that is none of the settlement's business."""
        balances = self.state.balances
        if amount > balances[token, sender]:
            raise InvalidInput(f"{shown(sender)} has only {balances[token, sender]}")
        balances[token, sender] -= amount
        balances[token, to] += amount

    def add_pool(
        self, a: bytes, b: bytes, reserve_a: int, reserve_b: int, touched: int = 0
    ) -> bytes:
        """Make the pair of two tokens, with what it holds; returns its address."""
        pair = self.pair(a, b)
        reserves = (reserve_a, reserve_b) if a < b else (reserve_b, reserve_a)
        self.mint(a, pair, reserve_a)
        self.mint(b, pair, reserve_b)
        self.state.pools[pair] = Pool(*reserves, touched % _EPOCH)
        return pair

    def sync(self, env: Env, a: bytes, b: bytes) -> None:
        """Anybody's `sync()` of a pair: its reserves become what it holds, and it was touched."""
        pair = self.pair(a, b)
        token0, token1 = sort_tokens(a, b)
        held = self.state.balances[token0, pair], self.state.balances[token1, pair]
        self.state.pools[pair] = Pool(*held, env.time % _EPOCH)

    def swap(self, env: Env, sell: bytes, buy: bytes, amount: int) -> int:
        """Anybody's swap of `amount` of his own; returns what the pair gave for it."""
        self.move(sell, env.caller, self.pair(sell, buy), amount)
        return self._swap(env, sell, buy, amount, env.caller)

    # ------------------------------------------------------------------ pairs

    def pair(self, a: bytes, b: bytes) -> bytes:
        """Where the pair of two tokens is, whether it exists or not."""
        return pair_address(self.factory, self.pair_code_hash, a, b)

    def pool(self, a: bytes, b: bytes) -> Pool | None:
        """The reserves of the pair of two tokens."""
        return self.state.pools[self.pair(a, b)]

    @staticmethod
    def touched(env: Env, pool: Pool) -> bool:
        """Whether it was touched in this block."""
        return pool.touched == env.time % _EPOCH

    def _swap(self, env: Env, sell: bytes, buy: bytes, amount: int, to: bytes) -> int:
        """Swap what already lies in the pair; everything it holds becomes its reserves."""
        pair, pool = self.pair(sell, buy), self.pool(sell, buy)
        if pool is None:
            raise errors.NoPool(shown(sell), shown(buy))
        bought = amount_out(amount, *pool.oriented(sell < buy))
        self._transfer(buy, pair, to, bought, own=True)
        self.sync(env, sell, buy)
        return bought

    # ------------------------------------------------------------------ transfers

    def _transfer(
        self, token: bytes, sender: bytes, to: bytes, amount: int, own: bool = False
    ) -> None:
        """Move somebody's units by allowance, or the sender's `own`; all that is sent arrives.

        Of nothing there is no transfer.
        """
        if not amount:
            return
        state, manners = self.state, self.tokens.get(token)
        refused = errors.TransferFailed(shown(token), shown(sender), shown(to), amount)
        if manners is None or manners.manner in (Manner.CLOSED, Manner.SILENT):
            raise refused
        watched = manners.watched
        if manners.manner is Manner.PLAIN and watched is not None and watched in (sender, to):
            raise refused
        allowed, held = state.allowances[token, sender], state.balances[token, sender]
        if held < amount or (not own and allowed < amount):
            raise refused
        if not own and allowed != UNLIMITED:
            state.allowances[token, sender] = allowed - amount
        before = state.balances[token, to]
        self.move(token, sender, to, amount)
        if manners.manner is Manner.CHARGING and watched == to and not own:
            state.balances[token, to] -= amount // 100
        arrived = state.balances[token, to] - before
        if arrived != amount:
            raise errors.TokenTakesFee(shown(token), amount, max(arrived, 0))
