"""Random sequences that mostly do things that can be done.

Each step looks at the model, lists what could succeed and in which seconds, picks one, and picks a
second: mostly inside the window, often at one of its edges, sometimes one second off. Now and then
something about the action is spoiled, or an action is made up without looking.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from boomerang.identity import NO_ID, ZERO_ADDRESS, Key
from boomerang.model import Obstacle, Phase
from boomerang.parameters import Parameters
from stateful.calls import Action
from stateful.cast import BURNS, ERIN, FOREVER, FRANK, GHOST, OWNERS, PLAIN, REFUSES, TAKES
from stateful.circles import Circles
from stateful.contents import Contents
from stateful.executions import Executions
from stateful.programs import Programs, named_in
from stateful.requests import Requests
from stateful.world import Setting, World

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

MAX_COMMITMENTS = 6
THEMES = ("offers", "offers", "escrow", "groups")  # what a sequence has most of
MAX_ACTIONS = 46


def random_setting(rng: random.Random) -> Setting:
    """Parameters, accounts and a moment to start from."""
    period = rng.choice((4, 12, 30, 60, 60, 60, 100, 1000))
    cutoff = rng.randint(1, period - 1) if rng.random() < 0.5 else max(1, period // 4)
    parameters = Parameters(
        period=period,
        seal_delay=rng.randint(1, period - 1) if rng.random() < 0.2 else max(1, period // 12),
        reveal_window=rng.choice((1, 3, 30, 30, 60)),
        offer_cutoff=cutoff,
        decline_delay=rng.choice((0, cutoff // 2, cutoff // 2, cutoff - 1)),
        max_depth=rng.choice((0, 1, 2, 3, 4, 4, 4, 255)),
        draw_delay=rng.choice((1, 1, 1, 2, 5, 200)),
        exposer_share=rng.choice((0, 1, 3333, 5000, 9000)),
        min_bond=rng.choice((0, 0, 0, 7)),
        fee=rng.choice((0, 0, 3)),
    )
    kinds = tuple(
        PLAIN if rng.random() < 0.75 else rng.choice((TAKES, REFUSES, REFUSES, BURNS))
        for _ in OWNERS
    )
    coded = [who for who, kind in zip(OWNERS, kinds, strict=True) if kind != PLAIN]
    keyless = frozenset(who for who in coded if rng.random() < 0.4)
    setting = Setting(parameters, kinds=kinds, keyless=keyless)
    if rng.random() < 0.01:  # where 32 bits end
        setting = replace(setting, start=(1 << 32) - period - rng.randint(0, 2 * period))
    elif rng.random() < 0.01:
        setting = replace(setting, block=(1 << 32) - rng.randint(1, 20))
    return setting


@dataclass(slots=True)
class _Choice:
    """Something that could succeed from `first` to `last`, both included."""

    weight: float
    first: int
    last: int
    make: Callable[[], Action]
    edgy: float  # how much its edges are sought
    idle: bool  # not worth a step when there is nothing else to do


class Generator:
    """Makes the next action for a world, as it stands."""

    def __init__(self, rng: random.Random, world: World) -> None:
        self.rng = rng
        self.world = world
        self.theme = rng.choice(THEMES)
        self.moment = world.time  # of the action that is being made
        self.openings: dict[bytes, tuple[bytes, bytes]] = {}  # of every seal, the last sent
        self.programs = Programs(rng)
        self.requests = Requests(self)
        self.contents = Contents(self)
        self.executions = Executions(self)
        self.circles = Circles(self)

    # ------------------------------------------------------------------------------------- steps

    def next(self) -> Action | None:
        """The next action, at its moment; None when nothing is left to do."""
        rng = self.rng
        if self.world.keys and rng.random() < 0.08:
            self.moment = self.world.time
            action = self._wild()
            return self._at(action, self.world.time + rng.choice((0, 0, 1)))
        choices = self._choices()
        if all(choice.idle for choice in choices):
            return None
        # What is far away is put off: it would end the time of everything before it.
        now, period = self.world.time, self.world.setting.parameters.period
        weights = [c.weight / (1 + 8 * max(0, c.first - now) / period) for c in choices]
        if rng.random() < 0.06:
            choice, time = self._edge(choices)
        else:
            choice = rng.choices(choices, weights)[0]
            time = self._moment(choice)
        # The action is made for its moment: what is known then is known to whoever makes it.
        self.moment = time
        action = choice.make()
        if rng.random() < 0.12:
            action = self._spoil(action)
        return self._at(action, time)

    def _moment(self, c: _Choice) -> int:
        rng, now = self.rng, self.world.time
        dice = rng.random()
        if dice < 0.64:
            moment = max(now, c.first)
        elif dice < 0.80:
            moment = max(now, c.first) + rng.randint(1, 3)
        elif dice < 0.86:
            moment = c.first + rng.choice((0, 1))
        elif dice < 0.88 and c.last < FOREVER:
            moment = c.last - rng.choice((0, 0, 1))
        elif dice < 0.89 and c.last < FOREVER:
            return max(now, c.last + 1)
        elif dice < 0.91:
            return max(now, c.first - 1)
        else:
            moment = now
        return max(now, c.first, min(moment, c.last))

    def _edge(self, choices: Sequence[_Choice]) -> tuple[_Choice, int]:
        """Any choice, in the last second before its window, in its first or last, or just after."""
        now, period = self.world.time, self.world.setting.parameters.period
        found = [
            (choice, moment)
            for choice in choices
            for moment in {choice.first - 1, choice.first, choice.last, choice.last + 1}
            if now <= moment < FOREVER
        ]
        if not found:
            return choices[0], now
        weights = [choice.edgy / (1 + 4 * (moment - now) / period) for choice, moment in found]
        return self.rng.choices(found, weights)[0]

    def _at(self, action: Action, time: int) -> Action:
        rng, world = self.rng, self.world
        block = world.block
        if time > world.time:
            delay = world.setting.parameters.draw_delay
            dice = rng.random()
            if dice < 0.75:
                block += 1
            elif dice < 0.98:
                block += rng.randint(1, 3) if rng.random() < 0.7 else delay + rng.randint(-1, 1)
            else:
                block += 256 + rng.choice((-2, 0, delay - 1, delay, delay + 1, 50))
            block = max(block, world.block + 1)
        return replace(action, block=block, time=max(time, world.time))

    def action(self, sender: str, name: str, *args: Any, value: int = 0) -> Action:
        """An action whose moment is not said yet; accounts with code are called or call."""
        relayed = self.world.setting.coded(sender) and self.rng.random() < 0.6
        return Action(0, 0, sender, name, args, value, relayed)

    # ----------------------------------------------------------------------------------- choices

    def _choices(self) -> list[_Choice]:
        world = self.world
        model, p, now = world.model, world.setting.parameters, world.time
        found: list[_Choice] = []

        def add(
            weight: float,
            first: int,
            last: int,
            make: partial[Action],
            edgy: float = 1,
            idle: bool = False,
        ) -> None:
            if last >= now:
                found.append(_Choice(weight, first, last, make, edgy, idle))

        if len(world.keys) < MAX_COMMITMENTS - 2 * (self.theme == "escrow"):
            weight = (40.0, 25.0, 6.0, 5.0, 4.0, 3.0)[len(world.keys)]
            apart = self.theme == "groups" and bool(world.keys)  # or their order must be drawn
            weight *= 2 if apart else 1
            first = now + 1 if apart and self.rng.random() < 0.7 else now
            add(weight, first, FOREVER, partial(self.contents.publish))
        for x, key in world.keys.items():
            record = model.state.records[x]
            end = record.freeze - 1
            if record.phase is Phase.TENTATIVE:
                opens = record.freeze - p.period + p.seal_delay
                coded = world.setting.coded(key.committer)
                if not coded:
                    weight = 14.0 if 3 * (end - now) < p.period else 6.0
                    if model.node(x):
                        weight = 40.0
                    elif self.circles.awaited(x):
                        weight = 0.5
                    add(weight, opens, end, partial(self._seal, x))
                    add(0.3, now, end, partial(self.own, key, "revoke"))
                requests = self.requests
                if requests.has_key(key.committer):
                    # Signing takes a hundred times as long as all else.
                    add(3 if coded else 0.15, opens, end, partial(self._seal_for, x))
                    add(0.5 if coded else 0.05, now, end, partial(requests.revoke, x))
                if not record.declines_all:
                    add(0.25, now, end, partial(self.own, key, "declineAll"))
                    weight = 0.1 if coded else 0.01
                    add(weight, now, end, partial(requests.decline, x, NO_ID))
                add(0.4, record.freeze, FOREVER, partial(self._resolve, x))
            elif record.phase is Phase.SEALED:
                last = record.freeze + p.reveal_window
                add(0.25, now, end, partial(self._expose, x))
                # Those that wait for others are opened first, or they would not wait.
                weight = 25.0 if self._leans(x) else 4 if record.freeze + 5 > now else 9
                weight = 40.0 if model.node(x) else weight
                add(weight, record.freeze, last, partial(self._open, x))
                add(0.8, last + 1, FOREVER, partial(self._resolve, x))
            elif record.phase is Phase.PENDING and model.node(x) is None:
                ready = self._ready(x)
                add(1.5, now, FOREVER if ready is None else ready - 1, partial(self._resolve, x))
                if ready is not None:
                    add(5, ready, FOREVER, partial(self._resolve, x))
            away = world.block - (record.publish_block + p.draw_delay)
            if not record.draw:
                weight = 3.0 if 0 <= away <= 256 else 0.1
                if self.circles.wants_draw(x) and -5 < away <= 256:
                    weight = 24.0
                first = now if away > 0 else now + 1 if away == 0 else now + 2
                add(weight, first, end, partial(self._draw, x))
            for y in world.keys:
                self._offer_choices(add, x, y)
        for who in model.state.owed:
            add(2, now, FOREVER, partial(self._withdraw, who))
            takes = world.accepts(ZERO_ADDRESS, who)
            add(3 if takes else 0.04, now, FOREVER, partial(self._deliver, who), 1, not takes)
        self.circles.choices(add)
        self.executions.choices(add)
        return found

    def _offer_choices(self, add: Callable[..., None], x: bytes, y: bytes) -> None:
        """What y may offer to x, and x decline."""
        world = self.world
        model, p, now = world.model, world.setting.parameters, world.time
        record = model.state.records[x]
        if x == y or record.phase not in (Phase.TENTATIVE, Phase.SEALED) or now >= record.freeze:
            return
        made = model.state.offers.get((y, x))
        keys = world.keys
        last = record.freeze - p.offer_cutoff
        if record.declines_all or (made and made.declined):
            add(0.1, now, last, partial(self.own, keys[y], "offer", x), 0.1)
            return
        if made and record.phase is Phase.TENTATIVE:
            first = made.first_made + p.decline_delay
            add(2.5, first, record.freeze - 1, partial(self.own, keys[x], "decline", y), 10)
            weight = 1.5 if world.setting.coded(keys[x].committer) else 0.05
            add(weight, first, record.freeze - 1, partial(self.requests.decline, x, y))
        floors = model.floor(x), model.floor(y)
        good = (
            not model.phase(y, now).final
            and model.precedes(x, y)
            and model.depth(x) < p.max_depth
            and (floors[0] == floors[1] or model.precedes(*floors) is not None)
        )
        deep = model.depth(x) >= p.max_depth and model.precedes(x, y)
        weight = (0.8 if made else 3) if good else 0.3 if deep else 0.02
        if self.circles.planned(y):
            weight /= 10  # a member offers nothing
        add(weight, now, last, partial(self.own, keys[y], "offer", x), 0.1 if weight < 0.5 else 1)
        if good:
            weight *= 0.6 if world.setting.coded(keys[y].committer) else 0.02
            add(weight, now, last, partial(self.requests.offer, y, x))

    def _leans(self, x: bytes) -> bool:
        """Whether its sealed decision names a commitment that is not final."""
        model, now = self.world.model, self.world.time
        decision = self.openings[x][0] if x in self.openings else b""
        return len(decision) > 25 and any(
            y in self.world.keys and not model.phase(y, now).final for y in named_in(decision)
        )

    def _ready(self, x: bytes) -> int | None:
        """When time alone has settled all that x waits for; None if it does not."""
        return self.settled(self.world.model.pending_on(x, self.world.time))

    def settled(self, ids: Iterable[bytes]) -> int | None:
        """When time alone has settled all of these; None if it does not."""
        model, p = self.world.model, self.world.setting.parameters
        moment = self.world.time
        for y in ids:
            if model.phase(y, moment).final:
                continue
            record = model.state.records[y]
            if record.phase is Phase.TENTATIVE:
                moment = max(moment, record.freeze)
            elif record.phase is Phase.SEALED:
                moment = max(moment, record.freeze + p.reveal_window + 1)
            else:
                return None
        return moment

    # ----------------------------------------------------------------------------------- actions

    def own(self, key: Key, name: str, *more: Any) -> Action:
        """An action on a commitment by its owner."""
        return self.action(key.committer, name, key.stake, key.content_hash, *more)

    def _seal(self, x: bytes) -> Action:
        key = self.world.keys[x]
        seal = self._new_seal(x)
        if self.rng.random() < 0.12:
            extra = self.rng.choice((b"", b"extra", bytes(40)))
            made = self.own(key, "sealWithData", seal, extra)
        else:
            made = self.own(key, "seal", seal)
        return replace(made, opening=self.openings[x])

    def _new_seal(self, x: bytes) -> bytes:
        rng = self.rng
        salt = rng.randbytes(32)
        self.openings[x] = self._decision(x), salt
        return self.world.domain.seal(self.world.keys[x], *self.openings[x])

    def _seal_for(self, x: bytes) -> Action:
        made = self.requests.seal(x, self._new_seal(x))
        return replace(made, opening=self.openings[x])

    def _expose(self, x: bytes) -> Action:
        who = self.rng.choice((*OWNERS, ERIN, FRANK))
        return self.action(who, "expose", self.world.keys[x], *self._opening(x))

    def _opening(self, x: bytes) -> tuple[bytes, bytes]:
        return self.openings.get(x, (b"\1", bytes(32)))

    def _open(self, x: bytes) -> Action:
        rng, key = self.rng, self.world.keys[x]
        decision, salt = self._opening(x)
        named = named_in(decision)
        node = self.world.model.node(x)
        if node:
            group = self.world.model.group(self.world.model.group_of(x))
            named = tuple(y for y in named if group and y not in group.ids)
        covered = node.cover if node else key.cover
        if (covered == 0 or not named or rng.random() < 0.05) and rng.random() < 0.6:
            return self.own(key, "open", decision, salt)
        keys = [self.world.keys.get(y, key) for y in named] if covered else []
        if rng.random() < 0.08:
            keys = rng.choice((keys[:-1], keys[::-1], [*keys, key], [key] * len(keys), []))
        who = rng.choice((key.committer, *OWNERS, ERIN))
        return self.action(who, "openFor", key, decision, salt, tuple(keys))

    def _resolve(self, x: bytes) -> Action:
        rng, world = self.rng, self.world
        batch = [x]
        if rng.random() < 0.25:
            ready = [y for y in world.keys if world.model.resolvable(y, world.time) and y != x]
            batch += rng.sample(ready, min(len(ready), rng.randint(1, 3)))
        resolutions = tuple((world.keys[y], world.model.record(y).decision) for y in batch)
        return self.action(rng.choice((*OWNERS, ERIN)), "resolve", resolutions)

    def _draw(self, x: bytes) -> Action:
        ids = [x]
        if self.rng.random() < 0.6:
            record = self.world.model.record
            ids += [y for y in self.world.keys if record(y).freeze == record(x).freeze]
        return self.action(self.rng.choice((*OWNERS, ERIN)), "draw", tuple(ids))

    def _deliver(self, who: str) -> Action:
        return self.action(self.rng.choice((*OWNERS, ERIN)), "deliver", who)

    def _withdraw(self, who: str) -> Action:
        dice = self.rng.random()
        to = ERIN if dice < 0.6 else self.rng.choice((*OWNERS, FRANK, who, self.world.registry))
        return self.action(who, "withdraw", to)

    # --------------------------------------------------------------------------------- decisions

    def _decision(self, x: bytes) -> bytes:
        rng, world = self.rng, self.world
        dice = rng.random()
        if self.theme == "escrow" and rng.random() < 0.6:
            return b"\1"
        if dice < 0.15:
            return b"\1"
        if dice < 0.20:
            return b"\0"
        if dice < 0.24:
            return self.programs.malformed(list(world.keys))
        if world.model.node(x):
            return self.circles.decision(x)
        known = list(world.keys)
        allowed = [y for y in known if self.allowed(x, y)]
        live = [y for y in allowed if not world.model.phase(y, world.time).final]
        later = [y for y in live if (y, x) in world.model.state.offers]
        if later and rng.random() < 0.6:
            allowed = later
        elif live and rng.random() < 0.8:
            allowed = live
        if dice < 0.90:
            if not allowed:
                return rng.choice((b"\1", b"\1", b"\0\2", b"\1\2"))
            return self.programs.over(rng.choices(allowed, k=rng.choice((1, 1, 1, 2, 2, 3, 5))))
        named = rng.choices([*known, GHOST], k=rng.choice((1, 2, 3)))
        if allowed and rng.random() < 0.5:
            named[0] = rng.choice(allowed)
        return self.programs.over(named)

    def allowed(self, x: bytes, y: bytes) -> bool:
        """Whether a decision on x may name y, as things stand."""
        keys = self.world.keys
        return self.world.model.may_condition(keys[x], keys[y]) is Obstacle.NONE

    # ----------------------------------------------------------------------------- what goes wrong

    def _spoil(self, action: Action) -> Action:
        """Change one thing."""
        rng, world = self.rng, self.world
        name, args = action.name, list(action.args)
        if name in ("publish", "publishFunded"):
            return self.contents.spoil(action)
        if name.endswith("For") and name != "openFor":
            return self.requests.spoil(action)
        if name in _ON_OWN:
            if rng.random() < 0.5:
                return self._by(action, rng.choice((*OWNERS, ERIN, FRANK)))
            other = world.keys[rng.choice(list(world.keys))]
            place = rng.randrange(len(args))
            args[place] = {
                0: rng.choice((other.stake, args[0] ^ 1 << rng.randrange(256))),
                1: rng.choice((other.content_hash, bytes(32))),
            }.get(place, self.other(args[place]))
            return replace(action, args=tuple(args))
        if name in ("withdraw", "withdrawAsset"):
            return replace(action, sender=ERIN, relayed=False)
        if name in ("deliver", "deliverAsset"):
            return replace(action, args=(ERIN, *args[1:]))
        if name == "draw":
            ids = (*args[0], rng.choice((GHOST, *world.keys)))
            return replace(action, args=(ids,))
        if name == "resolve":
            batch = list(args[0])
            if rng.random() < 0.5:
                return replace(action, args=(((batch[0][0], b"\2"),),))
            batch.append(rng.choice((batch[0], *((k, b"\1") for k in world.keys.values()))))
            batch[0] = rng.choice((batch[0], (batch[0][0], b"\2")))
            rng.shuffle(batch)
            return replace(action, args=(tuple(batch),))
        if name == "resolveGroup":
            return self.circles.spoil(action)
        if not args or not isinstance(args[0], Key):
            return action
        place = rng.randrange(min(3, len(args)))
        args[place] = self.other_key(args[0]) if place == 0 else self.other(args[place])
        return replace(action, args=tuple(args))

    def _by(self, action: Action, who: str) -> Action:
        relayed = self.world.setting.coded(who) and self.rng.random() < 0.6
        return replace(action, sender=who, relayed=relayed)

    def other_key(self, key: Key) -> Key:
        """Another commitment's, or none's."""
        others = [k for k in self.world.keys.values() if k != key]
        broken = replace(key, bond=key.bond ^ 1), replace(key, committer=ERIN)
        return self.rng.choice((*others, *broken))

    def other(self, value: Any) -> Any:
        """Something like it."""
        rng = self.rng
        if isinstance(value, tuple):
            return self.circles.other(value)
        if isinstance(value, bytes) and len(value) == 25:
            return rng.choice((GHOST, *self.world.keys))
        if isinstance(value, bytes) and value and rng.random() < 0.5:
            return value[:-1] + bytes([value[-1] ^ 1])
        if isinstance(value, bytes):
            return rng.randbytes(len(value) if len(value) in (23, 32) else len(value) + 1)
        return value

    def _wild(self) -> Action:
        """Anything on anything, without asking whether it makes sense now."""
        rng, keys = self.rng, self.world.keys
        x, y = rng.choice(list(keys)), rng.choice((*keys, GHOST))
        if rng.random() < 0.25:
            return self.executions.wild()
        kind = rng.randrange(11)
        if kind < 3:
            return self.own(keys[x], "offer", y)
        if kind == 3:
            return self.own(keys[x], "decline", y)
        made = (
            lambda: self.own(keys[x], "declineAll"),
            lambda: self.own(keys[x], "revoke"),
            lambda: self.own(keys[x], "seal", bytes(23)),
            lambda: self.own(keys[x], "open", *self._opening(x)),
            lambda: self._expose(x),
            lambda: self._resolve(x),
            lambda: self.circles.wild(x, y),
        )
        return made[kind - 4]()


_ON_OWN = ("seal", "sealWithData", "open", "revoke", "offer", "decline", "declineAll", "join")
