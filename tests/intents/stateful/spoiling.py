"""Batches that are wrong in one place, made from those that are right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from boomerang.intents.batch import Leg, Route, Sweep
from boomerang.intents.message import MAX_AMOUNT, Branch, Guard, GuardKind, Intent, IntentDomain
from intents.stateful.cast import MAKERS, NO_TOKEN, TOKENS
from intents.stateful.drafts import CODE, EMPTY, KEY, Draft, Plan
from intents.stateful.programs import KEPT
from intents.stateful.signing import mirrored

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from intents.stateful.batches import Batches

_UNKNOWN = 255
Move = TypeVar("Move", Leg, Sweep, Route)


class Spoiler:
    """Changes one thing. What changes an intent is signed again."""

    def __init__(self, rng: random.Random, batches: Batches) -> None:
        self.rng = rng
        self.batches = batches

    def spoil(self, plan: Plan) -> Plan:
        """The plan with one change, which need not be wrong."""
        ways: list[Callable[[Plan], Plan]] = [self._signature, self._intent, self._shape]
        ways += [self._intent, self._shape, self._orders, self._given]
        ways += [self._legs] * (3 if plan.legs else 0)
        ways += [self._sweeps] * (2 if plan.sweeps else 0)
        ways += [self._routes] * (3 if plan.routes else 0)
        return self.rng.choice(ways)(plan)

    def spoil_draft(self, draft: Draft) -> Draft:
        """One order with one change."""
        ways = (self._signature, self._intent, self._intent, self._shape)
        return self.rng.choice(ways)(Plan((draft,))).drafts[0]

    # ------------------------------------------------------------------------------------ orders

    def _some(self, plan: Plan) -> tuple[int, Draft]:
        index = self.rng.randrange(len(plan.drafts))
        return index, plan.drafts[index]

    def _signature(self, plan: Plan) -> Plan:
        """Another signature, or the same for another place."""
        rng = self.rng
        index, draft = self._some(plan)
        elsewhere = IntentDomain(1, self.batches.world.stage.settlement)
        not_here = IntentDomain(31337, TOKENS[0])
        changes: list[Draft] = [
            replace(draft, manner=EMPTY),
            replace(draft, spoil=lambda s: s[:-1] + bytes([s[-1] ^ 1]) if s else b"\1"),
            replace(draft, spoil=lambda s: s[:64]),
            replace(draft, spoil=lambda s: s + b"\0"),
            replace(draft, spoil=lambda s: s[:64] + b"\0" if s else s),
            replace(draft, domain=rng.choice((elsewhere, not_here))),
            replace(draft, manner=KEY, spoil=mirrored),
            replace(draft, manner=CODE),
            replace(draft, manner=KEY),
        ]
        return plan.with_draft(index, rng.choice(changes))

    def _intent(self, plan: Plan) -> Plan:
        """Another value in what is signed."""
        rng, index = self.rng, 0
        index, draft = self._some(plan)
        intent = draft.intent
        time = self.batches.time
        branch = draft.given - 1
        last = intent.branches[branch]
        others = [m for m in MAKERS if m != intent.maker]
        used = [slot for slot, on in self.batches.model.state.used.items() if on]
        nonces = [nonce for maker, nonce in used if maker == intent.maker] or [intent.nonce]
        parts = [
            nonce
            for (maker, nonce), part in self.batches.model.state.parts.items()
            if maker == intent.maker and part is not None
        ]
        changes: list[Intent] = [
            replace(intent, deadline=time - 1),
            replace(intent, deadline=time),
            replace(intent, nonce=rng.choice(nonces)),
            replace(intent, nonce=rng.choice(parts or nonces)),
            replace(intent, amount=min(MAX_AMOUNT, intent.amount + 1)),
            replace(intent, amount=max(1, intent.amount - 1)),
            replace(intent, amount=max(1, intent.amount // 2)),
            replace(intent, whole=not intent.whole),
            replace(intent, maker=rng.choice(others)),
            replace(intent, sell=rng.choice([t for t in TOKENS if t != intent.sell])),
            self._with(intent, branch, replace(last, least=min(MAX_AMOUNT, last.least + 1))),
            self._with(intent, branch, replace(last, least=max(1, last.least - 1))),
            self._with(intent, branch, replace(last, least=max(1, last.least // 2))),
            self._with(intent, branch, replace(last, guards=self.batches.failing())),
            self._guarded(intent, branch, self.batches.undecided()),
            self._guarded(intent, 0, self.batches.undecided()),
            self._guarded(intent, branch, Guard(GuardKind.KEPT, KEPT.ljust(32, b"\0"))),
            self._guarded(intent, branch, Guard(GuardKind.EXISTS)),
            self._guarded(intent, branch, Guard(GuardKind.FRESH)),
            self._guarded(intent, 0, Guard(GuardKind.BEFORE, limit=time + 5)),
            self._ahead(intent, self.batches.anything(intent.sell)),
            self._ahead(intent, self._exists(intent)),
        ]
        changed = rng.choice(changes)
        given = min(draft.given, len(changed.branches))
        if len(changed.branches) > len(intent.branches):
            given = min(draft.given + 1, len(changed.branches))
        made = plan.with_draft(index, replace(draft, intent=changed, given=given))
        if len(changed.branches) == len(intent.branches):
            return made
        # What was taken before is one further back now.
        return replace(
            made,
            legs=tuple(_shifted(move, index) for move in made.legs),
            sweeps=tuple(_shifted(move, index) for move in made.sweeps),
            routes=tuple(_shifted(move, index) for move in made.routes),
        )

    @staticmethod
    def _with(intent: Intent, branch: int, changed: Branch) -> Intent:
        branches = (*intent.branches[:branch], changed, *intent.branches[branch + 1 :])
        return replace(intent, branches=branches)

    def _guarded(self, intent: Intent, branch: int, guard: Guard) -> Intent:
        old = intent.branches[branch]
        return self._with(intent, branch, replace(old, guards=(guard, *old.guards)))

    @staticmethod
    def _ahead(intent: Intent, branch: Branch) -> Intent:
        return replace(intent, branches=(branch, *intent.branches)[:8])

    def _exists(self, intent: Intent) -> Branch:
        """A branch that the book may hold a match for."""
        lists = self.batches.model.state.lists.items()
        listed = [pair for pair, numbers in lists if numbers and pair[1] == intent.sell]
        if not listed:
            return self.batches.passing(intent.sell, intent.amount)
        buy, sell = self.rng.choice(listed)
        entry = self.batches.model.entry(buy, sell, self.batches.model.state.lists[buy, sell][0])
        least = intent.amount * entry.amount // entry.least + self.rng.choice((0, 0, 1))
        return Branch(buy, min(max(1, least), MAX_AMOUNT), (Guard(GuardKind.EXISTS),))

    def _shape(self, plan: Plan) -> Plan:
        """A shape that no program has, or something in a guard that stands for nothing."""
        rng = self.rng
        index, draft = self._some(plan)
        intent = draft.intent
        at = rng.randrange(draft.given)
        branch = intent.branches[at]
        one = (1).to_bytes(32, "big")
        exists, fresh = Guard(GuardKind.EXISTS), Guard(GuardKind.FRESH)
        pair = self.batches.model.pair(TOKENS[0], TOKENS[1]).rjust(32, b"\0")
        guards: list[tuple[Guard, ...]] = [
            (exists, exists),
            (Guard(GuardKind.EXISTS, one),),
            (Guard(GuardKind.EXISTS, limit=1),),
            (Guard(GuardKind.KEPT, KEPT + bytes(6) + b"\1"),),
            (Guard(GuardKind.KEPT, KEPT.ljust(32, b"\0"), 1),),
            (Guard(GuardKind.AFTER, one, 1),),
            (Guard(GuardKind.POOL_AT_LEAST, pair, 0),),
            (Guard(GuardKind.POOL_AT_LEAST, pair, 1 << 128),),
            (Guard(GuardKind.POOL_AT_LEAST, pair, 1),),
            (Guard(GuardKind.POOL_AT_MOST, b"\1" + pair[1:], 1 << 128 | 1),),
            (Guard(GuardKind.POOL_AT_MOST, one, 1 << 128 | 1),),
            (fresh,),
            (Guard(GuardKind.FRESH, limit=1),),
            (Guard(GuardKind.AFTER),) * rng.choice((8, 9)),
        ]
        longest = (
            intent.sell,
            *(rng.choice(TOKENS) for _ in range(rng.choice((4, 5)))),
            branch.buy,
        )
        paths: list[tuple[tuple[bytes, ...], ...]] = [
            *([branch.paths[:1] * rng.choice((4, 5))] if branch.paths else []),
            (longest,),
            ((intent.sell,),),
            ((branch.buy, intent.sell),),
            ((intent.sell, NO_TOKEN, branch.buy),),
            ((intent.sell, NO_TOKEN),),
            ((),),
        ]
        changes = [
            *(replace(branch, guards=found) for found in rng.sample(guards, 5)),
            *(replace(branch, paths=found) for found in rng.sample(paths, 2)),
            replace(branch, least=0),
            replace(branch, buy=intent.sell),
            replace(branch, buy=bytes(20)),
            replace(branch, buy=NO_TOKEN),
        ]
        changed = self._with(intent, at, rng.choice(changes))
        if rng.random() < 0.1:
            more = (Branch(),) * (rng.choice((8, 9)) - len(intent.branches))
            many = (*intent.branches, *more)
            changed = replace(intent)
            object.__setattr__(changed, "branches", many)
        return plan.with_draft(index, replace(draft, intent=changed))

    def _given(self, plan: Plan) -> Plan:
        """More branches are handed in, or fewer."""
        index, draft = self._some(plan)
        given = self.rng.randint(1, len(draft.intent.branches))
        return plan.with_draft(index, replace(draft, given=given))

    def _orders(self, plan: Plan) -> Plan:
        """An order that does nothing, one twice, one of somebody else's."""
        rng = self.rng
        match rng.randint(0, 3):
            case 0:
                return plan + Plan((rng.choice(plan.drafts),))
            case 1:
                return plan + Plan(self.batches.ring(2).drafts[:1])
            case 2:
                return plan + replace(plan, legs=plan.legs, sweeps=(), routes=())
            case _:
                index, draft = self._some(plan)
                known = self.batches.open
                if not known:
                    return plan
                old = rng.choice(known)
                other = replace(draft, intent=old.intent, given=old.given)
                return plan.with_draft(index, other)

    # ------------------------------------------------------------------------------------ moves

    def _legs(self, plan: Plan) -> Plan:
        rng, legs = self.rng, list(plan.legs)
        i = rng.randrange(len(legs))
        leg = legs[i]
        match rng.randint(0, 12):
            case 12:  # another kind of move
                if rng.random() < 0.5:
                    return replace(plan, routes=(*plan.routes, Route(leg.order, leg.branch)))
                return replace(plan, sweeps=(*plan.sweeps, Sweep(leg.order, leg.branch)))
            case 0:
                del legs[i]
            case 1:
                j = rng.randrange(len(legs))
                legs[i], legs[j] = legs[j], legs[i]
            case 2:
                legs[i] = replace(leg, last=not leg.last)
            case 3:
                legs[i] = replace(leg, skippable=not leg.skippable)
            case 4:
                legs[i] = replace(leg, order=rng.choice((*range(len(plan.drafts)), _UNKNOWN)))
            case 5:
                legs[i] = replace(leg, branch=rng.choice((0, 1, 2, 60)))
            case 6:
                legs.append(replace(leg, last=True))
            case 7:
                legs[i] = replace(leg, amount=0)
            case 8:
                legs[i] = replace(leg, amount=leg.amount // 2)
            case 9 | 10:
                legs[i] = replace(leg, amount=max(0, leg.amount - 1))
            case _:
                legs[i] = replace(
                    leg, amount=min(MAX_AMOUNT, leg.amount + rng.choice((1, 1, 1000)))
                )
        return replace(plan, legs=tuple(legs))

    def _sweeps(self, plan: Plan) -> Plan:
        rng, sweeps = self.rng, list(plan.sweeps)
        i = rng.randrange(len(sweeps))
        move = sweeps[i]
        match rng.randint(0, 5):
            case 0:
                del sweeps[i]
            case 1:
                sweeps[i] = replace(move, pops=rng.choice((0, 0, 1)))
            case 2:
                amount = plan.drafts[move.order].intent.amount
                sweeps[i] = replace(move, amount=min(amount + 1, MAX_AMOUNT))
            case 3:
                sweeps[i] = replace(move, branch=rng.choice((0, 1, 2, 60)))
            case 4:
                sweeps[i] = replace(move, order=rng.choice((*range(len(plan.drafts)), _UNKNOWN)))
            case _:
                sweeps.append(replace(move, amount=0))
        return replace(plan, sweeps=tuple(sweeps))

    def _routes(self, plan: Plan) -> Plan:
        rng, routes = self.rng, list(plan.routes)
        i = rng.randrange(len(routes))
        move = routes[i]
        match rng.randint(0, 8):
            case 8:  # another kind of move
                more = Leg(move.order, move.branch, 1)
                return replace(plan, legs=(*plan.legs, more, replace(more, last=True)))
            case 0:
                del routes[i]
            case 1:
                routes[i] = replace(move, amount=0)
            case 2:
                amount = plan.drafts[move.order].intent.amount
                routes[i] = replace(move, amount=min(amount + 1, MAX_AMOUNT))
            case 3:
                routes[i] = replace(move, branch=rng.choice((0, 1, 2, 60)))
            case 4:
                routes[i] = replace(move, order=rng.choice((*range(len(plan.drafts)), _UNKNOWN)))
            case 5:
                routes.append(replace(move, amount=rng.choice((0, 1, move.amount))))
            case 6:
                routes[i] = replace(move, amount=max(1, move.amount // 2))
            case _:
                return self._terms(plan, move)
        return replace(plan, routes=tuple(routes))

    def _terms(self, plan: Plan, move: Route) -> Plan:
        """One who shares says something else than the other."""
        draft = plan.drafts[move.order]
        branch = draft.intent.branches[move.branch]
        guards = list(branch.guards)
        for index, guard in enumerate(guards):
            if guard.kind in (GuardKind.PAYS, GuardKind.PAID):
                more = guard.subject[:11] + bytes([guard.subject[11] ^ 1]) + guard.subject[12:]
                huge = (20_000).to_bytes(12, "big") + guard.subject[12:]
                guards[index] = self.rng.choice(
                    (
                        replace(guard, limit=guard.limit ^ 1),
                        replace(guard, subject=more),
                        replace(guard, subject=huge),
                        replace(guard, kind=GuardKind(17 - guard.kind)),
                    )
                )
                if self.rng.random() < 0.2:
                    guards.append(guard)
        changed = self._with(draft.intent, move.branch, replace(branch, guards=tuple(guards)))
        return plan.with_draft(move.order, replace(draft, intent=changed))


def _shifted(move: Move, order: int) -> Move:
    return replace(move, branch=move.branch + 1) if move.order == order else move
