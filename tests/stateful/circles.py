"""Groups: who joins which, what members seal, and how groups are resolved, rightly or not."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

from boomerang.model import Phase
from stateful.cast import ERIN, FOREVER, GHOST, OWNERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stateful.calls import Action
    from stateful.generator import Generator

MAX_MEMBERS = 4


class Circles:
    """Makes actions on groups. A plan is a set of commitments that shall become a group."""

    def __init__(self, generator: Generator) -> None:
        self._g = generator
        self._plans: dict[tuple[bytes, ...], bool] = {}  # whether all shall join

    def planned(self, x: bytes) -> bool:
        """Whether it shall be in a group."""
        return any(x in ids for ids in self._plans)

    def wants_draw(self, x: bytes) -> bool:
        """Whether a group could wait for its draw."""
        return self.planned(x) and self._g.world.model.node(x) is None

    def awaited(self, x: bytes) -> bool:
        """Whether a group shall have it that it can still join."""
        themed = self._g.theme == "groups"
        return themed and self._g.world.time <= self._last(x)

    def choices(self, add: Callable[..., None]) -> None:
        """What could be done now or later."""
        world = self._g.world
        model, now, keys = world.model, world.time, world.keys
        free = [x for x in keys if now <= self._last(x) and not self.planned(x)]
        if len(free) > 1:
            last = min(self._last(x) for x in free)
            weight = 2.5 if len(free) > 2 else 0.6
            weight *= {"groups": 8, "offers": 0.5}.get(self._g.theme, 1)
            add(weight, now, last, partial(self._begin, tuple(free)))
        for ids, all_join in self._plans.items():
            closes = [x for x in ids if x in keys and model.state.records[x].in_group]
            end = min((self._closing(x) for x in closes), default=FOREVER)
            for place, x in enumerate(ids):
                if x in keys and not model.state.records[x].in_group and now <= self._last(x):
                    weight = 40 if all_join or place else 0.4
                    if self._joined(ids) == len(ids) - 1 and self._undrawn(ids):
                        weight = 0.8
                    last = min(end, self._last(x))
                    add(weight, now, last, partial(self._join, x, ids))
        for name, group in model.state.groups.items():
            if group.node is None:
                add(0.02, now, FOREVER, partial(self._resolve, group.ids), 1, True)
                continue
            phases = [model.phase(x, now) for x in group.ids]
            if all(phase.final for phase in phases):
                add(0.03, now, FOREVER, partial(self._resolve, group.ids), 1, True)
            elif Phase.PENDING in phases:
                ready = self._g.settled(model.group_waits_for(name, now))
                until = FOREVER if ready is None else ready - 1
                add(0.25, now, until, partial(self._resolve, group.ids), 1, ready is None)
                if ready is not None:
                    add(6, ready, FOREVER, partial(self._resolve, group.ids))

    def _joined(self, ids: Sequence[bytes]) -> int:
        records = self._g.world.model.state.records
        return sum(x in records and records[x].in_group for x in ids)

    def _last(self, x: bytes) -> int:
        """The last second in which it may join a group; -1 for never."""
        world = self._g.world
        record = world.model.state.records[x]
        if record.phase is not Phase.TENTATIVE or record.in_group:
            return -1
        return self._closing(x)

    def _closing(self, x: bytes) -> int:
        world = self._g.world
        return world.model.state.records[x].freeze - world.setting.parameters.offer_cutoff

    def _undrawn(self, ids: Sequence[bytes]) -> bool:
        """Whether it could not be completed yet."""
        model = self._g.world.model
        known = [x for x in ids if x in model.state.records]
        return any(model.precedes(x, y) is None for x, y in combinations(known, 2))

    def _begin(self, free: Sequence[bytes]) -> Action:
        rng = self._g.rng
        size = min(len(free), rng.randint(2, MAX_MEMBERS))
        members = rng.sample(list(free), size)
        ids = tuple(sorted(members))
        dice = rng.random()
        if dice < 0.04:
            ids = tuple(sorted((*ids, GHOST)))
        self._plans[ids] = dice < 0.85
        return self._join(rng.choice(members), ids)

    def _join(self, x: bytes, ids: Sequence[bytes]) -> Action:
        g = self._g
        key = g.world.keys[x]
        coded, has_key = g.world.setting.coded(key.committer), g.requests.has_key(key.committer)
        if g.rng.random() < (0.6 if coded else 0.01 if has_key else 0):
            return g.requests.join(x, ids)
        return g.own(key, "join", tuple(ids))

    def _resolve(self, ids: Sequence[bytes]) -> Action:
        decisions = self._g.world.decisions(ids)
        who = self._g.rng.choice((*OWNERS, ERIN))
        return self._g.action(who, "resolveGroup", tuple(ids), decisions)

    # --------------------------------------------------------------------------------- decisions

    def decision(self, x: bytes) -> bytes:
        """What a member of a complete group seals."""
        g = self._g
        rng, world = g.rng, g.world
        group = world.model.group(world.model.group_of(x))
        ids = list(group.ids) if group else []
        outside = [y for y in world.keys if y not in ids and g.allowed(x, y)]
        if rng.random() < 0.06:
            outside = [*world.keys, GHOST]
        if rng.random() < 0.5:
            return self._expression(ids, outside)
        count = rng.choice((1, 1, 2, 3, 8))
        expressions = [self._expression(ids, outside) for _ in range(count)]
        package = g.programs.package(self._expression(ids, outside), expressions)
        if rng.random() < 0.05:
            return rng.choice((package[:-1], package + b"\0", package[:3] + b"\0\0"))
        return package

    def _expression(self, ids: list[bytes], outside: list[bytes]) -> bytes:
        rng = self._g.rng
        count = rng.choice((0, 1, 1, 1, 2, 3))
        if not count:
            return rng.choice((b"\0", b"\1", b"\1"))
        named = [
            rng.choice(outside if outside and rng.random() < 0.25 else ids) for _ in range(count)
        ]
        return self._g.programs.over(named)

    # ------------------------------------------------------------------------------ what goes wrong

    def spoil(self, action: Action) -> Action:
        """Other members, or other decisions than were opened."""
        rng = self._g.rng
        ids, decisions = action.args
        if rng.random() < 0.4:
            ids = self.other(ids)
            if rng.random() < 0.6:
                decisions = (*decisions, b"", b"", b"")[: len(ids)]
        elif rng.random() < 0.3:
            decisions = rng.choice((decisions[:-1], (*decisions, b"")))
        else:
            place = rng.randrange(len(decisions))
            decisions = (*decisions[:place], b"\1\2\2", *decisions[place + 1 :])
        return replace(action, args=(ids, decisions))

    def other(self, ids: tuple[Any, ...]) -> tuple[Any, ...]:
        """Another set of ids, or none that may be one."""
        rng = self._g.rng
        more = rng.choice((GHOST, *self._g.world.keys))
        return rng.choice(
            (
                ids[::-1],
                ids[1:],
                (*ids, ids[-1]) if ids else ids,
                tuple(sorted({*ids, more})),
                tuple(bytes([n]) * 25 for n in range(9)),
                ids[:1],
            )
        )

    def wild(self, x: bytes, y: bytes) -> Action:
        """A group of any two, joined or resolved."""
        ids = tuple(sorted({x, y}))
        if self._plans and self._g.rng.random() < 0.5:
            ids = self._g.rng.choice(list(self._plans))
        if self._g.rng.random() < 0.5:
            return self._join(x, ids)
        return self._resolve(ids)
