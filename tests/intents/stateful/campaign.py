"""Playing many sequences: what they did, what failed, and the shortest that still fails."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from boomerang.intents.model import events
from intents.stateful.comparison import Disagreement
from intents.stateful.generator import MAX_ACTIONS, Generator
from intents.stateful.world import OUTSIDE, Action, Code, Result, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(slots=True)
class Tally:
    """What a campaign did."""

    sequences: int = 0
    actions: int = 0
    tried: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)

    def count(self, action: Action, kinds: frozenset[str], result: Result) -> None:
        """One action; of batches, also by what is in them."""
        self.actions += 1
        if action.name in OUTSIDE:
            return
        names = [action.name]
        if action.name == "settle":
            names += [f"settle {kind}" for kind in kinds]
        for name in names:
            self.tried[name] += 1
            if result.error is None:
                self.done[name] += 1
        if result.error is not None:
            self.errors[type(result.error).__name__] += 1
        for event in result.events:
            name = type(event).__name__
            if isinstance(event, events.Unlisted):
                name += f" {event.reason.name}"
            self.events[name] += 1

    def as_dict(self) -> dict[str, dict[str, int]]:
        """For the report at the end of a run."""
        return {
            "counts": {"sequences": self.sequences, "actions": self.actions},
            "tried": dict(self.tried),
            "done": dict(self.done),
            "errors": dict(self.errors),
            "events": dict(self.events),
        }

    def shares(self) -> dict[str, float]:
        """For each kind of action, how often it succeeded."""
        return {name: self.done[name] / tried for name, tried in sorted(self.tried.items())}


@dataclass(frozen=True, slots=True)
class Failure:
    """A sequence that ends in a disagreement."""

    seed: int
    actions: tuple[Action, ...]
    why: str

    def told(self) -> str:
        """For people."""
        lines = [f"seed {self.seed}: {self.why}", ""]
        for number, action in enumerate(self.actions, 1):
            lines.append(f"{number}. at {action.time}, {action.caller.hex()[:8]}: {action.name}")
            lines += [f"     {arg}" for arg in action.args]
        return "\n".join(lines)


def play(seed: int, code: Code | None = None, tally: Tally | None = None) -> Failure | None:
    """One random sequence, from its seed alone."""
    rng = random.Random(seed)
    tally = Tally() if tally is None else tally
    tally.sequences += 1
    done: list[Action] = []
    world = World(code)
    try:
        generator = Generator(rng, world)
        length = MAX_ACTIONS if rng.random() < 0.7 else rng.randint(1, MAX_ACTIONS)
        for _ in range(length):
            action = generator.next()
            done.append(action)
            tally.count(action, generator.kinds, world.step(action))
    except Disagreement as difference:
        return Failure(seed, tuple(done), str(difference))
    finally:
        world.close()
    return None


def replay(actions: Sequence[Action], code: Code | None = None) -> Failure | None:
    """The same actions again, on fresh state."""
    world = World(code)
    try:
        for number, action in enumerate(actions, 1):
            try:
                world.step(action)
            except Disagreement as difference:
                return Failure(-1, tuple(actions[:number]), str(difference))
    finally:
        world.close()
    return None


def shrink(failure: Failure, code: Code | None = None) -> Failure:
    """The same, without what it does not need."""
    best = failure
    while True:
        for fewer in _shorter(best.actions):
            found = replay(fewer, code)
            if found is not None:
                best = Failure(failure.seed, found.actions, found.why)
                break
        else:
            return best


def _shorter(actions: tuple[Action, ...]) -> Iterator[tuple[Action, ...]]:
    for at in reversed(range(len(actions))):
        yield actions[:at] + actions[at + 1 :]
