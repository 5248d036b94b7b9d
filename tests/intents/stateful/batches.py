"""Batches that can be settled as things stand: small instances, solved while they are made up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boomerang.intents.batch import Route, Sweep, cycle
from boomerang.intents.message import MAX_AMOUNT, NO_DEADLINE, Branch, Guard, GuardKind, Intent
from boomerang.intents.model import Env
from boomerang.intents.pools import best_path
from boomerang.intents.prices import Trade, equal_gains, required
from intents.stateful.cast import MAKERS, ODD, POOLS, SOLVER, TOKENS
from intents.stateful.drafts import Draft, Plan, manner_of
from intents.stateful.programs import BASIS_POINTS, Open, Programs

if TYPE_CHECKING:
    from collections.abc import Sequence


class Batches(Programs):
    """Makes plans for a world at a moment."""

    # ------------------------------------------------------------------------------------ cycles

    def ring(self, size: int, skippable: bool = False) -> Plan:
        """A pair, or a ring of three or four."""
        rng = self.rng
        size = min(size, len(self.tokens))
        makers, tokens = rng.sample(MAKERS, size), rng.sample(self.tokens, size)
        amounts = [self.amount() for _ in tokens]
        if rng.random() < 0.7:  # rates near one, and so equal gains are easy
            base = self.amount()
            amounts = [max(1, base + rng.randint(-base // 8, base // 8)) for _ in tokens]
        if not skippable:
            makers = self._able(makers, tokens, amounts)
        gain = rng.choice(((1, 1), (101, 100), (6, 5), (3, 2), (2, 1)))
        terms = [self._terms(amounts[i], amounts[i - 1], gain) for i in range(size)]
        if not self._equal(terms, amounts):
            terms = [self._terms(amounts[i], amounts[i - 1], (1, 1)) for i in range(size)]
        drafts, legs = [], []
        for i in range(size):
            amount, least = terms[i]
            exists = (Guard(GuardKind.EXISTS),) if rng.random() < 0.3 else ()
            action = Branch(tokens[i - 1], least, exists)
            whole = amount == amounts[i] and rng.random() < 0.7
            draft, branch = self.program(makers[i], tokens[i], amount, action, whole=whole)
            drafts.append(draft)
            legs.append((i, branch, amounts[i]))
        kinds = {"pair" if size == 2 else "ring", *(("skippable",) if skippable else ())}
        return Plan(tuple(drafts), cycle(*legs, skippable=skippable), kinds=frozenset(kinds))

    def _able(
        self, makers: list[bytes], tokens: list[bytes], amounts: Sequence[int]
    ) -> list[bytes]:
        """The makers, so placed that each can pay, if that goes quickly."""
        for _ in range(6):
            if all(self.can(m, t) >= x for m, t, x in zip(makers, tokens, amounts, strict=True)):
                break
            makers = self.rng.sample(MAKERS, len(makers))
        return makers

    def _terms(self, sold: int, received: int, gain: tuple[int, int]) -> tuple[int, int]:
        """Amount and least of an order that gains so much when it sells `sold` for `received`."""
        rng = self.rng
        more = rng.choice((0, 0, 0, 1, sold // 2, sold * 3))
        amount = min(sold + more, MAX_AMOUNT)
        least = received * amount * gain[1] // (sold * gain[0])
        return amount, min(max(least, 1), MAX_AMOUNT)

    @staticmethod
    def _equal(terms: Sequence[tuple[int, int]], amounts: Sequence[int]) -> bool:
        trades = [
            Trade(amounts[i], amounts[i - 1], least, amount)
            for i, (amount, least) in enumerate(terms)
        ]
        return equal_gains(trades)

    def further(self) -> Plan | None:
        """A pair in which one has been filled in part before."""
        rng = self.rng
        rng.shuffle(self.open)
        for known in self.open:
            intent = known.intent
            slot = intent.maker, intent.nonce
            part = self.model.state.parts[slot]
            branch = intent.branches[known.branch]
            gone = self.model.state.used[slot] or intent.deadline < self.time
            if part is None or gone or not branch.direct:
                continue
            rest = intent.amount - part.sold
            if rest < 1:  # somebody else's part
                continue
            sold = rest if rng.random() < 0.5 else rng.randint(1, rest)
            sold = min(sold, max(1, self.can(intent.maker, intent.sell)))
            received = required(sold, branch.least, intent.amount)
            received = min(received + rng.choice((0, 0, received // 50)), MAX_AMOUNT)
            makers = [
                m for m in MAKERS if m != intent.maker and self.can(m, branch.buy) >= received
            ]
            if not makers:
                continue
            maker = rng.choice(makers)
            amount, least = received, sold
            trades = [
                Trade(sold, received, branch.least, intent.amount),
                Trade(received, sold, least, amount),
            ]
            if not equal_gains(trades):
                continue
            action = Branch(intent.sell, least)
            draft, other = self.program(maker, branch.buy, amount, action, whole=True)
            old = Draft(intent, known.given, manner_of(intent.maker, rng.random()))
            legs = cycle((0, known.branch, sold), (1, other, received))
            return Plan((old, draft), legs, kinds=frozenset({"further"}))
        return None

    # ------------------------------------------------------------------------------------ sweeps

    def sweep(self) -> Plan | None:
        """An order with an `exists` branch for entries of the book, perhaps with an else-branch."""
        rng, model = self.rng, self.model
        env = Env(SOLVER, self.time)
        living = [
            (*pair, number)
            for pair, numbers in model.state.lists.items()
            for number in numbers
            if model.alive(env, *pair, number)
        ]
        if not living:
            return None
        buy, sell, target = rng.choice(living)
        numbers = model.state.lists[buy, sell]
        worst = model.entry(buy, sell, target)
        makers = [m for m in MAKERS if m != worst.maker and self.can(m, sell)]
        if not makers:
            return None
        maker = rng.choice(makers)
        want = max(1, model.entry(buy, sell, numbers[0]).left)
        pay = max(1, -(-want * worst.least // worst.amount))
        amount = max(
            1, min(pay * rng.choice((1, 1, 2, 3)) // rng.choice((1, 1, 2)), MAX_AMOUNT // 2)
        )
        # The limit is the entry's rate, or a little better for it.
        least = amount * worst.amount // worst.least
        least -= rng.choice((0, 0, 1, least // 20, least // 4))
        if rng.random() < 0.06:  # nearly anything is good enough
            least = max(1, least >> rng.choice((4, 40, 110)))
        if not 1 <= least <= MAX_AMOUNT:
            return None
        first = Branch(buy, least, (Guard(GuardKind.EXISTS), *self.holding(Branch(buy, least))))
        branches: tuple[Branch, ...] = (first,)
        routes: tuple[Route, ...] = ()
        if rng.random() < 0.4:
            other, route = self._else(sell, amount)
            branches += (other,)
            if route:
                routes = (Route(0, 1),)
        whole = bool(routes) and rng.random() < 0.5
        nonce = self.nonce(maker)
        intent = Intent(maker, sell, amount, branches, whole, nonce, self.deadline())
        given = 2 if routes else 1
        if not whole:
            self.open.append(Open(intent, 0, given))
        draft = Draft(intent, given, manner_of(maker, rng.random()))
        pops = rng.choice((numbers.index(target) + 1, 9, 9, 9))
        some = rng.choice((0, 0, 0, rng.randint(1, amount)))
        kinds = {"sweep", *(("else",) if routes else ())}
        return Plan((draft,), (), (Sweep(0, 0, some, pops),), routes, frozenset(kinds))

    def _else(self, sell: bytes, amount: int) -> tuple[Branch, bool]:
        """A branch for what the book does not fill, and whether it is a route that can be taken."""
        rng = self.rng
        buy = rng.choice([token for token in TOKENS if token != sell])
        paths = self.paths(sell, buy)
        quoted = best_path(paths, amount, self.model.pool)[1]
        if quoted < 2:
            return self.anything(sell), False
        least = max(1, min(quoted * rng.choice((9, 5, 1)) // 10, MAX_AMOUNT))
        return Branch(buy, least, (), paths), True

    # ------------------------------------------------------------------------------------ routes

    def route(self) -> Plan | None:
        """One order through pools, by itself or behind branches that let it pass."""
        rng = self.rng
        a, b, _, _ = rng.choice(POOLS)
        sell, buy = (a, b) if rng.random() < 0.5 else (b, a)
        if rng.random() < 0.3:
            sell, buy = rng.sample(TOKENS, 2)
        pool = self.model.pool(sell, buy)
        reserve = pool.oriented(sell < buy)[0] if pool else 10_000
        amount = max(1, rng.randint(reserve // 500, reserve // 5 + 1))
        if rng.random() < 0.1:  # of so little that paths are equal
            amount = rng.randint(2, 40)
        paths = self.paths(sell, buy)
        if rng.random() < 0.03:
            paths = ((sell, buy, sell, buy),)
        quoted = best_path(paths, amount, self.model.pool)[1]
        if quoted < 1:
            return None
        least = max(1, quoted * rng.choice((100, 100, 99, 95, 50)) // 100)
        makers = [m for m in MAKERS if self.can(m, sell) >= amount]
        if not makers:
            return None
        more = rng.choice((0, 0, 0, amount))
        whole = not more and rng.random() < 0.6
        action = Branch(buy, max(1, least * (amount + more) // amount), (), paths)
        maker = rng.choice(makers)
        draft, branch = self.program(maker, sell, amount + more, action, whole=whole)
        asked = 0 if not more and rng.random() < 0.5 else amount
        move = Route(0, branch, asked)
        return Plan((draft,), (), (), (move,), frozenset({"route"}))

    def mixed(self) -> Plan | None:
        """An order that some of its units are found for, and that routes the others."""
        rng = self.rng
        plan = self.ring(2)
        first = plan.drafts[0].intent
        sell, sold = first.sell, plan.legs[0].amount
        action = first.branches[plan.legs[0].branch]
        rest = max(1, sold // 2)
        other, can = self._else(sell, rest)
        model = self.model
        amount = sold + rest
        least = action.least * amount // first.amount
        if not can or not 1 <= least <= MAX_AMOUNT or amount > MAX_AMOUNT:
            return None
        if model.crossing(sell, action.buy, amount, least) is not None:
            return None
        found = replace(action, least=least, guards=(Guard(GuardKind.EXISTS),))
        other = replace(other, least=max(1, min(other.least * amount // rest // 2, MAX_AMOUNT)))
        intent = replace(first, amount=amount, branches=(found, other), whole=rng.random() < 0.5)
        draft = replace(plan.drafts[0], intent=intent, given=2)
        legs = (replace(plan.legs[0], branch=0), *plan.legs[1:])
        if not intent.whole:
            self.open.append(Open(intent, 0, 2))
        routes = (Route(0, 1, rng.choice((0, rest))),)
        drafts = (draft, *plan.drafts[1:])
        return Plan(drafts, legs, (), routes, frozenset({"mixed", "else"}))

    # ------------------------------------------------------------------------------------ shares

    def share(self) -> Plan | None:
        """Two on one route: one moves to another, for a share of what the payer gains."""
        rng, model = self.rng, self.model
        a, b, _, _ = rng.choice([pool for pool in POOLS if ODD not in pool[:2]])
        sell, buy = (a, b) if rng.random() < 0.5 else (b, a)
        payer, mover = rng.sample(MAKERS, 2)
        pool = model.pool(sell, buy)
        if pool is None or pool.touched == self.time:
            return None
        reserve = pool.oriented(sell < buy)[0]
        mine, others = (max(1, rng.randint(reserve // 100, reserve // 4)) for _ in range(2))
        best = ((sell, buy),)
        (third,) = (t for t in TOKENS if t not in (sell, buy, ODD))
        away = ((sell, third, buy),) if rng.random() < 0.95 else best
        if (
            not self._fresh(Branch(buy, 1, (), away))
            or min(self.can(payer, sell) - mine, self.can(mover, sell) - others) < 0
        ):
            return None
        got = best_path(best, mine, model.pool)[1]
        moved = best_path(away, others, model.pool)[1]
        if got < 2 or moved < 1:
            return None
        together = best_path(best, mine + others, model.pool)[1] * mine // (mine + others)
        baseline = rng.choice((0, together, (together + got) // 2, got))
        most = rng.choice((MAX_AMOUNT, MAX_AMOUNT, max(1, got // 200), 0))
        share = rng.choice((1, 1000, 5000, BASIS_POINTS))
        terms = min(baseline, 2**144 - 1) << 112 | most
        pays = Guard(GuardKind.PAYS, share.to_bytes(12, "big") + mover, terms)
        paid = Guard(GuardKind.PAID, share.to_bytes(12, "big") + payer, terms)
        one = Branch(buy, max(1, got // 2), (pays,), best)
        two = Branch(buy, max(1, moved // 2), (paid,), away)
        first, i = self.program(payer, sell, mine, one, whole=rng.random() < 0.5, room=1)
        second, j = self.program(mover, sell, others, two, whole=rng.random() < 0.5, room=1)
        routes = [Route(0, i, mine), Route(1, j, others)]
        rng.shuffle(routes)
        return Plan((first, second), (), (), tuple(routes), frozenset({"share"}))

    # ------------------------------------------------------------------------------------ all

    def batch(self) -> Plan:
        """One to three of these in one batch."""
        rng = self.rng
        plan = self._one()
        while rng.random() < 0.3 and len(plan.drafts) < 8:
            other = self._one()
            touching = {"route", "share", "mixed", "else"}
            if not (plan.kinds & touching and "share" in other.kinds):
                plan += other
        return plan

    def _one(self) -> Plan:
        rng = self.rng
        made: Plan | None = None
        match 9 if self.bookish and rng.random() < 0.4 else rng.randint(0, 19):
            case 0 | 1 | 2:
                made = self.ring(2)
            case 3 | 4 | 5:
                made = self.ring(rng.choice((3, 3, 4)))
            case 6:
                made = self.ring(2, skippable=True)
            case 7 | 8:
                made = self.further()
            case 9 | 10 | 11 | 12:
                made = self.sweep()
            case 13 | 14 | 15:
                made = self.route()
            case 16 | 17:
                made = self.mixed()
            case _:
                made = self.share()
        return made or self.ring(2)

    # ------------------------------------------------------------------------------------ posting

    def posting(self) -> Draft:
        """An intent that can be posted: its rate near those that are listed."""
        rng, model = self.rng, self.model
        sell, buy = rng.sample(self.tokens, 2)
        makers = [m for m in MAKERS if self.can(m, sell)] or [SOLVER]
        maker = rng.choice(makers) if makers != [SOLVER] else rng.choice(MAKERS)
        amount = max(1, min(self.amount(), MAX_AMOUNT // 2))
        least = amount * self._value[sell] // self._value[buy]
        near = model.head(sell, buy) or 0
        against = model.head(buy, sell)
        if near and rng.random() < 0.7:
            entry = model.entry(sell, buy, near)
            least = amount * entry.least // entry.amount
        elif against is not None:
            entry = model.entry(buy, sell, against)
            least = amount * entry.amount // entry.least
        least += rng.choice((0, 0, 1, -1, least // 20, -least // 20, least // 3))
        if against is not None and rng.random() < 0.6:  # just not crossing
            entry = model.entry(buy, sell, against)
            least = max(least, amount * entry.amount // entry.least + 1)
        least = min(max(1, least), MAX_AMOUNT)
        guards = [Guard(GuardKind.EXISTS)] if rng.random() < 0.5 else []
        postable = (GuardKind.KEPT, GuardKind.REVERTED, GuardKind.AFTER)
        action = Branch(buy, least)
        guards += [guard for guard in self.holding(action) if guard.kind in postable]
        after = [self.anything(sell) for _ in range(rng.choice((0, 0, 1)))]
        branches = (replace(action, guards=tuple(guards)), *after)
        deadline = NO_DEADLINE
        if rng.random() < 0.3:
            deadline = self.time + rng.randint(0, 60)
        intent = Intent(maker, sell, amount, branches, False, self.nonce(maker), deadline)
        return Draft(intent, 1, manner_of(maker, rng.random()))
