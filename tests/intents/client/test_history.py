"""Random lives of a book: what the events tell is what the chain has, after every step."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from boomerang.chains import connect
from boomerang.errors import ChainError
from boomerang.intents.batch import Batch, Sweep
from boomerang.intents.client.contracts import raw
from boomerang.intents.client.events import EntryFilled, Filled
from boomerang.intents.client.state import Entry, State
from boomerang.intents.message import Guard, Intent
from intents.client.stage import ALICE, BOB, CAROL, DAVE, EXISTS, Stage

STEPS = 250
MAKERS = (ALICE, BOB, CAROL)


class Life:
    """One market, and a die."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.stage = Stage(connect("pyrevm"))
        self.settlement = self.stage.settlement
        # Who settles pays missing units.
        for token in (self.settlement.token(self.stage.tokens[name]) for name in "AD"):
            self.stage.done(token.tx_transfer(ALICE, DAVE, 1000))
            self.settlement.allow(raw(token.address), sender=DAVE)
        self.done: Counter[str] = Counter()
        self.intents: dict[bytes, Intent] = {}
        self.missing: Counter[tuple[bytes, bytes]] = Counter()
        self.nonces = iter(range(10_000))

    def intent(self, *guards: Guard) -> Intent:
        """A for D or D for A, at about one for one."""
        sell, buy = self.rng.choice(("AD", "DA"))
        least = self.rng.randint(1, 8) if guards else self.rng.randint(6, 16)
        branch = self.stage.branch(buy, least, *guards)
        made = self.stage.intent(
            self.rng.choice(MAKERS),
            self.rng.randint(6, 14),
            sell,
            branch,
            whole=False,
            nonce=next(self.nonces),
        )
        # Posted entries die at different times.
        made = replace(made, deadline=self.stage.chain.now() + self.rng.randint(5, 100))
        self.intents[self.settlement.hash(made)] = made
        return made

    def listed(self) -> list[Entry]:
        return [entry for sides in ("AD", "DA") for entry in self.entries(*sides)]

    def entries(self, sell: str, buy: str) -> list[Entry]:
        tokens = self.stage.tokens
        return self.settlement.book.entries(tokens[sell], tokens[buy])

    # ------------------------------------------------------------------------------ steps

    def post(self) -> None:
        made = self.intent()
        done = self.settlement.post(made)
        # Who calls pays missing units: entries that are crossed get more than the intent has sold.
        paid = sum(event.bought for event in done.events if isinstance(event, EntryFilled))
        sold = sum(event.sold for event in done.events if isinstance(event, Filled))
        self.missing[made.maker, made.sell] += paid - sold

    def sweep(self) -> None:
        order = self.stage.order(self.intent(EXISTS))
        moves = (Sweep(0, 0, amount=self.rng.choice((0, 0, 3)), pops=self.rng.randint(1, 4)),)
        self.settlement.settle(Batch((order,), sweeps=moves))

    def unpost(self) -> None:
        entry = self.rng.choice(self.listed())
        self.settlement.unpost(entry.sell, entry.buy, entry.number)

    def clear(self) -> None:
        for sell, buy in (self._tokens(sides) for sides in ("AD", "DA")):
            if self.settlement.book.dead(sell, buy):
                self.settlement.sweep_dead(sell, buy)
                self.done["cleared"] += 1

    def allow(self) -> None:
        """Too little for all that is posted, now and then."""
        token = self.stage.tokens[self.rng.choice("AD")]
        amount = self.rng.choice((9, *5 * (2**256 - 1,)))
        self.settlement.allow(token, amount, sender=self.rng.choice(MAKERS))

    def wait(self) -> None:
        self.stage.chain.advance(self.rng.randint(1, 30))

    def step(self) -> None:
        kinds = (self.post, self.sweep, self.unpost, self.clear, self.allow, self.wait)
        (kind,) = self.rng.choices(kinds, (12, 5, 1, 4, 3, 3))
        try:
            kind()
        except (ChainError, IndexError) as error:
            self.done[type(error).__name__] += 1
        else:
            self.done[kind.__name__] += 1

    # ------------------------------------------------------------------------------ checks

    def check(self) -> None:
        state = self.settlement.state()
        told = [entry for sides in ("AD", "DA") for entry in state.entries(*self._tokens(sides))]
        assert [replace(entry, intent_hash=bytes(32)) for entry in told] == self.listed()
        for entry in told:
            intent = self.intents[entry.intent_hash]
            assert (entry.maker, entry.amount) == (intent.maker, intent.amount)
            assert entry.left == intent.amount - state.sold.get(entry.intent_hash, 0)

    def _tokens(self, sides: str) -> tuple[bytes, bytes]:
        sell, buy = sides
        return self.stage.tokens[sell], self.stage.tokens[buy]

    def check_money(self) -> None:
        """What everybody sold and bought is what everybody has less and more."""
        state = self.settlement.state()
        start = {"A": 10**6 * 10**18, "D": 1000 * 10**18}
        for name, whole in start.items():
            assert sum(self.stage.balance(who, name) for who in (*MAKERS, DAVE)) == 3 * whole
            for who in MAKERS:
                mine = {h: i for h, i in self.intents.items() if i.maker == raw(who)}
                token = self.stage.tokens[name]
                out = sum(state.sold.get(h, 0) for h, i in mine.items() if i.sell == token)
                back = sum(state.bought.get(h, 0) for h, i in mine.items() if i.sell != token)
                out += self.missing[raw(who), token] + 1000 * (who == ALICE)
                assert self.stage.balance(who, name) == whole - out + back


def test_the_history_is_the_state() -> None:
    life = Life(3)
    longest = 0
    for _ in range(STEPS):
        life.step()
        life.check()
        longest = max(longest, *(len(life.entries(*sides)) for sides in ("AD", "DA")))
    life.check_money()
    assert sum(life.missing.values()) > 0, "nobody who posts paid a missing unit"
    assert sum(life.stage.balance(DAVE, name) for name in "AD") < 2000, "no unit was missing"
    kinds = Counter(type(event).__name__ for event in life.settlement.history())
    floors = {"Posted": 60, "EntryFilled": 40, "Unlisted": 50, "Filled": 40}
    assert all(kinds[name] >= least for name, least in floors.items()), (kinds, life.done)
    assert life.done["cleared"] >= 3, life.done
    assert longest >= 5


def test_history_in_two_parts() -> None:
    """Whoever keeps a state adds what is new."""
    life = Life(12)
    for _ in range(30):
        life.step()
    kept, head = life.settlement.state(), life.stage.chain.head().number
    for _ in range(30):
        life.step()
    new = life.settlement.history(head + 1)
    assert 0 < len(new) < len(life.settlement.history())
    for event in new:
        kept.add(event)
    assert kept == life.settlement.state()
    assert kept != State()
