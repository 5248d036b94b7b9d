"""Random auctions of any size around one set of prices: for benchmarks and experiments.

A market is made once from a seed, so the same call gives the same auction everywhere.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random

from boomerang.hashing import keccak_text
from boomerang.intents.auction.state import Auction, Item, Pool, Token
from boomerang.intents.message import Branch, Guard, GuardKind, Intent

_UNIT = 10**18


def _address(kind: str, n: int) -> bytes:
    return keccak_text(f"{kind} {n}")[:20]


def market(
    seed: int,
    intents: int,
    tokens: int,
    pools: int = 0,
    whole: float = 0.0,
    routed: float = 0.0,
    spread: float = 0.01,
) -> Auction:
    """`intents` around common prices, limits within `spread` of them; the share `whole` of them
    all-or-nothing, the share `routed` with an else-branch through pools. Pools hold reserves at
    those prices within their fee, so that they offer nobody anything for nothing.
    """
    random = Random(seed)  # noqa: S311
    known = [
        Token(f"T{n}", _address("token", n), 18, Fraction(random.randint(10, 10_000), 100 * _UNIT))
        for n in range(tokens)
    ]
    worth = {token.address: float(token.price) for token in known}
    made = _pools(random, known, pools)
    neighbours: dict[bytes, list[bytes]] = {}
    for pool in made:
        for a, b in (pool.tokens, pool.tokens[::-1]):
            neighbours.setdefault(a, []).append(b)
    items = []
    for n in range(intents):
        sell, buy = random.sample([token.address for token in known], 2)
        value = 10 ** random.uniform(2, 4)
        amount = int(value / worth[sell])
        least = int(value / worth[buy] * (1 + random.uniform(-spread, spread)))
        exists = Guard(GuardKind.EXISTS)
        branches = [Branch(buy, max(least, 1), (exists,))]
        paths = _paths(random, neighbours, sell, buy) if random.random() < routed else ()
        if paths:
            branches.append(Branch(buy, max(least, 1), (), paths))
        intent = Intent(
            _address("maker", n),
            sell,
            max(amount, 1),
            tuple(branches),
            whole=random.random() < whole,
            nonce=n,
        )
        items.append(Item(f"i{n}", intent))
    return Auction({token.address: token for token in known}, made, tuple(items))


def _pools(random: Random, known: list[Token], count: int) -> tuple[Pool, ...]:
    pairs = [(a, b) for i, a in enumerate(known) for b in known[i + 1 :]]
    made = []
    for n, (a, b) in enumerate(random.sample(pairs, min(count, len(pairs)))):
        value = 10 ** random.uniform(5.5, 7)
        skew = 1 + random.uniform(-0.0008, 0.0008)
        held = int(value / float(a.price)), int(value * skew / float(b.price))
        made.append(Pool(f"p{n}", (a.address, b.address), held))
    return tuple(made)


def _paths(
    random: Random, neighbours: dict[bytes, list[bytes]], sell: bytes, buy: bytes
) -> tuple[tuple[bytes, ...], ...]:
    """Up to three paths of one or two hops."""
    direct = [(sell, buy)] if buy in neighbours.get(sell, ()) else []
    around = [(sell, t, buy) for t in neighbours.get(sell, ()) if buy in neighbours.get(t, ())]
    around = [path for path in around if all(a != b for a, b in pairwise(path))]
    return (*direct, *random.sample(around, min(len(around), 3 - len(direct))))
