"""Runs in which everything goes wrong that a keeper promises to survive, each from one number.

A run has a registry of its own on an anvil that it shares with others, one or two keepers in
processes of their own on one store, two RPC URLs with a bad proxy in each, and a plan of several
commitments that depend on one another. Keepers are killed at random instants and started again,
proxies stall, lie, fail and swallow, the pool loses transactions, and blocks are replaced. In the
end no bond may be missing, and every commitment must have been opened.

    python -m keeper.campaign --runs 200          # from tests/
    python -m keeper.campaign --seed 17           # that run again, alone
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import queue
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from boomerang.chains.base import Tx
from boomerang.chains.node import NodeChain
from boomerang.client import Registry, State
from boomerang.content import Content
from boomerang.keeper.nodes import RpcNode
from boomerang.keeper.watcher import Watcher
from boomerang.model import Phase
from boomerang.parameters import Parameters
from keeper import victim
from keeper.arena import Arena
from keeper.proxy import Proxy

RATE = 3.0
PARAMETERS = {
    "period": 40,
    "seal_delay": 3,
    "reveal_window": 40,
    "offer_cutoff": 20,
    "decline_delay": 5,
    "max_depth": 4,
}
SETTINGS: dict[str, Any] = {
    "poll": 1.0,
    "timeout": 0.6,  # of the wall's seconds
    "hidden_blocks": 3,
    "confirmations": 5,
    "head_age": 8,
    "lease_seconds": 6,
    "bump_seconds": 4.0,
}
MAX_REORG = 3  # as deep as hidden_blocks promises to be safe from
OPENED = {Phase.KEPT, Phase.REVERTED_BY_DECISION, Phase.INVALID_DECISION}
HERE = Path(__file__).resolve().parent


@dataclass
class Result:
    """What a run came to. `wrong` is empty where every promise was kept."""

    seed: int
    wrong: list[str] = field(default_factory=list)
    commitments: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    reorganisations: int = 0
    seconds: float = 0.0
    log: str = ""


def write_plan(rng: random.Random, names: list[str], outsider: bytes) -> tuple[str, int]:
    """A random plan over the accounts `names`: its text, and how many commitments it has."""
    count = rng.randint(3, 5)
    times = sorted(rng.randint(2, 22) for _ in range(count))
    if rng.random() < 0.5:
        times[-1] = times[-2]  # two in one block, most likely: to be drawn
    lines = ["format: boomerang-plan/1", f"name: campaign-{rng.random()}", "commitments:"]
    lines += ["  X:", f'    id: "0x{outsider.hex()}"']
    offers = {
        later: [e for e in range(later) if times[e] < times[later] and rng.random() < 0.4]
        for later in range(count)
    }
    for i in range(count):
        lines += [f"  C{i}:", f"    by: {rng.choice(names)}"]
        bond, cover = rng.choice([0, 1, 10**15]), 0
        if bond and rng.random() < 0.5:
            cover = bond
        lines += [f"    publish: {{at: {times[i]}, statement: c{i}, bond: {bond}, cover: {cover}}}"]
        if offers[i]:
            made = ", ".join(f"{{to: C{e}}}" for e in offers[i])
            lines += [f"    offer: [{made}]"]
        choices = ["X"] if cover == 0 else []
        choices += [f"C{e}" for e in range(i)]
        choices += [f"C{later}" for later in range(i + 1, count) if i in offers[later]]
        decisions = []
        if choices and rng.random() < 0.8:
            named = rng.sample(choices, min(len(choices), rng.randint(1, 3)))
            terms = [rng.choice(["kept({})", "not kept({})"]).format(one) for one in named]
            text = rng.choice([" and ", " or "]).join(terms)
            decisions.append(f'"{rng.choice(["keep", "revert"])} if {text}"')
        decisions.append(rng.choice(["keep", "revert"]))
        at = rng.choice(["", "", f"at: {times[i] + rng.randint(4, 20)}, "])
        lines += [f"    seal: {{{at}decision: [{', '.join(decisions)}]}}"]
    return "\n".join(lines) + "\n", count


class Run:
    """One run, from its seed."""

    def __init__(self, seed: int, arena: Arena, directory: Path, context: Any) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.arena = arena
        self.directory = directory / f"run-{seed}"
        self.directory.mkdir(parents=True)
        self.context = context
        self.result = Result(seed)
        self.stale_until = 0.0

    def play(self) -> Result:
        began = time.monotonic()
        proxies = [Proxy(self.arena.url, stall_seconds=1.0) for _ in range(2)]
        self.keepers: list[Any] = []
        try:
            self._set_up(proxies)
            self._disturb(proxies)
            self._judge()
        except Exception as error:  # told with its seed, whatever it is
            self.result.wrong.append(f"{type(error).__name__}: {error}")
        finally:
            for place, keeper in enumerate(self.keepers):
                if keeper is not None:
                    self.arena.beats.pop((self.seed, place), None)
                    keeper.kill()
                    keeper.join(5)
            for proxy in proxies:
                proxy.close()
        self.result.seconds = time.monotonic() - began
        self.result.log = str(self.directory)
        return self.result

    # ---------------------------------------------------------------------------------- set up

    def _set_up(self, proxies: list[Proxy]) -> None:
        rng, arena = self.rng, self.arena
        secrets = [f"0x{rng.randrange(1, 2**255):064x}" for _ in range(rng.randint(1, 2))]
        self.accounts = [Account.from_key(secret).address for secret in secrets]
        chain = NodeChain(arena.url)
        parameters = Parameters(**PARAMETERS)
        self.first, _ = arena.head()
        # Deployed by an account of its own, so that runs do not wait for one another's nonces.
        deployer = Account.from_key(f"0x{rng.randrange(1, 2**255):064x}").address
        arena.rpc("anvil_impersonateAccount", deployer)
        self._fund([*self.accounts, deployer])
        made = keccak(bytes.fromhex("d694" + deployer[2:] + "80"))[12:]  # rlp([deployer, 0])
        self.registry = Registry(chain, to_checksum_address(made), sender=deployer)
        while not chain.code(self.registry.address):
            arena.send(deployer, None, Registry.tx_deploy(deployer, parameters).data)
            self._blocks(MAX_REORG + 2)  # so that it is never undone
        self._fund([*self.accounts, deployer])
        outsider = Content(statement=b"somebody else's")
        key = outsider.key(deployer, 1)
        tx: Tx = self.registry.tx_publish(key, outsider, value=0)
        arena.send(deployer, self.registry.address, tx.data)
        names = [f"owner{i}" for i in range(len(secrets))]
        text, self.count = write_plan(rng, names, self.registry.domain.commitment_id(key))
        self.result.commitments = self.count
        (self.directory / "plan.yaml").write_text(text)
        self.start = int(arena.clock.now())
        self.config = {
            "clock": str(arena.clock_path),
            "secrets": secrets,
            "names": names,
            "chain_id": 31337,
            "registry": self.registry.address,
            "parameters": PARAMETERS,
            "settings": SETTINGS,
            "store": str(self.directory / "store"),
            "log": str(self.directory / "log"),
            "urls": [proxy.url for proxy in proxies],
            "database": f"sqlite:///{self.directory}/keeper.db",
            "plan": str(self.directory / "plan.yaml"),
            "start": self.start,
            "first": max(0, self.first - 1),
        }
        self.configs = [self.config]
        if rng.random() < 0.3:
            second = dict(self.config)
            if rng.random() < 0.5:  # they know of each other by the chain alone
                second["database"] = f"sqlite:///{self.directory}/other.db"
            self.configs.append(second)
        self.chain = chain

    def _fund(self, accounts: list[str]) -> None:
        """Until no reorganisation can take it back: it is not by a transaction."""
        for _ in range(MAX_REORG + 1):
            for account in accounts:
                if int(self.arena.rpc("eth_getBalance", account, "latest"), 16) < 10**19:
                    self.arena.rpc("anvil_setBalance", account, hex(10**20))
            self._blocks(1)

    def _blocks(self, count: int) -> None:
        wanted = self.arena.head()[0] + count
        while self.arena.head()[0] < wanted:
            time.sleep(0.05)

    def _start_keeper(self, place: int) -> None:
        """Time stands still until it is up: how long it was down is drawn, not the machine's."""
        ready, beat = self.context.Event(), self.context.RawValue("L", 0)
        self.arena.hold((self.seed, place))
        process = self.context.Process(
            target=victim.run, args=(self.configs[place], ready, beat), daemon=True
        )
        process.start()
        ready.wait(10)
        self.arena.beats[self.seed, place] = beat
        self.arena.go_on((self.seed, place))
        self.keepers[place] = process

    # --------------------------------------------------------------------------------- disturb

    def _disturb(self, proxies: list[Proxy]) -> None:
        """Until all is final, or surely never will be."""
        rng = self.rng
        clock = self.arena.clock
        began = clock.now()
        self.keepers = [None] * len(self.configs)
        wake = [began] * len(self.configs)
        kill = [began] * len(self.configs)
        fault = [began + rng.uniform(1.0, 12.0) for _ in proxies]
        limit = self.start + 22 + 40 + 40 + 40 + 60
        look = 0.0
        final_since: float | None = None
        while (now := clock.now()) < limit:
            for place, process in enumerate(self.keepers):
                if process is None and now >= wake[place]:
                    self._start_keeper(place)
                    kill[place] = clock.now() + rng.expovariate(1 / 16.0)
                elif process is not None and now >= kill[place]:
                    self.arena.beats.pop((self.seed, place))
                    process.kill()
                    process.join(5)
                    self.keepers[place] = None
                    wake[place] = now + rng.uniform(0.0, 4.0)
                    self.result.kills += 1
            for place, proxy in enumerate(proxies):
                if now < fault[place]:
                    continue
                other = proxies[1 - place].fault
                if proxy.fault is None and other in (None, "swallow"):
                    chosen = rng.choice(Proxy.FAULTS)
                    self.result.faults[chosen] += 1
                    proxy.begin(chosen)
                    fault[place] = now + rng.uniform(1.5, 9.0)
                elif proxy.fault is None and rng.random() < 0.3:
                    # Both at once, but not for long.
                    chosen = rng.choice(Proxy.FAULTS)
                    self.result.faults[f"{chosen}, both"] += 1
                    proxy.begin(chosen)
                    fault[place] = now + rng.uniform(0.6, 2.4)
                else:
                    proxy.begin(None)
                    fault[place] = now + rng.uniform(1.5, 12.0)
            if now >= look:
                look = now + 2.0
                if not self._all_final():
                    final_since = None
                elif final_since is None:
                    final_since = now
                elif now - final_since > MAX_REORG + 2:  # no reorganisation undoes it any more
                    return
            time.sleep(0.03)

    def _state(self) -> tuple[State, int]:
        node = RpcNode(self.arena.url, {}, 30)
        try:
            for _ in range(20):
                watcher = Watcher(
                    self.registry.domain,
                    Parameters(**PARAMETERS),
                    confirmations=1000,
                    hidden_blocks=0,
                    first=self.config["first"],
                )
                try:
                    view = watcher.look(node, node.head())
                except Exception:  # a reorganisation meanwhile
                    time.sleep(0.05)
                    continue
                return view.state, view.head.block.time
            raise RuntimeError("the chain cannot be read")
        finally:
            node.close()

    def _own(self, state: State) -> list[bytes]:
        return [i for i, c in state.commitments.items() if c.key.committer in self.accounts]

    def _all_final(self) -> bool:
        state, _ = self._state()
        own = self._own(state)
        return len(own) == self.count and all(state.model.record(i).phase.final for i in own)

    # ----------------------------------------------------------------------------------- judge

    def _judge(self) -> None:
        state, now = self._state()
        wrong = self.result.wrong
        own = self._own(state)
        if len(own) != self.count:
            wrong.append(f"{len(own)} of {self.count} were published")
        for known in own:
            phase = state.phase(known, now)
            self.result.phases[phase.label] += 1
            name = state.commitments[known].content.statement.decode()
            if phase not in OPENED:
                wrong.append(f"{name} is {phase.label}")
            elif not state.model.record(known).phase.final:
                wrong.append(f"{name} is {phase.label}, and not settled")
        held = self.chain.balance(self.registry.address)
        if held:
            wrong.append(f"{held} wei of bonds are still in the registry")


def play_all(
    seeds: list[int], *, workers: int, arenas: int, directory: Path, say: Any = None
) -> list[Result]:
    """Many runs, several at a time."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    directory.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["keeper.victim"])
    stop = threading.Event()
    fields = [Arena(RATE, directory) for _ in range(arenas)]
    free: queue.Queue[Arena] = queue.Queue()
    for i in range(workers):
        free.put(fields[i % arenas])

    def shake(arena: Arena, seed: int) -> None:
        rng = random.Random(seed)
        while not arena.clock.wait(stop, rng.uniform(4.0, 12.0)):
            try:
                if rng.random() < 0.6:
                    arena.reorganise(rng.randint(1, MAX_REORG), rng)
                else:
                    arena.drop_pending(rng)
            except Exception as error:
                sys.stderr.write(f"the arena: {error}\n")

    def one(seed: int) -> Result:
        arena = free.get()
        before = arena.reorganisations
        try:
            result = Run(seed, arena, directory, context).play()
            result.reorganisations = arena.reorganisations - before
        finally:
            free.put(arena)
        if say is not None:
            say(result)
        if not result.wrong:
            shutil.rmtree(directory / f"run-{seed}", ignore_errors=True)
        return result

    shakers = [
        threading.Thread(target=shake, args=(arena, seeds[0] + i), daemon=True)
        for i, arena in enumerate(fields)
    ]
    for shaker in shakers:
        shaker.start()
    try:
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(one, seeds))
    finally:
        stop.set()
        for shaker in shakers:
            shaker.join(10)
        for arena in fields:
            arena.close()


def summary(results: list[Result], seconds: float) -> str:
    """What many runs came to, in a few lines."""
    phases: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for result in results:
        phases += result.phases
        faults += result.faults
    wrong = [result for result in results if result.wrong]
    owned, kills = (sum(getattr(r, name) for r in results) for name in ("commitments", "kills"))
    replaced = sum(r.reorganisations for r in results) / len(results)
    lines = [
        f"{len(results)} runs in {seconds:.0f} s, with {owned} commitments",
        f"keepers killed {kills} times; {replaced:.1f} reorganisations in a run, on average",
        "faults of nodes: " + ", ".join(f"{n} {name}" for name, n in sorted(faults.items())),
        "ends: " + ", ".join(f"{n} {name}" for name, n in sorted(phases.items())),
        f"runs in which something was missed: {len(wrong)}",
    ]
    for result in wrong:
        lines.append(f"  seed {result.seed}: {'; '.join(result.wrong)} (log: {result.log}/log)")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--arenas", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="where logs go")
    given = parser.parse_args()
    seeds = (
        [given.seed]
        if given.seed is not None
        else list(range(given.first, given.first + given.runs))
    )
    directory = given.keep or Path(tempfile.mkdtemp(prefix="keeper-campaign-"))
    began = time.monotonic()

    def say(result: Result) -> None:
        state = "; ".join(result.wrong) or "fine"
        told = f"seed {result.seed}: {state} ({result.kills} kills, {result.seconds:.0f} s)\n"
        sys.stdout.write(told)
        sys.stdout.flush()

    results = play_all(
        seeds, workers=given.workers, arenas=given.arenas, directory=directory, say=say
    )
    sys.stdout.write(summary(results, time.monotonic() - began) + "\n")
    return 1 if any(result.wrong for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
