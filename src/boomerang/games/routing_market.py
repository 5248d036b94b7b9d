"""The four-asset market with traders in it, on a chain: Uniswap's own pools and this project's
settlement, through which everybody trades.

    market = RoutingMarket(connect("pyrevm"), sellers=8)
    market.payoffs(("B", "C") * 4)       # what `boomerang.games.routing` defines, by actual swaps

Sellers sell A for D, buyers D for A: 500 A or 0.5 D each, worth the same at the first prices. A
plain order is a program of one branch and one path that its maker settles: the settlement swaps it
along its path, for whatever the pools give when its turn in the block comes. Amounts are in
smallest units, 10^18 in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING, Final

from eth_utils.address import to_checksum_address

from boomerang.arenas.token import TestToken
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.chains.signers import LocalSigner, dev_signer
from boomerang.client import Registry
from boomerang.errors import InvalidInput
from boomerang.games.catalogue import SEATS
from boomerang.games.errors import BadProfile
from boomerang.games.routing import AMOUNT, DEEP, ROUTES, SCARCE, UNIT, Curve, Way
from boomerang.hashing import keccak_text
from boomerang.intents.batch import Batch, Order, Route
from boomerang.intents.client.contracts import raw
from boomerang.intents.client.deploy import deploy_market
from boomerang.intents.client.sending import sent_together
from boomerang.intents.client.settlement import UNLIMITED, Settlement
from boomerang.intents.language import parse
from boomerang.intents.message import Branch, Intent
from boomerang.intents.relay.signed import SignedIntent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boomerang.chains.base import Chain, Receipt, Signer, Tx

PRICE: Final = DEEP // SCARCE
"""A for one D, at first."""
WORTH: Final = {"A": 1, "B": 1, "C": 1, "D": PRICE}
"""What a unit of each counts in values: at the first prices, in A."""
PAIRS: Final = ("AB", "AC", "BD", "CD")
STRANGER: Final = "judy"
"""Who sells before all others, settles what others signed, and takes the arbitrage."""

_OTHERS: Final = tuple(name for name in DEV_ACCOUNTS if name != STRANGER)


@dataclass(frozen=True, slots=True)
class Trader:
    """Who sells `amount` of a token, A or D, for the other. `seat` counts all traders."""

    seat: int
    name: str
    sells: str
    amount: int

    @property
    def buys(self) -> str:
        return "D" if self.sells == "A" else "A"

    @property
    def account(self) -> str:
        """A development account's address while there are any, then one of a key of its own."""
        return DEV_ACCOUNTS[_OTHERS[self.seat]] if self.seat < len(_OTHERS) else self.signer.address

    @property
    def signer(self) -> Signer:
        return _signer(self.seat)

    def path(self, via: str) -> str:
        """As a text has it."""
        return f"{self.sells} -> {via} -> {self.buys}"

    @property
    def fair(self) -> int:
        """What it would receive at the first prices."""
        return self.amount * WORTH[self.sells] // WORTH[self.buys]


@cache
def _signer(seat: int) -> LocalSigner:
    from eth_account import Account

    if seat < len(_OTHERS):
        return dev_signer(_OTHERS[seat])
    return LocalSigner(Account.from_key(keccak_text(f"boomerang routing trader {seat}")))


class RoutingMarket:
    """A new market on a test chain, which must hold the traders' keys; on pyrevm anybody may send.

    `ahead`: A (smallest units) that a stranger sells over a route before anybody.
    """

    def __init__(
        self,
        chain: Chain,
        sellers: int,
        buyers: int = 0,
        *,
        amount: int = AMOUNT * UNIT,
        ahead: Mapping[str, int] | None = None,
    ) -> None:
        if sellers < 0 or buyers < 0 or sellers + buyers < 1 or sellers > len(SEATS):
            raise InvalidInput(f"up to {len(SEATS)} sellers, not {sellers}; buyers, not {buyers}")
        self.chain = chain
        self.sellers = tuple(Trader(i, SEATS[i], "A", amount) for i in range(sellers))
        self.buyers = tuple(
            Trader(sellers + i, f"buyer{i + 1}", "D", amount // PRICE) for i in range(buyers)
        )
        self.stranger = DEV_ACCOUNTS[STRANGER]
        accounts = [trader.account for trader in self.traders]
        if chain.kind != "pyrevm":  # there anybody may send
            held = set(chain.accounts())
            if not held.issuperset([*accounts, self.stranger]):
                raise InvalidInput(
                    f"this chain holds the keys of {len(held)} accounts, not those of "
                    f"{len(accounts)} traders and a stranger"
                )
        registry = Registry.deploy(chain)
        deployment = deploy_market(chain, registry.address, holders=[*accounts, self.stranger])
        self.tokens = {
            one.name: TestToken(chain, str(to_checksum_address(one.address)))
            for one in deployment.tokens
        }
        self.directory = deployment.directory({one.name: one.account for one in self.traders})
        self.settlement = Settlement(
            chain,
            deployment.settlement,
            sender=self.stranger,
            dry_run=deployment.dry_run,
            from_block=deployment.from_block,
        )
        self.registry = registry
        factory = self.settlement.factory
        self.pairs = {
            pair: factory.pair(*(self.tokens[name].address for name in pair)) for pair in PAIRS
        }
        self._plain: dict[tuple[str, int, str, int], Tx] = {}
        where = self.settlement.address
        everybody = [*((one.account, one.sells) for one in self.traders), (self.stranger, "A")]
        sent_together(
            chain, [self.tokens[sold].tx_approve(who, where, UNLIMITED) for who, sold in everybody]
        )
        for via, units in (ahead or {}).items():
            self.execute([self._tx_plain(self.stranger, f"A -> {via} -> D", units, 0)])

    @property
    def traders(self) -> tuple[Trader, ...]:
        return self.sellers + self.buyers

    # ---------------------------------------------------------------------------- trading

    def tx_plain(self, trader: Trader, via: str, amount: int | None = None, nonce: int = 0) -> Tx:
        """The trader's plain order over B or C, of all that it sells or of an amount: sent by
        itself, without a limit. Two orders of one trader need two nonces.
        """
        units = trader.amount if amount is None else amount
        return self._tx_plain(trader.account, trader.path(via), units, nonce)

    def _tx_plain(self, account: str, path: str, amount: int, nonce: int) -> Tx:
        key = (account, amount, path, nonce)
        if key not in self._plain:
            tokens = tuple(raw(self.tokens[name].address) for name in path.split(" -> "))
            branch = Branch(tokens[-1], 1, paths=(tokens,))
            intent = Intent(raw(account), tokens[0], amount, (branch,), nonce=nonce)
            batch = Batch((Order.of(intent),), routes=(Route(0, 0),))
            self._plain[key] = self.settlement.tx_settle(batch, sender=account)
        return self._plain[key]

    def sign(self, trader: Trader, text: str) -> SignedIntent:
        """A program of the trader's, signed. Raises what is wrong with the text."""
        intent = parse(text, self.directory, raw(trader.account))
        signature = self.settlement.sign(intent, trader.signer)
        return SignedIntent(intent, self.settlement.domain, signature)

    def execute(self, txs: Sequence[Tx]) -> list[Receipt]:
        """All of them in one block, in this order. Raises what the first was refused with."""
        return sent_together(self.chain, txs)

    def payoffs(
        self, profile: Sequence[str], order: Sequence[int] | None = None
    ) -> tuple[int, ...]:
        """D that each seller receives where each goes over its route of the profile, all in one
        block, by seats or in an order of seats; then the chain is as it was before. Raises
        BadProfile.
        """
        seats = range(len(self.sellers)) if order is None else order
        if len(profile) != len(self.sellers) or not set(profile) <= set(ROUTES):
            raise BadProfile(f"a route, B or C, for each of {len(self.sellers)}, not {profile!r}")
        if sorted(seats) != list(range(len(self.sellers))):
            raise BadProfile(f"each of {len(self.sellers)} seats goes once, not {order!r}")
        start = self.chain.snapshot()
        try:
            before = self.received()
            self.execute([self.tx_plain(self.sellers[seat], profile[seat]) for seat in seats])
            after = self.received()
        finally:
            self.chain.restore(start)
        return tuple(now - had for now, had in zip(after, before, strict=True))[: len(profile)]

    # ---------------------------------------------------------------------------- looking

    def received(self) -> list[int]:
        """What each trader has of the token that it buys."""
        return [self.tokens[one.buys].balance_of(one.account) for one in self.traders]

    def kept(self) -> list[int]:
        """What each trader has of the token that it sells."""
        return [self.tokens[one.sells].balance_of(one.account) for one in self.traders]

    def ways(self) -> tuple[Way, Way]:
        """Both routes as the pools are now."""
        b, c = (Way(self._held(f"A{via}"), self._held(f"{via}D")) for via in ROUTES)
        return b, c

    def _held(self, pair: str) -> tuple[int, int]:
        return self.pairs[pair].reserves_of(self.tokens[pair[0]].address)

    def ways_of(self, trader: Trader) -> tuple[Way, Way]:
        """Both routes as the pools are now, in the direction of a trader."""
        b, c = self.ways()
        return (b, c) if trader.sells == "A" else (b.reversed, c.reversed)

    def quotes(self, trader: Trader) -> dict[str, int]:
        """What each route gives now for all that the trader sells."""
        return {
            via: way.quote(trader.amount)
            for via, way in zip(ROUTES, self.ways_of(trader), strict=True)
        }

    def best(self, trader: Trader) -> str:
        """The route that gives most now, the first of equals."""
        quotes = self.quotes(trader)
        return max(ROUTES, key=lambda via: quotes[via])

    def pool_value(self) -> int:
        """All that is in the pools, at the first prices, in smallest units of A."""
        held = ((pair, self._held(pair)) for pair in PAIRS)
        return sum(
            units * WORTH[name]
            for pair, both in held
            for name, units in zip(pair, both, strict=True)
        )

    # -------------------------------------------------------------------------- arbitrage

    def arbitrage(self) -> int:
        """The stranger trades with every pool until it gives the first prices, less the fee, as if
        there were a market outside where anything trades at those: what that gained, in smallest
        units of A.
        """
        before = self._stranger_value()
        txs = []
        for pair in PAIRS:
            for sold, bought in permutations(pair):
                held = self.pairs[pair].reserves_of(self.tokens[sold].address)
                amount = int(Curve.of(*held).best(WORTH[bought] / WORTH[sold]))
                if amount:
                    address = self.tokens[sold].address
                    txs += self.pairs[pair].txs_swap(address, amount, self.stranger)
        if txs:
            self.execute(txs)
        return self._stranger_value() - before

    def _stranger_value(self) -> int:
        return sum(
            token.balance_of(self.stranger) * WORTH[name] for name, token in self.tokens.items()
        )


__all__ = ["PRICE", "STRANGER", "WORTH", "RoutingMarket", "Trader"]
