"""Random messages that a text has, random texts of them in all the spellings that the language
allows, and random messages that are mostly nonsense.

`loose` shares no code with the formatter: what both write must be read as the same message.
"""

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import gcd

from eth_utils.address import to_checksum_address

from boomerang.intents.message import (
    MAX_AMOUNT,
    NO_DEADLINE,
    NOTHING,
    Branch,
    Guard,
    GuardKind,
    Intent,
)
from intents.language.names import (
    ALICE,
    BOB,
    DIRECTORY,
    OTHER,
    PROMISE,
    STRANGE_ID,
    STRANGER,
    TOKENS,
    UNKNOWN,
)

Kind = GuardKind
DECIMALS = {token.address: token.decimals for token in TOKENS}
NAMES = {token.address: token.name for token in TOKENS}
PLAIN = (Kind.KEPT, Kind.REVERTED, Kind.AFTER, Kind.BEFORE, Kind.POOL_AT_LEAST, Kind.POOL_AT_MOST)


# ------------------------------------------------------------------------------------- messages


def random_intent(rng: random.Random) -> Intent:
    """A message that a text has: all kinds of branch and guard, known and unknown tokens."""
    sell = random_token(rng)
    amount = random_units(rng, DECIMALS.get(sell, 0))
    # A text has one way to be without guards: in the last branch, which then sells something.
    count = rng.choice((1,) * 18 + (2,) * 8 + (3, 4, 8))
    seller = rng.randrange(count)
    branches = []
    for number in range(count):
        idle = number != seller and rng.random() < 0.15
        bare = number == count - 1 and not idle and rng.random() < 0.5
        branches.append(random_branch(rng, sell, amount, idle, bare))
    return Intent(
        rng.choice((ALICE, BOB, STRANGER)),
        sell,
        amount,
        tuple(branches),
        rng.random() < 0.5,
        rng.choice((0, 0, rng.randrange(200), rng.getrandbits(256))),
        rng.choice((NO_DEADLINE, NO_DEADLINE, 0, random_time(rng))),
    )


def random_branch(rng: random.Random, sell: bytes, amount: int, idle: bool, bare: bool) -> Branch:
    if idle:
        return Branch(guards=random_guards(rng, PLAIN, 1))
    buy = random_token(rng, sell)
    least = random_least(rng, amount, sell, buy)
    least_guards = 0 if bare else 1
    if rng.random() < 0.5:
        kinds = () if bare else (*PLAIN, Kind.EXISTS, Kind.EXISTS, Kind.EXISTS)
        guards = random_guards(rng, kinds, least_guards)
        return Branch(buy, least, guards)
    kinds = () if bare else (*PLAIN, Kind.FRESH, Kind.PAYS, Kind.PAID)
    guards = random_guards(rng, kinds, least_guards)
    pool = {Kind.POOL_AT_LEAST, Kind.POOL_AT_MOST} & {guard.kind for guard in guards}
    calm = {Kind.FRESH, Kind.PAYS, Kind.PAID} & {guard.kind for guard in guards}
    if pool and not calm:
        guards = (*guards[:7], Guard(Kind.FRESH))
    return Branch(buy, least, guards, random_paths(rng, sell, buy))


def random_guards(
    rng: random.Random, kinds: tuple[GuardKind, ...], least: int
) -> tuple[Guard, ...]:
    if not kinds:
        return ()
    guards: list[Guard] = []
    for _ in range(rng.choice((least, 1, 1, 1, 1, 2, 2, 3, 3, 8))):
        guard = random_guard(rng, rng.choice(kinds))
        once = guard.kind in (Kind.EXISTS, Kind.PAYS)
        if not (once and any(guard.kind == other.kind for other in guards)):
            guards.append(guard)
    return tuple(guards)


def random_guard(rng: random.Random, kind: GuardKind) -> Guard:
    if kind in (Kind.KEPT, Kind.REVERTED):
        known = rng.choice((PROMISE, OTHER, STRANGE_ID, rng.randbytes(25)))
        return Guard(kind, known.ljust(32, b"\0"))
    if kind in (Kind.AFTER, Kind.BEFORE):
        return Guard(kind, limit=random_time(rng))
    if kind in (Kind.POOL_AT_LEAST, Kind.POOL_AT_MOST):
        pair = rng.randbytes(20)
        if rng.random() < 0.8:
            pair = DIRECTORY.pair(*rng.sample(TOKENS, 2))
        bits = rng.choice((4, 20, 64, 128))
        top, low = (1 + rng.randrange(2**bits - 1) for _ in range(2))
        if rng.random() < 0.5:  # what people write: powers of ten
            top, low = 10 ** rng.randrange(25), rng.choice((1, 4, 99, 10**6))
        common = gcd(top, low)
        return Guard(kind, pair.rjust(32, b"\0"), top // common << 128 | low // common)
    if kind in (Kind.PAYS, Kind.PAID):
        partner = rng.choice((ALICE, BOB, STRANGER))
        subject = rng.choice((0, 1, 5000, 10_000, rng.randrange(10_001))).to_bytes(12, "big")
        baseline, most = (rng.choice((0, 1, MAX_AMOUNT, rng.getrandbits(80))) for _ in range(2))
        return Guard(kind, subject + partner, baseline << 112 | most)
    return Guard(kind)


def random_token(rng: random.Random, other: bytes | None = None) -> bytes:
    token = other
    while token == other:
        known = rng.random() < 0.9
        token = rng.choice(TOKENS).address if known else rng.choice((*UNKNOWN, rng.randbytes(20)))
    assert token is not None
    return token


def random_units(rng: random.Random, decimals: int) -> int:
    """A round number of tokens, any number of units, or an extreme."""
    choice = rng.randrange(4)
    if choice == 0:
        return rng.choice((1, 2, 3, MAX_AMOUNT, MAX_AMOUNT - 1))
    if choice == 1:
        return 1 + rng.getrandbits(rng.choice((10, 60, 111)))
    round_number = rng.choice((1, 3, 5, 6, 7, 500, 990, 1000, rng.randrange(1, 10**6)))
    units = round_number * 10 ** max(0, min(decimals, 24) - rng.randrange(4))
    return units if 0 < units <= MAX_AMOUNT else 1


def random_least(rng: random.Random, amount: int, sell: bytes, buy: bytes) -> int:
    """Half of them what a short rate makes of the amount, if it makes a whole number."""
    if rng.random() < 0.5:
        wanted = Fraction(rng.choice((1, 2, 5, 990, 1000, 3, 12345)), rng.choice((1, 1000, 10**6)))
        if rng.random() < 0.5:
            wanted = 1 / wanted
        exact = amount * wanted * Fraction(10 ** DECIMALS.get(buy, 0), 10 ** DECIMALS.get(sell, 0))
        if exact.denominator == 1 and 0 < exact <= MAX_AMOUNT:
            return int(exact)
    return random_units(rng, DECIMALS.get(buy, 0))


def random_paths(rng: random.Random, sell: bytes, buy: bytes) -> tuple[tuple[bytes, ...], ...]:
    between = [token.address for token in TOKENS] + list(UNKNOWN)
    between = [token for token in between if token not in (sell, buy)]
    return tuple(
        (sell, *rng.sample(between, rng.choice((0, 1, 1, 2, 4))), buy)
        for _ in range(rng.choice((1, 1, 2, 4)))
    )


def random_time(rng: random.Random) -> int:
    return rng.choice(
        (0, 1, rng.getrandbits(31), rng.getrandbits(38), rng.getrandbits(256), 253_402_300_799)
    )


# ---------------------------------------------------------------------------------------- texts


class _Loose:
    """One spelling of a message, drawn from all that the language allows."""

    def __init__(self, rng: random.Random, intent: Intent) -> None:
        self.rng = rng
        self.intent = intent
        self.options = self._options()
        self.rated: set[int] = set()  # branches whose `exists` guard has named the rate

    def any(self, *ways: str) -> str:
        return self.rng.choice(ways)

    def text(self) -> str:
        pieces = []
        for number, branch in enumerate(self.intent.branches):
            guards = " and ".join(self.guard(guard, branch) for guard in branch.guards)
            lead = "" if number == 0 else "else"
            if guards:
                colon = self.any("", " :") if number else ""
                pieces.append(f"{lead}{colon} if {guards} :")
            elif number:
                pieces.append("else :")
            pieces.append(self.action(branch))
            pieces += self.some_options(all_of_them=False)
        if self.intent.branches[-1].guards and self.rng.random() < 0.5:
            pieces.append("else : do nothing")
        pieces += self.some_options(all_of_them=True)
        return self.spell(" ".join(pieces))

    def spell(self, text: str) -> str:
        """White space, capitals of keywords, signs, comments."""
        words = []
        for word in text.split(" "):
            if word in KEYWORDS and self.rng.random() < 0.1:
                word = self.any(word.upper(), word.capitalize())
            word = {
                "->": self.any("->", "->", "→"),
                "<=": self.any("<=", "≤"),
                ">=": self.any(">=", "≥"),
            }.get(word, word)
            words.append(word + self.any(" ", " ", " ", "\n", "\n\t", "   ", " # a word -> 5\n"))
        return "".join(words)

    def _options(self) -> list[str]:
        intent = self.intent
        options = []
        if not intent.whole:
            options.append("in parts")
        elif self.rng.random() < 0.5:
            options.append("whole")
        if intent.deadline != NO_DEADLINE or self.rng.random() < 0.2:
            options.append(f"deadline {self.time(intent.deadline)}")
        if intent.nonce or self.rng.random() < 0.2:
            options.append(f"nonce {intent.nonce}")
        self.rng.shuffle(options)
        return options

    def some_options(self, all_of_them: bool) -> list[str]:
        taken = []
        while self.options and (all_of_them or self.rng.random() < 0.2):
            taken.append(self.any("", ", ") + self.options.pop())
        return taken

    def action(self, branch: Branch) -> str:
        if branch.idle:
            return "do nothing"
        swap = f"{self.amount(self.intent.amount, self.intent.sell)} -> {self.token(branch.buy)}"
        if not branch.paths:
            return f"swap {swap} {'' if id(branch) in self.rated else self.limit(branch)}"
        paths = " or ".join(" -> ".join(map(self.token, path)) for path in branch.paths)
        return f"route {swap} " + self.any(
            f"via {paths} {self.limit(branch)}", f"{self.limit(branch)} via {paths}"
        )

    def limit(self, branch: Branch) -> str:
        if self.rng.random() < 0.5 and (rate := self.rate(branch)):
            return f"at rate {rate}"
        return f"for at least {self.amount(branch.least, branch.buy)}"

    def rate(self, branch: Branch) -> str | None:
        """Either way round, as a decimal or a fraction."""
        sell, buy = self.intent.sell, branch.buy
        if sell not in DECIMALS or buy not in DECIMALS:
            return None
        scale = Fraction(10 ** DECIMALS[sell], 10 ** DECIMALS[buy])
        value = Fraction(branch.least, self.intent.amount) * scale
        if self.rng.random() < 0.5:
            return f"{self.token(buy)}/{self.token(sell)} >= {self.ratio(value)}"
        return f"{self.token(sell)} / {self.token(buy)} <= {self.ratio(1 / value)}"

    def ratio(self, value: Fraction) -> str:
        places = next(
            (n for n in range(12) if value.denominator == gcd(value.denominator, 10**n)), 0
        )
        if value.denominator == gcd(value.denominator, 10**places):
            digits = str(int(value * 10**places)).rjust(places + 1, "0")
            return f"{digits[:-places]}.{digits[-places:]}" if places else digits
        more = self.rng.choice((1, 1, 7))
        return f"{value.numerator * more}{self.any('/', ' / ')}{value.denominator * more}"

    def amount(self, units: int, token: bytes) -> str:
        decimals = DECIMALS.get(token)
        if decimals is None or self.rng.random() < 0.1:
            return f"{units} {self.any('units', 'unit')} of {self.token(token)}"
        whole, part = divmod(units, 10**decimals)
        text = f"{whole}.{part:0{decimals}}" if decimals else str(whole)
        if decimals and not part and self.rng.random() < 0.7:
            text = str(whole)
        return f"{self.any('', '', '00')}{text} {self.token(token)}"

    def token(self, address: bytes) -> str:
        if address in NAMES and self.rng.random() < 0.9:
            name = NAMES[address]
            # `units` is a word where a token may stand too; no name here is one.
            return self.any("$", "") + name if name != "if" else f"${name}"
        return self.address(address)

    def address(self, address: bytes) -> str:
        return self.any(to_checksum_address(address), "0x" + address.hex())

    def account(self, address: bytes) -> str:
        names = [name for name, value in DIRECTORY.accounts.items() if value == address]
        return self.any(*names, self.address(address))

    def time(self, seconds: int) -> str:
        if seconds > 253_402_300_799 or self.rng.random() < 0.4:
            return str(seconds)
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        form = "%Y-%m-%dT%H:%M" if moment.second == 0 else "%Y-%m-%dT%H:%M:%S"
        year, rest = moment.strftime(form).split("-", 1)
        return f"{year.rjust(4, '0')}-{rest}{self.any('Z', '+00:00', 'z')}"

    def guard(self, guard: Guard, branch: Branch) -> str:
        kind = guard.kind
        if kind == Kind.EXISTS:
            rate = self.rate(branch) if self.rng.random() < 0.7 else None
            if rate:
                self.rated.add(id(branch))
            found = f"exists swap {self.token(branch.buy)} -> {self.token(self.intent.sell)}"
            return f"{found} at rate {rate}" if rate else found
        if kind in (Kind.KEPT, Kind.REVERTED):
            names = [n for n, i in DIRECTORY.commitments.names().items() if i == guard.id]
            known = self.any(*names, f"0x{guard.id.hex()}")
            return f"{kind.name.lower()}({known})"
        if kind in (Kind.AFTER, Kind.BEFORE):
            return f"{kind.name.lower()} {self.time(guard.limit)}"
        if kind in (Kind.POOL_AT_LEAST, Kind.POOL_AT_MOST):
            return self.pool(guard)
        if kind == Kind.FRESH:
            return "fresh"
        baseline, most = (self.amount(units, branch.buy) for units in guard.terms)
        percent = f"{guard.share // 100}.{guard.share % 100:02}"
        head = f"{percent}{self.any('', ' ')}% above {baseline} up to {most}"
        partner = self.account(guard.account)
        return f"pays {head} to {partner}" if kind == Kind.PAYS else f"paid {head} by {partner}"

    def pool(self, guard: Guard) -> str:
        ratio = Fraction(*guard.ratio)
        lower = guard.kind == Kind.POOL_AT_LEAST
        known = DIRECTORY.pair_tokens(guard.account)
        if known is None or self.rng.random() < 0.1:
            pair = self.address(guard.account)
            return f"reserve1/reserve0 of {pair} {'>=' if lower else '<='} {self.ratio(ratio)}"
        low, high = known
        price = ratio * Fraction(10**low.decimals, 10**high.decimals)
        over, under = high.address, low.address
        if self.rng.random() < 0.5:
            price, over, under, lower = 1 / price, under, over, not lower
        sign = ">=" if lower else "<="
        return f"pool {self.token(over)}/{self.token(under)} {sign} {self.ratio(price)}"


KEYWORDS = frozenset(
    [
        "if",
        "else",
        "swap",
        "route",
        "do",
        "nothing",
        "at",
        "rate",
        "for",
        "least",
        "via",
        "or",
        "units",
        "of",
        "and",
        "exists",
        "after",
        "before",
        "pool",
        "fresh",
        "pays",
        "paid",
        "above",
        "up",
        "to",
        "by",
        "whole",
        "in",
        "parts",
        "deadline",
        "nonce",
    ]
)


def loose(rng: random.Random, intent: Intent) -> str:
    """One of the many texts of a message that a text has."""
    return _Loose(rng, intent).text()


# ------------------------------------------------------------------------------------- nonsense


def bent(rng: random.Random, intent: Intent) -> Intent:
    """The message with something changed: often one that no text has."""
    branches = list(intent.branches)
    number = rng.randrange(len(branches))
    branch = branches[number]
    change = rng.randrange(9)
    guards, paths, buy, least = branch.guards, branch.paths, branch.buy, branch.least
    if change == 0:
        guards = ()
    elif change == 1:
        guards = (*guards, random_guard(rng, rng.choice(list(GuardKind))))
    elif change == 2:
        guards = (
            *guards,
            Guard(rng.choice(list(GuardKind)), rng.randbytes(32), rng.getrandbits(256)),
        )
    elif change == 3:
        paths = ()
    elif change == 4:
        paths = (*paths, tuple(rng.choice((*UNKNOWN, intent.sell, buy)) for _ in range(3)))
    elif change == 5:
        buy = rng.choice((NOTHING, intent.sell, random_token(rng)))
    elif change == 6:
        least = 0
    elif change == 7 and len(branches) < 8:
        branches.insert(rng.randrange(len(branches) + 1), Branch())
    else:
        guards = guards * 2
    changed = Branch(buy, least, guards, paths)
    branches[branches.index(branch)] = changed
    return Intent(
        intent.maker,
        intent.sell,
        intent.amount,
        tuple(branches),
        intent.whole,
        intent.nonce,
        intent.deadline,
    )
