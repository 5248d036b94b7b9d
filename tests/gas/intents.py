"""Measures of intents: settling, the book, guards. Makers trade with used nonces (another bit of
the word is set), balances that are not zero before or after, and unlimited allowances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eth_utils.address import to_checksum_address

from boomerang import artifacts
from boomerang.chains.base import DEV_ACCOUNTS, Tx
from boomerang.chains.signers import dev_signer
from boomerang.client.abi import Interface
from boomerang.intents.batch import Batch, Leg, Order, Route, Sweep
from boomerang.intents.client.uniswap import PAIR_CODE_HASH, Factory, Pair
from boomerang.intents.message import Branch, Guard, GuardKind, Intent, IntentDomain
from gas.bench import DEPLOYER, ETHER, STRANGER, Bench, decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boomerang.chains.base import Receipt

    Measured = Iterator[tuple[str, int]]

NAMES = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy")
DEADLINE = 1_900_000_000
LIMIT = 2**112 - 1
USED, FREE = 7, 9
"""Nonces: one that every maker has used, and the first that is free."""


def raw(name: str) -> bytes:
    return bytes.fromhex(DEV_ACCOUNTS[name][2:])


class Market:
    """A settlement beside the bench's registry, two pools, four tokens: everybody has some."""

    def __init__(self, bench: Bench, at: int = 0) -> None:
        """`at` is the bench's last second."""
        self.bench = bench
        self.at = at
        self.interface = Interface(artifacts.load("Settlement"))
        token = Interface(artifacts.load("TestToken"))
        self.tokens: list[bytes] = []
        addresses = []
        for name in "ABCD":
            receipt = self.mine(Tx(DEPLOYER, None, token.creation(name, name)))
            addresses.append(receipt.contract or "")
        # By address, so that which is a pair's first token is the same on every chain.
        addresses.sort(key=lambda a: bytes.fromhex(a[2:]))
        self.tokens = [bytes.fromhex(a[2:]) for a in addresses]
        self.factory = Factory(bench.chain, self.mine(Factory.tx_deploy(DEPLOYER)).contract or "")
        arguments = (bench.registry, self.factory.address, PAIR_CODE_HASH)
        deployed = self.mine(Tx(DEPLOYER, None, self.interface.creation(*arguments)))
        self.deployment = deployed.gas_used
        self.settlement = deployed.contract or ""
        self.domain = IntentDomain(bench.chain.chain_id, bytes.fromhex(self.settlement[2:]))
        for address in addresses:
            for name in (*NAMES, "trent"):
                mint = token.functions["mint"].encode(DEV_ACCOUNTS[name], 10**6 * ETHER)
                self.mine(Tx(DEPLOYER, address, mint))
                allow = token.functions["approve"].encode(self.settlement, 2**256 - 1)
                self.mine(Tx(DEV_ACCOUNTS[name], address, allow))
        for name in NAMES:
            self.act(name, "cancel", 0, 1 << USED)
        self.pairs = [self.pool(0, 1), self.pool(1, 2)]

    def pool(self, a: int, b: int) -> Pair:
        first, second = to_checksum_address(self.tokens[a]), to_checksum_address(self.tokens[b])
        self.mine(self.factory.tx_create_pair(first, second, DEPLOYER))
        pair = self.factory.pair(first, second)
        amounts = {first: 50_000 * ETHER, second: 50_000 * ETHER}
        for tx in pair.txs_add_liquidity(amounts, DEPLOYER):
            self.mine(tx)
        return pair

    def mine(self, tx: Tx) -> Receipt:
        self.at += 1
        return self.bench.mine(self.at, tx)[0]

    def tx(self, sender: str, function: str, *values: object) -> Tx:
        return Tx(sender, self.settlement, self.interface.functions[function].encode(*values))

    def act(self, name: str, function: str, *values: object) -> Receipt:
        return self.mine(self.tx(DEV_ACCOUNTS[name], function, *values))

    def order(self, intent: Intent, given: int | None = None) -> Order:
        signer = dev_signer(to_checksum_address(intent.maker))
        signature = signer.sign_typed_data(self.domain.typed_data(intent))
        return Order.of(intent, signature, given)

    def settle(
        self,
        orders: Sequence[Order],
        legs: Sequence[Leg] = (),
        sweeps: Sequence[Sweep] = (),
        routes: Sequence[Route] = (),
    ) -> Receipt:
        batch = Batch(tuple(orders), tuple(legs), tuple(sweeps), tuple(routes))
        return self.mine(self.tx(STRANGER, "settle", batch.encode()))

    def swap(
        self,
        name: str,
        sell: int,
        buy: int,
        *guards: Guard,
        amount: int = 500 * ETHER,
        least: int = 499 * ETHER,
        nonce: int = FREE,
        whole: bool = True,
        more: tuple[Branch, ...] = (),
    ) -> Intent:
        branch = Branch(self.tokens[buy], least, guards)
        return Intent(raw(name), self.tokens[sell], amount, (branch, *more), whole, nonce, DEADLINE)

    def route(
        self, buy: int, *path: int, least: int = ETHER, guards: Sequence[Guard] = ()
    ) -> Branch:
        return Branch(
            self.tokens[buy], least, tuple(guards), (tuple(self.tokens[i] for i in path),)
        )


EXISTS = Guard(GuardKind.EXISTS)


def ring(count: int, first: int = 0) -> list[Leg]:
    """The first orders pay each other in a circle, the same amount each."""
    return [Leg(first + i, 0, 500 * ETHER, last=i == count - 1) for i in range(count)]


def settling(bench: Bench) -> Measured:
    market = Market(bench)
    yield "deploy the settlement and its book", market.deployment

    plain = [market.swap("alice", 0, 1), market.swap("bob", 1, 0)]
    orders = [market.order(intent) for intent in plain]
    yield "settle a pair", market.settle(orders, ring(2)).gas_used

    other = market.route(1, 0, 1)
    first = market.swap("alice", 0, 1, EXISTS, nonce=10, more=(other,))
    orders = [market.order(first, 1), market.order(market.swap("bob", 1, 0, nonce=10))]
    yield "settle a pair, one side with an else-branch", market.settle(orders, ring(2)).gas_used

    circle = [market.swap(NAMES[i], i, (i + 2) % 3, nonce=11) for i in range(3)]
    yield (
        "settle a ring of three",
        market.settle([market.order(i) for i in circle], ring(3)).gas_used,
    )

    pairs = [market.swap(NAMES[i], i % 2, 1 - i % 2, nonce=12) for i in range(10)]
    legs = [leg for first in range(0, 10, 2) for leg in ring(2, first)]
    orders = [market.order(intent) for intent in pairs]
    yield "settle ten orders, five pairs", market.settle(orders, legs).gas_used

    parts = [
        market.swap("alice", 0, 1, nonce=13, amount=1000 * ETHER, least=998 * ETHER, whole=False)
    ]
    orders = [market.order(parts[0]), market.order(market.swap("bob", 1, 0, nonce=13))]
    yield "settle a pair, one in part", market.settle(orders, ring(2)).gas_used
    orders[1] = market.order(market.swap("carol", 1, 0, nonce=13))
    yield "settle a pair, the rest of it", market.settle(orders, ring(2)).gas_used


def guarded(bench: Bench) -> Measured:
    """A pair without guards, and with one guard each time."""
    c = bench.commitment("alice")
    bench.publish(1, c)
    bench.mine(2)
    bench.seal(10, c, decision("keep"))
    bench.open(61, c, decision("keep"))
    market = Market(bench, 61)
    pair = bytes.fromhex(market.pairs[0].address[2:])
    ratio = 1 << 128 | 2
    kinds = {
        "a commitment kept": Guard(GuardKind.KEPT, c.id.ljust(32, b"\0")),
        "a pool's rate": Guard(GuardKind.POOL_AT_LEAST, pair.rjust(32, b"\0"), ratio),
        "a time": Guard(GuardKind.AFTER, limit=1),
        "exists": EXISTS,
    }
    base = _pair(market, FREE)
    for place, (what, guard) in enumerate(kinds.items(), 1):
        gas = _pair(market, FREE + place, guard)
        yield f"a guard in a pair: {what}", gas - base


def _pair(market: Market, nonce: int, *guards: Guard) -> int:
    orders = [
        market.order(market.swap("alice", 0, 1, *guards, nonce=nonce)),
        market.order(market.swap("bob", 1, 0, nonce=nonce)),
    ]
    return market.settle(orders, ring(2)).gas_used


def book(bench: Bench) -> Measured:
    market = Market(bench)

    def post(name: str, sell: int, buy: int, least: int, after: int = 0) -> int:
        intent = market.swap(name, sell, buy, least=least, whole=False)
        return market.act(name, "post", Order.of(intent).encode(), after, 10).gas_used

    yield "post, the first of a list", post("alice", 0, 1, 600 * ETHER)
    yield "post, at the head", post("bob", 0, 1, 550 * ETHER)
    yield "post, in the middle", post("carol", 0, 1, 570 * ETHER, 2)
    yield "unpost", market.act("carol", "unpost", *_pair_of(market, 0, 1), 3).gas_used
    yield "post, beside a reverse list", post("dave", 1, 0, 500 * ETHER)


def else_branches(bench: Bench) -> Measured:
    """What an else-branch costs: an empty book, a worse head, entries to be cleared."""
    market = Market(bench)

    def program(nonce: int, amount: int = 500 * ETHER) -> Order:
        other = market.route(1, 0, 1)
        return market.order(
            market.swap(
                "erin", 0, 1, EXISTS, nonce=nonce, amount=amount, least=amount, more=(other,)
            )
        )

    def post(name: str, nonce: int, amount: int, least: int) -> None:
        entry = market.swap(name, 1, 0, nonce=nonce, amount=amount, least=least, whole=False)
        market.act(name, "post", Order.of(entry).encode(), 0, 0)

    def sweeping(nonce: int, pops: int) -> int:
        sweeps = [Sweep(0, 0, pops=pops)] if pops else []
        return market.settle([program(nonce)], sweeps=sweeps, routes=[Route(0, 1)]).gas_used

    yield "else-branch by a route, the book is empty", sweeping(10, 0)
    post("frank", 10, ETHER, 2 * ETHER)
    yield "else-branch by a route, the head is worse", sweeping(11, 0)
    for nonce in (11, 12):
        post("grace", nonce, ETHER, ETHER // 2)
    yield "else-branch by a route, two entries swept first", sweeping(12, 2)
    post("heidi", 10, 500 * ETHER, 400 * ETHER)
    yield (
        "sweep one entry whole",
        market.settle(
            [market.order(market.swap("erin", 0, 1, EXISTS, nonce=13, whole=False))],
            sweeps=[Sweep(0, 0, pops=1)],
        ).gas_used,
    )
    post("ivan", 10, ETHER, ETHER // 2)
    allow = Interface(artifacts.load("TestToken")).functions["approve"]
    token = to_checksum_address(market.tokens[1])
    market.mine(Tx(DEV_ACCOUNTS["ivan"], token, allow.encode(market.settlement, 0)))
    yield (
        "take one dead entry off the book",
        market.act("bob", "sweepDead", *_pair_of(market, 1, 0), 1).gas_used,
    )


def nonces(bench: Bench) -> Measured:
    market = Market(bench)
    yield "cancel nonces of a used word", market.act("alice", "cancel", 0, 1 << 20).gas_used
    yield "approve an intent", market.act("alice", "approve", b"\xa1" * 32, True).gas_used


def _pair_of(market: Market, a: int, b: int) -> tuple[str, str]:
    return to_checksum_address(market.tokens[a]), to_checksum_address(market.tokens[b])


ACTIONS = (settling, guarded, book, else_branches, nonces)
