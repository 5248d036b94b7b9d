"""Executing, retrying, releasing, withdrawing; and what tokens and targets do meanwhile."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

from boomerang.content import content_hash
from boomerang.identity import ZERO_ADDRESS
from boomerang.model import Phase
from stateful.cast import (
    ASSETS,
    BURNS,
    CHARGING,
    CLOSED,
    ERIN,
    FAILS,
    FOREVER,
    FRANK,
    GOLD,
    MANNERS,
    ODD,
    ORDINARY,
    OWNERS,
    REFUSES,
    SILENT,
    SILVER,
    STRANGER,
    TAKES,
    TARGETS,
    TOKENS,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.content import Clauses
    from stateful.calls import Action
    from stateful.generator import Generator


class Executions:
    """Makes actions on the enforcer."""

    def __init__(self, generator: Generator) -> None:
        self._g = generator

    def choices(self, add: Callable[..., None]) -> None:
        """What could be done now or later."""
        world = self._g.world
        model, now = world.model, world.time
        live = [
            clauses
            for x, clauses in model.state.clauses.items()
            if not model.state.records[x].executed or model.outstanding(x)
        ]
        for x, clauses in model.state.clauses.items():
            self._execution(add, x, clauses)
            failed = model.outstanding(x)
            for index in range(len(clauses.calls)):
                if failed >> index & 1:
                    works = world.would_work(clauses.calls[index])
                    make = partial(self._retry, "retry", x, index)
                    weight = 8 if works else 0.1
                    add(weight, now, clauses.deadline, make, 1, not works)
                    late = clauses.deadline + 1
                    add(1.5, clauses.deadline, clauses.deadline, make)
                    add(1.5, late, late, make)
                    make = partial(self._retry, "release", x, index)
                    add(1, clauses.deadline, clauses.deadline, make)
                    add(8, late, FOREVER, make)
        for who, token in model.state.credits:
            if who in (*OWNERS, ERIN, FRANK):
                closed = token == ODD and not world.accepts(token, ERIN)
                weight = 0.2 if closed else 1.5
                add(weight, now, FOREVER, partial(self._withdraw, who, token), 1, closed)
            takes = world.accepts(token, who)
            make = partial(self._deliver, who, token)
            add(2 if takes else 0.05, now, FOREVER, make, 1, not takes)
        owed = {token for _, token in model.state.credits}
        if any(clauses.escrowed(ODD) for clauses in live) or ODD in owed:
            add(0.8 if ODD in owed else 0.4, now, FOREVER, self._change_token, 1, True)
        if any(call.target == FAILS for clauses in live for call in clauses.calls):
            awaited = world.target_fails == bool(model.state.outstanding)
            add(2 if awaited else 0.4, now, FOREVER, self._change_target, 1, True)
        if ZERO_ADDRESS in owed or model.state.owed:
            add(1.2, now, FOREVER, self._change_account, 1, True)
        if world.keys:
            add(0.12, now, FOREVER, self._approve, 1, True)

    def _execution(self, add: Callable[..., None], x: bytes, clauses: Clauses) -> None:
        world = self._g.world
        model, p, now = world.model, world.setting.parameters, world.time
        record = model.state.records[x]
        make = partial(self._execute, x)
        if record.executed:
            add(0.04, now, FOREVER, make, 1, True)
        elif record.phase is Phase.TENTATIVE:
            add(0.8, record.freeze, FOREVER, make)
        elif record.phase is Phase.SEALED:
            add(0.5, record.freeze + p.reveal_window + 1, FOREVER, make)
        elif model.execution(x, now).ready:
            add(5, now, FOREVER, make)
        elif record.phase is Phase.KEPT:
            settled = self._g.settled(model.guard_pending_on(x, now))
            idle = settled is None
            add(4 if idle else 1.5, settled or now, FOREVER, make, 1, idle)
            if settled:
                add(0.4, now, settled - 1, make)

    def _execute(self, x: bytes) -> Action:
        rng, world = self._g.rng, self._g.world
        tips = (ZERO_ADDRESS, ZERO_ADDRESS, ERIN, FRANK, STRANGER, world.model.enforcer)
        content = world.contents[x]
        who = rng.choice((*OWNERS, ERIN))
        return self._g.action(who, "execute", world.keys[x], *content, rng.choice(tips))

    def _retry(self, name: str, x: bytes, index: int) -> Action:
        world = self._g.world
        who = self._g.rng.choice((*OWNERS, ERIN))
        return self._g.action(who, name, world.keys[x], *world.contents[x], index)

    def _withdraw(self, who: str, token: str) -> Action:
        rng, world = self._g.rng, self._g.world
        others = [ERIN, STRANGER, FRANK, who, world.model.enforcer]
        if rng.random() < 0.8:
            others = [to for to in others[:4] if world.accepts(token, to)] or others
        return self._g.action(who, "withdrawAsset", token, rng.choice(others))

    def _deliver(self, who: str, token: str) -> Action:
        return self._g.action(self._g.rng.choice((*OWNERS, ERIN)), "deliverAsset", who, token)

    def _change_token(self) -> Action:
        rng, world = self._g.rng, self._g.world
        manner = rng.choice((ORDINARY, ORDINARY, ORDINARY, CLOSED, SILENT, CHARGING))
        watched = ZERO_ADDRESS
        if manner == CHARGING:
            watched = world.model.enforcer
        elif manner == ORDINARY and rng.random() < 0.6:
            watched = rng.choice((*OWNERS, ERIN, STRANGER, *TARGETS))
        return self._g.action(ERIN, "changeToken", manner, watched)

    def _change_account(self) -> Action:
        rng, setting = self._g.rng, self._g.world.setting
        who = rng.choice([who for who in (*OWNERS, FRANK) if setting.coded(who)])
        manner = rng.choice((TAKES, TAKES, REFUSES, BURNS))
        return self._g.action(ERIN, "changeAccount", who, MANNERS[manner])

    def _change_target(self) -> Action:
        return self._g.action(ERIN, "changeTarget", not self._g.world.target_fails)

    def _approve(self) -> Action:
        rng, enforcer = self._g.rng, self._g.world.model.enforcer
        amount = rng.choice((0, 50, 10**6, 10**6, (1 << 256) - 1))
        token = rng.choice((SILVER, SILVER, GOLD, ODD))
        return self._g.action(rng.choice(OWNERS), "approve", token, enforcer, amount)

    def wild(self) -> Action:
        """Anything on anything."""
        g = self._g
        rng, world = g.rng, g.world
        others = ("retry", "release", "withdrawAsset", "deliver")
        name = rng.choice((*("execute",) * 6, *others))
        who = rng.choice((*OWNERS, ERIN))
        if name == "withdrawAsset":
            if rng.random() < 0.5:
                return g.action(who, "deliverAsset", rng.choice(OWNERS), rng.choice(TOKENS))
            return g.action(who, name, rng.choice(ASSETS), who)
        if name == "deliver":
            return g.action(who, name, rng.choice(OWNERS))
        with_clauses = list(world.model.state.clauses)
        x = rng.choice(with_clauses if with_clauses and rng.random() < 0.7 else list(world.keys))
        topic, body = world.contents[x]
        key = world.keys[x]
        dice = rng.random()
        if dice < 0.1:
            body = rng.choice((b"", body + b"\0", world.contents[rng.choice(list(world.keys))][1]))
        elif dice < 0.15:
            topic = keccak(topic)
        elif dice < 0.25:
            key = g.other_key(key)
        last: Any = rng.choice((0, 0, 1, 7, 255, 256, (1 << 256) - 1))
        if name == "execute":
            last = ZERO_ADDRESS
        if content_hash(topic, body) != key.content_hash and not key.has_clauses:
            body = world.contents[x][1]
        return g.action(who, name, key, topic, body, last)
