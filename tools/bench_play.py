"""How fast games are played: raw, with agents, and as environments, beside other people's.

    python tools/bench_play.py [--seconds S] [--only TEXT] [--json]

Each row repeats its work for S seconds. A *game* is chicken on chain, raw: two publications, two
seals, two openings and a resolution, a block each, through the SDK, every event decoded and the
outcome checked. A *match* is the same played by two conditional agents. A *step* is one call of an
environment's `step`, with actions drawn at random among those that are allowed: of one agent (AEC),
or of all (parallel). CPU is this process's alone: what a node uses is not in it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import count
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from boomerang.agents import Conditional
from boomerang.chains import connect
from boomerang.chains.anvil import AnvilNotFound, find_anvil
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.client import Registry
from boomerang.content import Content
from boomerang.decisions import Constant, Kept, Not, encode
from boomerang.experiments.errors import MissingExtra
from boomerang.games import catalogue
from boomerang.identity import NONCE_BITS, SALT_SIZE, Opening
from boomerang.model import Phase, Resolution
from boomerang.parameters import Parameters
from boomerang.play import Match, Seat, open_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boomerang.chains import Chain, Tx
    from boomerang.client.events import Event
    from boomerang.client.state import Commitment

ALICE, BOB = DEV_ACCOUNTS["alice"], DEV_ACCOUNTS["bob"]
DARE = Content(statement=b"Dare")
CHAINS = ("pyrevm", "tester", "anvil")
TABLES = ("model", "pyrevm", "tester", "anvil")
PACKAGES = ("boomerang", "pyrevm", "eth-tester", "py-evm", "pettingzoo", "numpy")


class WrongOutcome(AssertionError):
    """A game came out otherwise than it must: what was measured is not a game."""


@dataclass(frozen=True)
class Row:
    """So much work in so much time. `steps` is 0 where there are none."""

    what: str
    unit: str
    count: int
    steps: int
    wall: float
    cpu: float

    @property
    def per_second(self) -> float:
        """By the clock."""
        return self.count / self.wall

    @property
    def per_cpu_second(self) -> float:
        """By this process's CPU: what one undisturbed core does, where no node is waited for."""
        return self.count / self.cpu if self.cpu else 0.0


@dataclass(frozen=True)
class Missing:
    """What could not be measured, and why."""

    what: str
    why: str


def _chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311


def measure(what: str, unit: str, seconds: float, once: Callable[[int], int | None]) -> Row:
    """Do it again and again for so long, at least once after a first time that does not count.
    `once` takes a seed, and may say how many steps it took.
    """
    once(0)
    done = steps = 0
    wall, cpu = perf_counter(), process_time()
    until = wall + seconds
    for seed in count(1):
        steps += once(seed) or 0
        done += 1
        if perf_counter() >= until:
            break
    return Row(what, unit, done, steps, perf_counter() - wall, process_time() - cpu)


# --------------------------------------------------------------------------------------- games


class RawGame:
    """Chicken by hand, on any chain: nothing between the SDK and whoever measures."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.registry = Registry.deploy(chain, Parameters())
        self.registry.parameters()

    def play(self, seed: int) -> int:
        """Alice keeps; Bob reverts if she does, and is opened first. All is undone in the end."""
        registry, chain, rng = self.registry, self.chain, _chance(seed)
        origin = chain.snapshot()
        start = chain.head().time + 1
        first = self._published(start, ALICE, rng)
        second = self._published(start + 1, BOB, rng)
        openings = {
            first: Opening(encode(Constant(True)), rng.randbytes(SALT_SIZE)),
            second: Opening(encode(Not(Kept(first.id))), rng.randbytes(SALT_SIZE)),
        }
        for delay, one in enumerate(openings):
            decision, salt = openings[one].decision, openings[one].salt
            seal = registry.domain.seal(one.key, decision, salt)
            self._mined(start + 50 + delay, registry.tx_seal(one, seal))
        self._mined(start + 65, registry.tx_reveal(second, openings[second]))
        opened = self._mined(start + 66, registry.tx_reveal(first, openings[first]))
        last = Resolution(second.key, openings[second].decision)
        resolved = self._mined(start + 67, registry.tx_resolve([last]))
        ends = [(getattr(e, "id", b""), getattr(e, "phase", None)) for e in (*opened, *resolved)]
        if ends != [(first.id, Phase.KEPT), (second.id, Phase.REVERTED_BY_DECISION)]:
            raise WrongOutcome(f"seed {seed}: {ends}")
        chain.restore(origin)
        return 0

    def _published(self, time: int, who: str, rng: Random) -> Commitment:
        registry = self.registry
        key = DARE.key(who, rng.getrandbits(NONCE_BITS))
        (receipt,) = self.chain.mine(time, [registry.tx_publish(key, DARE)])
        registry.outcome(receipt)
        return registry.commitment(key, DARE, receipt)

    def _mined(self, time: int, tx: Tx) -> Sequence[Event]:
        (receipt,) = self.chain.mine(time, [tx])
        return self.registry.outcome(receipt).events


def raw_games(kind: str, seconds: float) -> Row:
    """Games by hand on a kind of chain."""
    with closing(connect(kind)) as chain:
        return measure(f"chicken, raw, {kind}", "games", seconds, RawGame(chain).play)


def matches(kind: str, seconds: float) -> Row:
    """Matches of two agents on a kind of table."""
    game = catalogue.chicken()
    seats = [Seat(Conditional()), Seat(Conditional(), start=1)]

    with open_table(kind) as table:

        def play(seed: int) -> int:
            outcome = Match(game, seats, table, seed=seed).play()
            if outcome.actions != ("Dare", "Swerve"):
                raise WrongOutcome(f"seed {seed}: {outcome.actions}")
            return 0

        return measure(f"chicken, two agents, {kind}", "matches", seconds, play)


# -------------------------------------------------------------------------------- environments


def _action(space: Any, info: Any, observation: Any, rng: Random) -> int:
    """One that is allowed, by the mask where there is one."""
    for told in (info, observation):
        if isinstance(told, dict) and "action_mask" in told:
            return rng.choice(told["action_mask"].nonzero()[0].tolist())  # type: ignore[no-any-return]
    return rng.randrange(int(space.n))


def aec_episode(env: Any, seed: int) -> int:
    """Play one out; how many steps."""
    rng = _chance(seed)
    env.reset(seed=seed)
    steps = 0
    for agent in env.agent_iter():
        observation, _, terminated, truncated, info = env.last()
        over = terminated or truncated
        env.step(None if over else _action(env.action_space(agent), info, observation, rng))
        steps += not over
    return steps


def parallel_episode(env: Any, seed: int) -> int:
    """Play one out; how many steps."""
    rng = _chance(seed)
    observations, infos = env.reset(seed=seed)
    steps = 0
    while env.agents:
        actions = {
            agent: _action(env.action_space(agent), infos[agent], observations[agent], rng)
            for agent in env.agents
        }
        observations, _, _, _, infos = env.step(actions)
        steps += 1
    return steps


def _theirs(face: str) -> Any:
    import pettingzoo

    return pettingzoo.make(face, "classic/rps_v2")


def _ours(face: str, table: str) -> Any:
    import pettingzoo

    import boomerang.envs  # noqa: F401 - registers them

    return pettingzoo.make(face, "boomerang/chicken_v0", table=table)


_EPISODES: dict[str, Callable[[Any, int], int]] = {
    "AEC": aec_episode,
    "parallel": parallel_episode,
}
_NAMES: dict[str, Callable[[str], Any]] = {
    "rock-paper-scissors (PettingZoo)": _theirs,
    "chicken environment, model": partial(_ours, table="model"),
    "chicken environment, pyrevm": partial(_ours, table="pyrevm"),
}
ENVIRONMENTS: dict[str, tuple[Callable[[], Any], Callable[[Any, int], int]]] = {
    f"{name}, {face}": (partial(make, face.lower()), episode)
    for name, make in _NAMES.items()
    for face, episode in _EPISODES.items()
}
"""What is compared, and how an episode of it is played."""


def episodes(what: str, seconds: float) -> Row:
    """Episodes of an environment, one after the other in one object."""
    make, episode = ENVIRONMENTS[what]
    with closing(make()) as env:
        return measure(what, "episodes", seconds, partial(episode, env))


# ------------------------------------------------------------------------------------- the run


def machine() -> dict[str, Any]:
    """What it was measured on, and how busy that was."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": [round(one, 2) for one in os.getloadavg()],
        "python": platform.python_version(),
        "anvil": _anvil_version(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _anvil_version() -> str | None:
    try:
        command = [str(find_anvil()), "--version"]
    except AnvilNotFound:
        return None
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return said.splitlines()[0] if said else None


def plan(seconds: float) -> dict[str, Callable[[], Row]]:
    """The rows, by name."""
    rows: dict[str, Callable[[], Row]] = {}
    for kind in CHAINS:
        rows[f"chicken, raw, {kind}"] = partial(raw_games, kind, seconds)
    for kind in TABLES:
        rows[f"chicken, two agents, {kind}"] = partial(matches, kind, seconds)
    for what in ENVIRONMENTS:
        rows[what] = partial(episodes, what, seconds)
    return rows


def run(seconds: float, only: str = "") -> Iterator[Row | Missing]:
    """Measure row by row, those whose name contains `only`."""
    for what, row in plan(seconds).items():
        if only not in what:
            continue
        try:
            yield row()
        except (AnvilNotFound, ImportError, MissingExtra) as error:
            yield Missing(what, str(error))


def as_json(row: Row | Missing) -> dict[str, Any]:
    """A row with its rates."""
    if isinstance(row, Missing):
        return asdict(row)
    rates = {
        "per_second": round(row.per_second, 2),
        "per_cpu_second": round(row.per_cpu_second, 2),
    }
    if row.steps:
        rates["steps_per_second"] = round(row.steps / row.wall, 2)
        rates["steps_per_cpu_second"] = round(row.steps / row.cpu, 2) if row.cpu else 0.0
    return asdict(row) | rates


HEAD = ("", "done", "wall s", "CPU s", "per s", "per CPU s", "steps/s", "steps/CPU s")


def as_line(row: Row | Missing) -> str:
    """A row for people."""
    if isinstance(row, Missing):
        return f"{row.what:<46} not measured: {row.why}"
    cells = as_json(row)
    numbers = [
        f"{row.count} {row.unit}",
        f"{row.wall:.2f}",
        f"{row.cpu:.2f}",
        f"{row.per_second:,.1f}",
        f"{row.per_cpu_second:,.1f}",
        *(
            f"{cells[name]:,.0f}" if name in cells else ""
            for name in ("steps_per_second", "steps_per_cpu_second")
        ),
    ]
    return _columns([row.what, *numbers])


def _columns(cells: Sequence[str]) -> str:
    first, done, *rest = cells
    return f"{first:<46}{done:>16}" + "".join(f"{cell:>12}" for cell in rest)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each row, or all as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.5, help="for each row")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    chosen = parser.parse_args(arguments)
    before = machine()
    if not chosen.json:
        print(f"{before['processor']}, {before['cores']} cores, load {before['load'][0]}")
        print(", ".join(f"{name} {number}" for name, number in before["packages"].items()), end="")
        print(f", Python {before['python']}, {before['anvil'] or 'no anvil'}\n")
        print(_columns(HEAD))
    rows = []
    for row in run(chosen.seconds, chosen.only):
        rows.append(as_json(row))
        if not chosen.json:
            print(as_line(row), flush=True)
    if chosen.json:
        load = [round(one, 2) for one in os.getloadavg()]
        print(json.dumps({"machine": before, "load_after": load, "rows": rows}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
