"""Where intents are attacked: a settlement (the real one, or a variant) with its book, tokens A, B
and D, and Uniswap's real factory, on the chain of a registry.

Everybody of the story holds and allows all tokens. A batch is one transaction in the next second:

    market = Market()
    mine = market.intent(ALICE, 100, market.a, market.swap(market.b, 90))
    market.settle(MALLORY, [market.order(mine)], ...)

A step that is refused raises the contract's error, by name.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from eth_keys.datatypes import PrivateKey
from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.crypto import keccak

from boomerang import artifacts
from boomerang.chains.base import DEV_ACCOUNTS, Tx
from boomerang.chains.signers import dev_signer
from boomerang.client.abi import Interface
from boomerang.errors import decode_error
from boomerang.intents.batch import Batch, Leg, Order, Route, Sweep, cycle
from boomerang.intents.client.uniswap import PAIR_CODE_HASH, Factory, pair_interface
from boomerang.intents.message import Branch, Guard, GuardKind, Intent, IntentDomain
from findings.stage import ALICE, BOB, CAROL, DAVE, EVE, MALLORY, Stage
from findings.variants import Edit, Variant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.chains.base import Chain, Receipt

HERE = "contracts/intents"
SETTLEMENT = f"{HERE}/Settlement.sol"
EXISTS = Guard(GuardKind.EXISTS)
FRESH = Guard(GuardKind.FRESH)
RICH = 10**30
"""Of each token, at first."""
MAX = 2**256 - 1
POPS = 2**16 - 1
EVERYBODY = (ALICE, BOB, CAROL, DAVE, EVE, MALLORY)

INTERFACE = Interface(artifacts.load("Settlement"))
BOOK = Interface(artifacts.load("Book"))
TOKEN = Interface(artifacts.load("TestToken"))


def weakened(old: str, new: str, file: str = "Settlement.sol") -> Variant:
    """The settlement, with one edit in one of its files."""
    return Variant(Edit(old, new, f"{HERE}/{file}"), file=SETTLEMENT)


def hostile(name: str) -> Variant:
    """A contract of contracts/mocks/hostile, which stands on its own."""
    return Variant(file=f"contracts/mocks/hostile/{name}.sol")


@cache
def _key(account: str) -> PrivateKey:
    names = {address: name for name, address in DEV_ACCOUNTS.items()}
    return PrivateKey(bytes(dev_signer(names[account])._account.key))


def raw(address: str) -> bytes:
    return to_canonical_address(address)


class Market(Stage):
    """A settlement just deployed, and nothing in its book."""

    def __init__(self, variant: Variant | None = None, chain: Chain | None = None) -> None:
        super().__init__(chain=chain)
        self.factory = Factory.deploy(self.chain, sender=MALLORY)
        interface = INTERFACE if variant is None else Interface(variant.artifact())
        created = self.deploy(
            interface.creation(self.registry, self.factory.address, PAIR_CODE_HASH)
        )
        assert created.contract is not None
        self.settlement = created.contract
        self.book = str(self.ask("book"))
        self.intents = IntentDomain(self.chain.chain_id, raw(self.settlement))
        self.a, self.b, self.d = (self.token() for _ in range(3))

    # ------------------------------------------------------------------ tokens and pools

    def token(self, creation: bytes | None = None, *holders: str) -> bytes:
        """A new token, that everybody holds and allows."""
        made = self.deploy(creation or TOKEN.creation("Token", "T")).contract
        assert made is not None
        self.fund(raw(made), *EVERYBODY, *holders)
        return raw(made)

    def fund(self, token: bytes, *holders: str) -> None:
        """Much of it, and all of that allowed."""
        self.next(
            *(self.on_token(token, who, "mint", who, RICH) for who in holders),
            *(self.on_token(token, who, "approve", self.settlement, MAX) for who in holders),
        )

    def on_token(self, token: bytes, sender: str, function: str, *arguments: Any) -> Tx:
        data = TOKEN.functions[function].encode(*arguments)
        return Tx(sender, to_checksum_address(token), data)

    def held(self, token: bytes, who: str) -> int:
        """A balance."""
        call = self.on_token(token, EVE, "balanceOf", who)
        answer: int = TOKEN.functions["balanceOf"].decode(self._call(call))
        return answer

    def gained(self, token: bytes, who: str) -> int:
        """Since everybody was given theirs."""
        return self.held(token, who) - RICH

    def pool(self, one: bytes, other: bytes, amounts: tuple[int, int]) -> str:
        """A pair with these reserves."""
        names = (to_checksum_address(one), to_checksum_address(other))
        pair = self.factory.create_pair(*names, sender=MALLORY).address
        self.next(
            self.on_token(one, MALLORY, "mint", pair, amounts[0]),
            self.on_token(other, MALLORY, "mint", pair, amounts[1]),
            self.on_pair(pair, "mint", MALLORY),
        )
        return pair

    def on_pair(self, pair: str, function: str, *arguments: Any) -> Tx:
        return Tx(MALLORY, pair, pair_interface().functions[function].encode(*arguments))

    def push_pool(self, pair: str, sell: bytes, amount: int, out: int) -> list[Tx]:
        """Mallory sells to a pair, without the settlement."""
        token0 = min(sell, self.other(pair, sell))
        outs = (0, out) if sell == token0 else (out, 0)
        return [
            self.on_token(sell, MALLORY, "transfer", pair, amount),
            self.on_pair(pair, "swap", *outs, MALLORY, b""),
        ]

    def other(self, pair: str, token: bytes) -> bytes:
        """The other token of a pair."""
        function = pair_interface().functions
        both = [
            raw(function[name].decode(self._call(self.on_pair(pair, name))))
            for name in ("token0", "token1")
        ]
        return both[1] if both[0] == token else both[0]

    # ------------------------------------------------------------------ intents

    def swap(self, buy: bytes, least: int, *guards: Guard) -> Branch:
        """A direct one."""
        return Branch(buy, least, guards)

    def route(self, least: int, *path: bytes, guards: tuple[Guard, ...] = ()) -> Branch:
        """By one path."""
        return Branch(path[-1], least, guards, (path,))

    def intent(
        self,
        maker: str,
        amount: int,
        sell: bytes,
        *branches: Branch,
        nonce: int = 0,
        whole: bool = False,
        deadline: int = 2**40 - 1,
    ) -> Intent:
        return Intent(raw(maker), sell, amount, branches, whole, nonce, deadline)

    def order(self, intent: Intent, given: int | None = None, by: str | None = None) -> Order:
        """Signed by its maker (or by another), with this many of its branches in full."""
        who = by or to_checksum_address(intent.maker)
        return Order.of(intent, sign(who, intent.hash(self.intents)), given)

    # ------------------------------------------------------------------ transactions

    def ask(self, function: str, *arguments: Any) -> Any:
        """A view of the settlement."""
        call = Tx(EVE, self.settlement, INTERFACE.functions[function].encode(*arguments))
        return INTERFACE.functions[function].decode(self._call(call))

    def ask_book(self, function: str, *arguments: Any) -> Any:
        """A view of the book."""
        call = Tx(EVE, self.book, BOOK.functions[function].encode(*arguments))
        return BOOK.functions[function].decode(self._call(call))

    def _call(self, tx: Tx) -> bytes:
        return self.chain.call(tx, at=self.chain.head().time)

    def act(self, sender: str, function: str, *arguments: Any, gas: int | None = None) -> Tx:
        """A call of the settlement."""
        data = INTERFACE.functions[function].encode(*arguments)
        return Tx(sender, self.settlement, data, 0, gas)

    def settling(
        self,
        sender: str,
        orders: Sequence[Order],
        *moves: Leg | Sweep | Route | tuple[Leg, ...],
        gas: int | None = None,
    ) -> Tx:
        """A batch: cycles, sweeps and routes in any order."""
        legs = [leg for move in moves if isinstance(move, tuple) for leg in move]
        sweeps = tuple(move for move in moves if isinstance(move, Sweep))
        routes = tuple(move for move in moves if isinstance(move, Route))
        batch = Batch(tuple(orders), tuple(legs), sweeps, routes)
        return self.act(sender, "settle", batch.encode(), gas=gas)

    def settle(
        self,
        sender: str,
        orders: Sequence[Order],
        *moves: Leg | Sweep | Route | tuple[Leg, ...],
        gas: int | None = None,
    ) -> Receipt:
        """The batch, in a block of its own."""
        return self.next(self.settling(sender, orders, *moves, gas=gas))[0]

    def posting(self, sender: str, order: Order, hint: int = 0, pops: int = POPS) -> Tx:
        return self.act(sender, "post", order.encode(), hint, pops)

    def post(self, intent: Intent, by: str | None = None) -> int:
        """An entry of the book, by its maker; its number."""
        maker = to_checksum_address(intent.maker)
        receipt = self.next(self.posting(by or maker, self.order(intent)))[0]
        number: int = INTERFACE.functions["post"].decode(receipt.output)
        return number

    def head(self, sell: bytes, buy: bytes) -> int:
        """The first entry of a list."""
        number: int = self.ask_book("list", to_checksum_address(sell), to_checksum_address(buy))[0]
        return number

    def alive(self, sell: bytes, buy: bytes, number: int) -> int:
        """What an entry could sell."""
        pair = (to_checksum_address(sell), to_checksum_address(buy))
        answer: int = self.ask_book("alive", *pair, number)
        return answer


def sign(account: str, digest: bytes) -> bytes:
    """65 bytes, by the key of a development account."""
    signature = _key(account).sign_msg_hash(digest)
    return signature.to_bytes()[:64] + bytes([27 + signature.v])


def pair_of(one: tuple[int, int], other: tuple[int, int], branch: int = 0) -> tuple[Leg, ...]:
    """Two orders (index, what it sells) that pay each other."""
    return cycle((one[0], branch, one[1]), (other[0], branch, other[1]))


def topic(text: str) -> bytes:
    """An event's first topic."""
    return keccak(text=text)


__all__ = [
    "EXISTS",
    "FRESH",
    "INTERFACE",
    "MAX",
    "POPS",
    "RICH",
    "Market",
    "decode_error",
    "hostile",
    "pair_of",
    "raw",
    "sign",
    "topic",
    "weakened",
]
