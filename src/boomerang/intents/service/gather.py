"""What may be settled now: the book's entries and signed intents, as an auction.

What an intent could deliver is looked up first: nonce, what it sold before, balance and allowance.
Several intents of one maker share the last two: those that come later get what is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from eth_utils.address import to_checksum_address

from boomerang.client.abi import UnexpectedAnswer
from boomerang.errors import ChainError, InvalidInput
from boomerang.intents.auction import Auction, Item, Pool, Token
from boomerang.intents.batch import Order
from boomerang.intents.client import Clause, NonceState, Pair
from boomerang.intents.message import Branch, GuardKind, Intent
from boomerang.intents.prices import required

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boomerang.chains.base import Chain
    from boomerang.client import Registry
    from boomerang.intents.client import Settlement, State, Verdict
    from boomerang.intents.language import Directory
    from boomerang.intents.relay.signed import SignedIntent

_OUTCOMES: Final = (GuardKind.KEPT, GuardKind.REVERTED)
_POOLS: Final = (GuardKind.POOL_AT_LEAST, GuardKind.POOL_AT_MOST)
_DEFAULT_DECIMALS: Final = 18
_AT_ONCE: Final = 50
"""Orders that one dry run is asked about."""
_OPEN: Final = (Clause.NONE, Clause.MATCH, Clause.QUOTE)
"""What need not stand in the way: a match can be swept, and a route can be split."""
_OBSTACLES: Final = {
    Clause.RANGE: "it has a shape or a number that no program has",
    Clause.EXPIRED: "its deadline has passed",
    Clause.SIGNATURE: "its maker neither signed nor approved it",
    Clause.NONCE: "its nonce is used or cancelled, or taken by another intent",
    Clause.FUNDS: "its maker does not have, or does not allow, what it sells",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A signed intent, as it can be filled now. `amount` is what it can still sell."""

    signed: SignedIntent
    amount: int

    @property
    def reduced(self) -> bool:
        """Whether less can be sold than was signed."""
        return self.amount < self.signed.intent.amount

    @property
    def program(self) -> Intent:
        """What the solver is told: the same, of what is left, never below the signed limits."""
        intent = self.signed.intent
        if not self.reduced:
            return intent
        branches = tuple(
            replace(branch, least=required(self.amount, branch.least, intent.amount))
            for branch in intent.branches
        )
        return replace(intent, amount=self.amount, branches=branches)


@dataclass
class Gathered:
    """An auction, and which of its items are signed intents. `passed`: why others are not in it,
    by hash.
    """

    auction: Auction
    offers: dict[int, Offer]
    passed: dict[bytes, str] = field(default_factory=dict)


class Gatherer:
    """Makes auctions of what is on a chain and with relays."""

    def __init__(self, settlement: Settlement, registry: Registry, directory: Directory) -> None:
        """`directory` names tokens, for prices and decimals; others are taken as they come."""
        self.settlement = settlement
        self._registry = registry
        self._directory = directory

    def gather(
        self, state: State, signed: Iterable[SignedIntent], time: int, *, name: str = ""
    ) -> Gathered:
        """An auction at second `time`. Raises ChainFault."""
        passed: dict[bytes, str] = {}
        offers = []
        movable: dict[tuple[bytes, bytes], int] = {}
        posted = {one.intent_hash for all_ in state.lists.values() for one in all_}
        ones = list({one.hash: one for one in signed}.values())
        verdicts = self._verdicts(ones, time)
        for one in ones:
            found = self._offer(one, time, movable, posted, verdicts.get(one.hash))
            if isinstance(found, str):
                passed[one.hash] = found
            else:
                offers.append(found)
        programs = [offer.program for offer in offers]
        items = [
            Item(f"0x{offer.signed.hash.hex()}", program, to_checksum_address(program.maker))
            for offer, program in zip(offers, programs, strict=True)
        ]
        first = len(items)
        items += self._entries(state, programs, time)
        pools = self._pools(programs, time)
        outcomes = self._outcomes(programs)
        tokens = self._tokens([*programs, *(item.intent for item in items[first:])], pools)
        auction = Auction(tokens, tuple(pools), tuple(items), time, outcomes, name)
        return Gathered(auction, dict(enumerate(offers)), passed)

    # ---------------------------------------------------------------------------- signed intents

    def _verdicts(self, signed: Sequence[SignedIntent], time: int) -> dict[bytes, Verdict]:
        """What the dry run says of each; of what it cannot read, nothing."""
        if self.settlement.dry_run_address is None:
            return {}
        found: dict[bytes, Verdict] = {}
        ours = [one for one in signed if one.domain == self.settlement.domain]
        for start in range(0, len(ours), _AT_ONCE):
            part = ours[start : start + _AT_ONCE]
            for group in (part, *([one] for one in part)):
                orders = [Order.of(one.intent, one.signature) for one in group]
                try:
                    said = self.settlement.dry_run(orders, time)
                except (ChainError, UnexpectedAnswer, InvalidInput):
                    continue  # one of them spoils it: they are asked about one by one
                found |= {verdict.intent_hash: verdict for verdict in said}
                if group is part:
                    break
        return found

    def _offer(
        self,
        signed: SignedIntent,
        time: int,
        movable: dict[tuple[bytes, bytes], int],
        posted: set[bytes],
        verdict: Verdict | None,
    ) -> Offer | str:
        """What can be filled of it, or why nothing can."""
        intent = signed.intent
        if signed.domain != self.settlement.domain:
            return "it is of another settlement"
        if intent.deadline < time:
            return f"its deadline, {intent.deadline}, has passed"
        if signed.hash in posted:
            return "it is posted: the book's entry is its only state"
        looked = self._looked(signed, movable) if verdict is None else _said(verdict)
        if isinstance(looked, str):
            return looked
        left, could = looked
        key = intent.maker, intent.sell
        left = min(left, movable.setdefault(key, could))
        if left <= 0 or (intent.whole and left < intent.amount):
            return "its maker does not have, or does not allow, what it sells"
        movable[key] -= left
        return Offer(signed, left)

    def _looked(
        self, signed: SignedIntent, movable: dict[tuple[bytes, bytes], int]
    ) -> tuple[int, int] | str:
        """What is left to sell and what can be moved, looked up without a dry run; or why not."""
        intent, settlement = signed.intent, self.settlement
        nonce = settlement.nonce_state(intent.maker, intent.nonce)
        if nonce is NonceState.USED:
            return f"its nonce, {intent.nonce}, is used or cancelled"
        left = intent.amount
        if nonce is NonceState.OPEN:
            left -= settlement.sold_in_part(intent)
            if intent.whole or left == intent.amount:
                return f"its nonce, {intent.nonce}, is taken by another intent"
        if (intent.maker, intent.sell) in movable:
            return left, 0
        try:
            return left, settlement.movable(intent.maker, intent.sell)
        except UnexpectedAnswer:
            return f"{to_checksum_address(intent.sell)} is no token"

    # ---------------------------------------------------------------------------------- the book

    def _entries(self, state: State, programs: Sequence[Intent], time: int) -> list[Item]:
        """Entries of lists that some program may walk; others change nothing."""
        wanted = {
            (branch.buy, intent.sell)
            for intent in programs
            for branch in intent.branches
            if branch.direct and branch.has(GuardKind.EXISTS)
        }
        items = []
        for sell, buy in sorted(wanted & state.lists.keys()):
            for entry in state.entries(sell, buy):
                alive = self.settlement.book.alive(sell, buy, entry.number)
                program = Intent(
                    entry.maker,
                    sell,
                    entry.amount,
                    (Branch(buy, entry.least),),
                    whole=False,
                    # An entry's nonce is used, and never looked at: none of an order's is so large.
                    nonce=2**255 + entry.number,
                    deadline=max(entry.deadline, time),
                )
                place = f"{to_checksum_address(sell)}/{to_checksum_address(buy)}#{entry.number}"
                maker = to_checksum_address(entry.maker)
                items.append(Item(place, program, maker, True, min(alive, entry.left)))
        return items

    # ------------------------------------------------------------------------------ what is there

    def _pools(self, programs: Iterable[Intent], time: int) -> list[Pool]:
        """The pools on paths, and those whose rate is asked for."""
        hops: set[tuple[bytes, bytes]] = set()
        for intent in programs:
            for branch in intent.branches:
                hops |= {tuple(sorted(hop)) for path in branch.paths for hop in pairwise(path)}  # type: ignore[misc]
                for guard in branch.guards:
                    if guard.kind in _POOLS:
                        sides = self._directory.pair_tokens(guard.account)
                        if sides is not None:
                            hops.add((sides[0].address, sides[1].address))
        pools = []
        for low, high in sorted(hops):
            pair = self.settlement.factory.at(to_checksum_address(low), to_checksum_address(high))
            if not self.settlement.chain.code(pair.address):
                continue
            found = pair.pool()
            pools.append(
                Pool(
                    pair.address,
                    (low, high),
                    (found.reserve0, found.reserve1),
                    address=bytes.fromhex(pair.address[2:]),
                    touched=found.touched == time % 2**32,
                )
            )
        return pools

    def _outcomes(self, programs: Iterable[Intent]) -> dict[bytes, bool]:
        """Of the commitments that guards name, those that are final."""
        named = {
            guard.id
            for intent in programs
            for branch in intent.branches
            for guard in branch.guards
            if guard.kind in _OUTCOMES
        }
        found = {}
        for known in sorted(named):
            try:
                kept = self._registry.kept(known)
            except (ChainError, InvalidInput):
                continue
            if kept is not None:
                found[known] = kept
        return found

    def _tokens(self, programs: Iterable[Intent], pools: Sequence[Pool]) -> dict[bytes, Token]:
        """Every token that is named, with what a unit of surplus in it is worth."""
        named: set[bytes] = {token for pool in pools for token in pool.tokens}
        for intent in programs:
            named.add(intent.sell)
            for branch in intent.branches:
                named |= {token for path in branch.paths for token in path}
                if not branch.idle:
                    named.add(branch.buy)
        known = {token.address for token in self._directory.tokens}
        trusted = known & named
        # Anybody can make a token and a pool, and have a surplus in it seem worth more than all
        # others together: beside tokens with names, those without count for nothing.
        market = [pool for pool in self._market(named, pools) if set(pool.tokens) <= trusted]
        worth = prices(trusted, market) if trusted else prices(named, pools)
        found = {}
        for address in sorted(named):
            token = self._directory.token_at(address)
            name = f"Token_{address.hex()}" if token is None else token.name
            decimals = _DEFAULT_DECIMALS if token is None else token.decimals
            price = worth.get(address, Fraction(1, 10**decimals))
            if trusted and address not in trusted:
                price = Fraction(0)
            found[address] = Token(name, address, decimals, price)
        return found

    def _market(self, named: set[bytes], pools: Sequence[Pool]) -> list[Pool]:
        """Those pools, and the others of tokens with names: what things cost is told by them."""
        known = [token.address for token in self._directory.tokens if token.address in named]
        have = {pool.tokens for pool in pools}
        more = []
        for n, low in enumerate(sorted(known)):
            for high in sorted(known)[n + 1 :]:
                if (low, high) not in have:
                    more += _pool_of(self.settlement.chain, self.settlement, low, high)
        return [*pools, *more]


def _said(verdict: Verdict) -> tuple[int, int] | str:
    """What a dry run says: what is left and what can be moved, or why nothing can be filled."""
    clause = verdict.obstacle.clause
    if clause is not Clause.NONE:
        return _OBSTACLES.get(clause, f"the settlement refuses it: {clause.name.lower()}")
    ways = [branch.obstacle for branch in verdict.branches]
    if not any(way.clause in _OPEN for way in ways):
        again = [way.retry_at for way in ways if way.retry_at is not None]
        said = ", ".join(way.clause.name.lower() for way in ways)
        when = f"; try again at {min(again)}" if again else ""
        return f"no branch can be taken now ({said}){when}"
    return verdict.left, verdict.movable


def _pool_of(chain: Chain, settlement: Settlement, low: bytes, high: bytes) -> list[Pool]:
    sides = to_checksum_address(low), to_checksum_address(high)
    pair: Pair = settlement.factory.at(*sides)
    if not chain.code(pair.address):
        return []
    found = pair.pool()
    return [Pool(pair.address, (low, high), (found.reserve0, found.reserve1))]


def prices(tokens: Iterable[bytes], pools: Sequence[Pool]) -> dict[bytes, Fraction]:
    """What a smallest unit of each token is worth, by the pools' reserves, in units of the first of
    them; those that no pool connects to it are left out. Exact, and only used to weigh surplus.
    """
    found: dict[bytes, Fraction] = {}
    for start in sorted(tokens):
        if any(pool.tokens[0] == start or pool.tokens[1] == start for pool in pools):
            found[start] = Fraction(1, 10**_DEFAULT_DECIMALS)
            break
    grown = True
    while grown:
        grown = False
        for pool in pools:
            (a, b), (held_a, held_b) = pool.tokens, pool.reserves
            if not held_a or not held_b:
                continue
            for known, other, have, give in ((a, b, held_a, held_b), (b, a, held_b, held_a)):
                if known in found and other not in found:
                    found[other] = _short(found[known] * have / give)
                    grown = True
    return found


def _short(value: Fraction) -> Fraction:
    """The same to twelve digits, with a denominator that is a power of ten."""
    digits = 12
    while value * 10**digits < 10**12:
        digits += 3
    return Fraction(round(value * 10**digits), 10**digits)


__all__ = ["Gathered", "Gatherer", "Offer", "prices"]
