"""Random sequences that mostly do things that can be done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boomerang.intents.model import Manner
from boomerang.intents.pools import amount_out
from intents.stateful.batches import Batches
from intents.stateful.cast import (
    MAKERS,
    ODD,
    POOLS,
    SOLVER,
    START,
    START_BALANCE,
    STRANGER,
    TOKENS,
)
from intents.stateful.drafts import EMPTY, Draft, Plan
from intents.stateful.programs import KEPT, OPEN, REVERTED
from intents.stateful.spoiling import Spoiler
from intents.stateful.world import Action

if TYPE_CHECKING:
    import random

    from intents.stateful.world import World

MAX_ACTIONS = 16
_UNLIMITED = 2**256 - 1


class Generator:
    """Makes the next action for a world, as it stands."""

    def __init__(self, rng: random.Random, world: World) -> None:
        self.rng = rng
        self.world = world
        self.time = START
        self.batches = Batches(rng, world)
        self.spoiler = Spoiler(rng, self.batches)
        self.waiting: list[Action] = [
            Action(START, STRANGER, "outcome", (KEPT, True)),
            Action(START, STRANGER, "outcome", (REVERTED, False)),
        ]
        self.kinds: frozenset[str] = frozenset()
        """What is in the batch that was made last."""

    def next(self) -> Action:
        """The next action, at its moment."""
        if self.waiting:
            return self.waiting.pop(0)
        rng = self.rng
        self.time += rng.choice((0, 0, 1, 12, 12, 30))
        self.batches.time = self.time
        dice = rng.random()
        if dice < 0.46:
            return self._settle()
        if dice < 0.74:
            return self._post()
        if dice < 0.90:
            return self._outside()
        return self._other()

    def _at(self, caller: bytes, name: str, *args: object) -> Action:
        return Action(self.time, caller, name, args)

    # ------------------------------------------------------------------------------------ batches

    def _settle(self) -> Action:
        rng = self.rng
        plan = self.batches.batch()
        self.kinds = plan.kinds
        caller = SOLVER
        if rng.random() < 0.25:
            caller = rng.choice(plan.drafts).intent.maker
        if plan.sweeps and rng.random() < 0.25:
            self._watch(plan)
        if "skippable" in plan.kinds and rng.random() < 0.5:
            self._starve(plan)
        plan = self._unsigned(plan, caller)
        if rng.random() < 0.42:
            plan = self.spoiler.spoil(plan)
        batch, genuine = plan.signed(self.world.stage.domain)
        settle = Action(self.time, caller, "settle", (batch,), genuine)
        if rng.random() < 0.08:
            settle = settle._replace(name="bytes", args=(self._other_bytes(batch.encode()),))
        if self.waiting:
            self.waiting.append(settle)
            return self.waiting.pop(0)
        return settle

    def _starve(self, plan: Plan) -> None:
        """Somebody takes back what a skippable cycle would move."""
        for leg in plan.legs:
            if leg.skippable and leg.order < len(plan.drafts):
                intent = plan.drafts[leg.order].intent
                less = self.rng.choice((0, leg.amount - 1, leg.amount))
                self.waiting.append(self._at(intent.maker, "allow", intent.sell, max(0, less)))

    def _other_bytes(self, data: bytes) -> bytes:
        """One byte is another, or there is one more, or one less."""
        rng = self.rng
        at = rng.randrange(len(data))
        if rng.random() < 0.4:  # where the moves are, which nobody signs
            at = len(data) - 1 - rng.randrange(min(len(data), 24))
        byte = data[at] ^ 1 << rng.randint(0, 7)
        match rng.randint(0, 5):
            case 0:
                return data[:at]
            case 1:
                return data[:at] + data[at + 1 :]
            case 2:
                return data[:at] + rng.randbytes(1) + data[at:]
            case _:
                return data[:at] + bytes([byte]) + data[at + 1 :]

    def _watch(self, plan: Plan) -> None:
        """The odd token turns against one of those who meet in a sweep."""
        model, sweep = self.world.model, plan.sweeps[0]
        intent = plan.drafts[sweep.order].intent
        sell, buy = intent.sell, intent.branches[sweep.branch].buy
        numbers = model.state.lists[buy, sell]
        if ODD not in (sell, buy) or not numbers:
            return
        entry = model.entry(buy, sell, self.rng.choice(numbers[:2]))
        watched = self.rng.choice((entry.maker, entry.maker, intent.maker))
        manner = self.rng.choice((Manner.PLAIN, Manner.CHARGING))
        self.waiting.append(self._at(STRANGER, "manner", manner, watched))

    def _unsigned(self, plan: Plan, caller: bytes) -> Plan:
        """Some orders are approved on chain, and some are the caller's own."""
        for index, draft in enumerate(plan.drafts):
            if draft.intent.maker == caller and self.rng.random() < 0.8:
                plan = plan.with_draft(index, replace(draft, manner=EMPTY))
            elif self.rng.random() < 0.06:
                plan = plan.with_draft(index, self._approved(draft))
        return plan

    def _approved(self, draft: Draft) -> Draft:
        intent = draft.intent
        approved = self.rng.random() < 0.95
        digest = intent.hash(self.world.stage.domain)
        self.waiting.append(self._at(intent.maker, "approve", digest, approved))
        return replace(draft, manner=EMPTY)

    # ------------------------------------------------------------------------------------ the book

    def _post(self) -> Action:
        rng, model = self.rng, self.world.model
        draft = self.batches.posting()
        caller = draft.intent.maker
        if rng.random() < 0.04:
            caller = SOLVER
        if rng.random() < 0.15:
            draft = self.spoiler.spoil_draft(draft)
        order, genuine = draft.signed(self.world.stage.domain)
        numbers = model.state.lists[order.sell, order.branches[0].buy]
        hint = rng.choice((0, *numbers, rng.randint(0, 12)))
        pops = rng.choice((0, 1, 2, 9, 9, 9))
        made = frozenset() if genuine is None else frozenset({genuine})
        return Action(self.time, caller, "post", (order, hint, pops), made)

    def _other(self) -> Action:
        rng, model = self.rng, self.world.model
        listed = [pair for pair, numbers in model.state.lists.items() if numbers]
        dice = rng.random()
        if dice < 0.35 and listed:
            pair = rng.choice(listed)
            number = rng.choice(model.state.lists[pair])
            maker = model.entry(*pair, number).maker
            if rng.random() < 0.12:
                maker = rng.choice(MAKERS)
            elif rng.random() < 0.12:
                number = rng.choice((0, number + 1, 99))
            return self._at(maker, "unpost", *pair, number)
        if dice < 0.6 and listed:
            pair = rng.choice(listed)
            return self._at(SOLVER, "sweepDead", *pair, rng.choice((0, 1, 2, 9)))
        if dice < 0.85:
            return self._cancel()
        if dice < 0.93:
            digest = rng.randbytes(32)
            return self._at(rng.choice(MAKERS), "approve", digest, rng.random() < 0.5)
        return self._at(rng.choice(MAKERS), "announce", rng.randbytes(32), rng.randbytes(40))

    def _cancel(self) -> Action:
        rng, known = self.rng, self.batches.open
        if known and rng.random() < 0.7:
            intent = rng.choice(known[-4:]).intent
            word, bit = divmod(intent.nonce, 128)
            return self._at(intent.maker, "cancel", word, 1 << bit)
        bits = rng.choice((0, 1 << rng.randint(20, 127), 2**128 - 1 - (2**100 - 1)))
        return self._at(rng.choice(MAKERS), "cancel", rng.choice((0, 3)), bits)

    # ------------------------------------------------------------------------------------ outside

    def _outside(self) -> Action:
        rng, model = self.rng, self.world.model
        dice = rng.random()
        maker, token = rng.choice(MAKERS), rng.choice(TOKENS)
        short = [(t, m) for m in MAKERS for t in TOKENS if self._is_short(t, m)]
        if not self._clean(token):
            return self._at(STRANGER, "manner", Manner.PLAIN, None)
        if dice < 0.3 and short:  # most of what was taken away comes back
            token, maker = rng.choice(short)
            if model.state.allowances[token, maker] != _UNLIMITED:
                return self._at(maker, "allow", token, _UNLIMITED)
            held = model.state.balances[token, STRANGER]
            if not self._clean(token):
                return self._at(STRANGER, "manner", Manner.PLAIN, None)
            return self._at(STRANGER, "move", token, maker, held)
        if dice < 0.4:
            amount = rng.choice((0, 1, self.batches.amount(), self.batches.amount()))
            return self._at(maker, "allow", token, amount)
        if dice < 0.5:
            held = model.state.balances[token, maker]
            kept = min(held, rng.choice((0, 1, self.batches.amount())))
            return self._at(maker, "move", token, STRANGER, held - kept)
        if dice < 0.62:
            if model.tokens[ODD].manner is not Manner.PLAIN or model.tokens[ODD].watched:
                return self._at(STRANGER, "manner", Manner.PLAIN, None)
            manner = rng.choice(list(Manner))
            watched = rng.choice(MAKERS) if manner in (Manner.PLAIN, Manner.CHARGING) else None
            return self._at(STRANGER, "manner", manner, watched)
        if dice < 0.68:
            open_ids = [id for id in OPEN[:-1] if id not in model.outcomes]
            if open_ids:
                return self._at(STRANGER, "outcome", rng.choice(open_ids), rng.random() < 0.5)
        return self._pools()

    def _clean(self, token: bytes) -> bool:
        """Whether it moves like any other."""
        odd = self.world.model.tokens[ODD]
        return token != ODD or (odd.manner is Manner.PLAIN and not odd.watched)

    def _is_short(self, token: bytes, maker: bytes) -> bool:
        state = self.world.model.state
        little = START_BALANCE // 100
        return state.allowances[token, maker] < little or state.balances[token, maker] < little

    def _pools(self) -> Action:
        rng, model = self.rng, self.world.model
        a, b, _, _ = rng.choice(POOLS)
        sell, buy = (a, b) if rng.random() < 0.5 else (b, a)
        pool = model.pool(sell, buy)
        clean = self._clean(sell) and self._clean(buy)
        if pool is None or not clean or rng.random() < 0.15:
            return self._at(STRANGER, "sync", sell, buy)
        reserve = pool.oriented(sell < buy)[0]
        if rng.random() < 0.2:  # a gift, which a later swap takes in
            amount = rng.randint(1, reserve // 50 + 1)
            return self._at(SOLVER, "move", sell, model.pair(sell, buy), amount)
        amount = rng.randint(reserve // 300 + 5, reserve // 8 + 6)
        if not amount_out(amount, *pool.oriented(sell < buy)):
            return self._at(STRANGER, "sync", sell, buy)
        return self._at(SOLVER, "swap", sell, buy, amount)
