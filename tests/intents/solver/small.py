"""Small random auctions, and every plan for them that a brute force can think of.

The brute force knows no linear program: it tries all cycles of branches at a few scales, sweeps and
routes of a few sizes, in sequences, and asks the rules (`Replay`) what each plan comes to.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import prod
from random import Random

from boomerang.intents.auction import (
    Auction,
    Item,
    Move,
    Plan,
    Pool,
    Replay,
    RuleBroken,
    Token,
)
from boomerang.intents.message import Branch, Guard, GuardKind, Intent
from boomerang.intents.prices import Trade, equal_gains, required, within

UNIT = 10**6
TIME = 1_000
KEPT, REVERTED, OPEN = (bytes([n]) * 25 for n in (1, 2, 3))


def address(n: int) -> bytes:
    return n.to_bytes(20, "big")


def commitment(kind: GuardKind, which: bytes) -> Guard:
    return Guard(kind, which + bytes(7))


def guards(random: Random) -> list[Guard]:
    """Mostly ones that hold."""
    some = [
        commitment(GuardKind.KEPT, KEPT),
        commitment(GuardKind.REVERTED, REVERTED),
        Guard(GuardKind.AFTER, limit=TIME),
        Guard(GuardKind.BEFORE, limit=TIME + 1),
        commitment(GuardKind.KEPT, REVERTED),
        Guard(GuardKind.BEFORE, limit=TIME),
        commitment(GuardKind.KEPT, OPEN),
    ]
    weights = (4, 4, 3, 3, 3, 2, 1)
    return random.choices(some, weights, k=1) if random.random() < 0.25 else []


def small_auction(random: Random, pools: bool, book: bool) -> Auction:
    """Two to five intents over two to four tokens, limits that often cross."""
    count = random.randint(2, 4)
    worth = [Fraction(random.randint(1, 400), 10) for _ in range(count)]
    # Prices as everybody thinks, or as nobody does.
    priced = random.random() < 0.7
    tokens = {
        address(n + 1): Token(
            f"T{n}", address(n + 1), 6, (worth[n] if priced else Fraction(1)) / UNIT
        )
        for n in range(count)
    }
    made: list[Pool] = []
    if pools:
        for a in range(count):
            for b in range(a + 1, count):
                if random.random() < 0.8:
                    size = random.randint(20_000, 400_000)
                    skew = random.uniform(0.97, 1.03)
                    held = int(size / worth[a] * UNIT), int(size * skew / worth[b] * UNIT)
                    tokens_of = (address(a + 1), address(b + 1))
                    made.append(Pool(f"p{a}{b}", tokens_of, held))
    items: list[Item] = []
    for n in range(random.randint(2, 5)):
        posted = book and n < 2 and random.random() < 0.8
        items.append(_item(random, n, worth, bool(pools), posted))
    for drop in range(len(items)):
        try:
            return Auction(tokens, tuple(made), tuple(items), TIME, {KEPT: True, REVERTED: False})
        except Exception:  # a crossed book: without one more of its entries
            items = [item for item in items if item.id != f"i{drop}"]
    return Auction(tokens, tuple(made), tuple(items), TIME, {KEPT: True, REVERTED: False})


def _item(random: Random, n: int, worth: list[Fraction], pools: bool, posted: bool) -> Item:
    sell, buy = random.sample(range(len(worth)), 2)
    value = random.randint(200, 3_000)
    amount = int(value / worth[sell] * UNIT)
    branches = []
    for k in range(1 if posted else random.choices((1, 2, 3), (5, 3, 1))[0]):
        other = random.choice([t for t in range(len(worth)) if t != sell]) if k else buy
        least = max(int(value / worth[other] * Fraction(random.randint(94, 103), 100) * UNIT), 1)
        conditions = [] if posted else guards(random)
        paths: tuple[tuple[bytes, ...], ...] = ()
        if pools and not posted and random.random() < (0.25, 0.7, 0.7)[k]:
            around = [t for t in range(len(worth)) if t not in (sell, other)]
            ways = [(sell, other), *((sell, t, other) for t in around)]
            chosen = random.sample(ways, random.randint(1, min(2, len(ways))))
            paths = tuple(tuple(address(t + 1) for t in way) for way in chosen)
        elif random.random() < 0.6:
            conditions.append(Guard(GuardKind.EXISTS))
        branches.append(Branch(address(other + 1), least, tuple(conditions), paths))
    whole = not posted and random.random() < 0.35
    maker = address(100 + (n if random.random() < 0.85 else 0))
    intent = Intent(maker, address(sell + 1), amount, tuple(branches), whole, nonce=n)
    left = random.choice((amount, amount // 2)) if posted else amount
    return Item(f"i{n}", intent, book=posted, left=left)


# ---- the brute force -------------------------------------------------------------------------


def cycle_at(replay: Replay, options: tuple, share: Fraction) -> tuple[Move, ...] | None:
    """A cycle at a share of the largest scale that is left, by rounding and trying neighbours."""
    n = len(options)
    gain = (prod(o.amount for o in options) / prod(o.least for o in options)) ** (1 / n)
    sold = [1.0] * n
    for i in range(n - 1, 0, -1):
        sold[i - 1] = gain * sold[i] * options[i].least / options[i].amount
    lefts = [replay.left[o.item] for o in options]
    ratio = [left / each for left, each in zip(lefts, sold, strict=True)]
    first = ratio.index(min(ratio))
    amounts = [int(min(ratio) * share * each) for each in sold]
    amounts[first] = int(lefts[first] * share)
    if min(amounts) <= 0:
        return None
    for _ in range(3 * n):
        for i, option in enumerate(options):
            least = required(amounts[i], option.least, option.amount)
            if amounts[i - 1] < least:
                before = (i - 1) % n
                if before != first and least <= lefts[before]:
                    amounts[before] = least
                elif i != first:
                    amounts[i] -= 1
    trades = [Trade(amounts[i], amounts[i - 1], o.least, o.amount) for i, o in enumerate(options)]
    fits = all(t.received >= required(t.sold, t.least, t.amount) for t in trades)
    if (
        not fits
        or not equal_gains(trades)
        or any(a > b for a, b in zip(amounts, lefts, strict=True))
    ):
        return None
    return tuple(Move(o.item, o.branch, a) for o, a in zip(options, amounts, strict=True))


def cycles_of(auction: Auction) -> list[tuple]:
    """Every cycle of open direct branches of different signers, each once."""
    direct = [o for o in auction.options if o.direct and not auction.items[o.item].book]
    found = []
    for size in range(2, min(len(direct), 5) + 1):
        for options in permutations(direct, size):
            if options[0] != min(options, key=lambda o: (o.item, o.branch)):
                continue
            if len({o.maker for o in options}) < size:
                continue
            if any(options[i - 1].sell != o.buy for i, o in enumerate(options)):
                continue
            if prod(o.least for o in options) <= prod(o.amount for o in options):
                found.append(options)
    return found


def plans(auction: Auction, budget: int = 220) -> list[Plan]:
    """Plans to try: sequences of up to three cycles, then sweeps, then routes."""
    cycles = cycles_of(auction)
    shares = (Fraction(1), Fraction(1, 2), Fraction(1, 4), Fraction(3, 4))
    starts: list[tuple[tuple[Move, ...], ...]] = [()]
    layer: list[tuple[tuple[Move, ...], ...]] = [()]
    for depth in range(3):
        following = []
        for done in layer:
            replay = Replay(auction)
            for cycle in done:
                replay.cycle(cycle)
            for options in cycles:
                for share in shares if depth < 2 else shares[:1]:
                    cycle = cycle_at(replay, options, share)
                    if cycle:
                        following.append((*done, cycle))
        layer = following[: budget // 3]
        starts += layer
    orders = [o for o in auction.options if not auction.items[o.item].book]
    swept = [o for o in orders if o.direct and o.exists and (o.buy, o.sell) in auction.lists]
    routed = [o for o in orders if not o.direct and not o.shared]
    sweeps = [()] + [(o,) for o in swept]
    sweeps += [pair for pair in permutations(swept, 2) if pair[0].item != pair[1].item]
    routes = [()] + [(o,) for o in routed]
    routes += [pair for pair in permutations(routed, 2) if pair[0].item != pair[1].item]
    routes += [three for three in permutations(routed, 3) if len({o.item for o in three}) == 3]
    found = []
    for cycles_done in starts:
        for s in sweeps[:6]:
            for r in routes[:20]:
                sizes = (0, 2) if s or r else (0,)
                for size in sizes:
                    found.append(_plan(auction, cycles_done, s, r, size))
    return found[:: max(len(found) // (3 * budget), 1)]


def _plan(auction: Auction, cycles: tuple, swept: tuple, routed: tuple, half: int) -> Plan:
    def move(option) -> Move:
        whole = auction.items[option.item].intent.whole
        return Move(option.item, option.branch, 0 if whole or not half else option.amount // half)

    return Plan(cycles, tuple(map(move, swept)), tuple(map(move, routed)))


def brute_force(auction: Auction) -> tuple[Fraction, Plan, int]:
    """The best plan that it finds, and how many plans held."""
    best, chosen, held = Fraction(0), Plan(), 0
    for plan in plans(auction):
        try:
            replay = Replay(auction).run(plan)
        except RuleBroken:
            continue
        held += 1
        objective = replay.objective()
        if objective > best:
            best, chosen = objective, plan
    return best, chosen, held


__all__ = ["brute_force", "small_auction", "within"]
