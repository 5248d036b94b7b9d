"""Playing many sequences: what they did, what failed, and the shortest that still fails."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from boomerang.errors import NotFinal, PastDeadline, StillRetriable, TooEarly, TooLate
from stateful.calls import OUTSIDE, Action
from stateful.cast import ERIN
from stateful.generator import MAX_ACTIONS, Generator, random_setting
from stateful.world import Code, Disagreement, Result, Setting, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(slots=True)
class Tally:
    """What a campaign did."""

    sequences: int = 0
    actions: int = 0
    tried: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    obstacles: Counter[str] = field(default_factory=Counter)
    edges: Counter[str] = field(default_factory=Counter)

    def count(self, name: str, error: str | None) -> None:
        """One action."""
        self.actions += 1
        if name in OUTSIDE:
            return
        self.tried[name] += 1
        if error is None:
            self.done[name] += 1
        else:
            self.errors[error] += 1

    def as_dict(self) -> dict[str, dict[str, int]]:
        """For the report at the end of a run."""
        return {
            "counts": {"sequences": self.sequences, "actions": self.actions},
            "tried": dict(self.tried),
            "done": dict(self.done),
            "errors": dict(self.errors),
            "ends": dict(self.ends),
            "obstacles": dict(self.obstacles),
            "edges": dict(self.edges),
        }

    def shares(self) -> dict[str, float]:
        """For each kind of action, how often it succeeded."""
        return {name: self.done[name] / tried for name, tried in sorted(self.tried.items())}


@dataclass(frozen=True, slots=True)
class Failure:
    """A sequence that ends in a disagreement."""

    seed: int
    setting: Setting
    actions: tuple[Action, ...]
    why: str


def play(seed: int, code: Code | None = None, tally: Tally | None = None) -> Failure | None:
    """One random sequence, from its seed alone."""
    rng = random.Random(seed)
    setting = random_setting(rng)
    world = World(setting, code)
    generator = Generator(rng, world)
    tally = Tally() if tally is None else tally
    tally.sequences += 1
    done: list[Action] = []
    length = MAX_ACTIONS if rng.random() < 0.7 else rng.randint(1, MAX_ACTIONS)
    try:
        for _ in range(length):
            action = generator.next()
            if action is None:
                break
            done.append(action)
            result = world.step(action)
            tally.count(action.name, None if result.error is None else type(result.error).__name__)
            tally.edges.update(edges(world, action, result))
            if rng.random() < 0.03:
                world.compare_everything()
        world.compare_everything()
        tally.obstacles.update(world.obstacles())
        for action in endings(world):
            done.append(action)
            world.step(action)
        world.compare_everything()
    except Disagreement as difference:
        return Failure(seed, setting, tuple(done), str(difference))
    tally.ends.update(phase.label for phase in world.final.values())
    return None


_BY_TIME = (TooEarly, TooLate, NotFinal, PastDeadline, StillRetriable)

# Where time decides about an action: what opens or closes then.
EDGES = {
    "seal": ("sealing", "freeze"),
    "draw": ("freeze",),
    "revoke": ("freeze",),
    "expose": ("freeze",),
    "open": ("freeze", "reveal end"),
    "offer": ("offer cutoff",),
    "decline": ("decline delay", "freeze"),
    "declineAll": ("freeze",),
    "resolve": ("freeze", "reveal end"),
    "join": ("offer cutoff",),
    "execute": ("freeze", "reveal end"),
    "retry": ("deadline",),
    "release": ("deadline",),
}


def edges(world: World, action: Action, result: Result) -> Iterator[str]:
    """The edges on which an action was decided, in the last second before or the first after."""
    by_time = result.ok or isinstance(result.error, _BY_TIME)
    action_name = action.name.removesuffix("For")
    if not by_time or action_name not in EDGES or not result.touched:
        return
    about = result.touched[-1 if action_name == "offer" else 0]
    record, p = world.model.record(about), world.setting.parameters
    moments = {
        "sealing": record.freeze - p.period + p.seal_delay,
        "freeze": record.freeze,
        "reveal end": record.freeze + p.reveal_window + 1,
        "offer cutoff": record.freeze - p.offer_cutoff + 1,
    }
    if about in world.model.state.clauses:
        moments["deadline"] = world.model.state.clauses[about].deadline + 1
    made = world.model.offer_of(action.args[2], about) if action.name == "decline" else None
    if made is not None:
        moments["decline delay"] = made.first_made + p.decline_delay
    for name in EDGES[action_name]:
        side = action.time - moments.get(name, 0)
        if side in (-1, 0):
            yield f"{action_name}, {name}: {'after' if side == 0 else 'before'}"


def endings(world: World) -> Iterable[Action]:
    """Each second from which on an outcome must be determined, if nobody does anything more."""
    moments = sorted({world.model.latest_resolution(id) + 1 for id in world.keys})
    block = world.block
    for time in moments:
        if time >= world.time:
            block += 1
            yield Action(block, time, ERIN, "settle")


def replay(setting: Setting, actions: Sequence[Action], code: Code | None = None) -> str | None:
    """Play exactly these actions; how they fail, if they do."""
    world = World(setting, code)
    try:
        for action in actions:
            world.step(action)
        world.compare_everything()
    except Disagreement as difference:
        return str(difference)
    return None


def shrink(failure: Failure, code: Code | None = None) -> Failure:
    """The failure without what it does not need: delta debugging on its actions."""
    actions = list(failure.actions)
    why = replay(failure.setting, actions, code)
    if why is None:
        return failure  # only the comparison in between saw it
    size = max(1, len(actions) // 2)
    while True:
        start = 0
        shorter = False
        while start < len(actions):
            fewer = actions[:start] + actions[start + size :]
            still = replay(failure.setting, fewer, code)
            if still is None:
                start += size
            else:
                actions, why, shorter = fewer, still, True
        if size > 1:
            size //= 2
        elif not shorter:
            return Failure(failure.seed, failure.setting, tuple(actions), why)
