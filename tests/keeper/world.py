"""A keeper in this process, on a chain whose time the test holds."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boomerang.chains.base import DEV_ACCOUNTS, Chain
from boomerang.client import Registry
from boomerang.games import GAMES, Entry, Payoff, payments_due, score
from boomerang.keeper import Keeper, Settings, Tasks, read_plan
from boomerang.keeper.clock import ChainClock
from boomerang.keeper.database import Database
from boomerang.keeper.journal import open_journal
from boomerang.keeper.nodes import ChainNode, Node, Pool
from boomerang.store import Store

ALICE, BOB = DEV_ACCOUNTS["alice"], DEV_ACCOUNTS["bob"]

CHICKEN_PLAN = """
format: boomerang-plan/1
name: chicken
commitments:
  A1:
    by: alice
    publish: {at: 1, statement: Dare, bond: 100}
    seal: {at: 55, decision: keep}
  B1:
    by: bob
    publish: {at: 2, statement: Dare, bond: 100}
    seal: {at: 53, decision: "revert if kept(A1)"}
"""

BARGAIN_PLAN = """
format: boomerang-plan/1
name: bargain
commitments:
  A1:
    by: alice
    publish: {at: 1, statement: Dare, bond: 100}
    seal: {at: 55, decision: ["revert if kept(B2)", keep]}
  B1:
    by: bob
    publish: {at: 2, statement: Dare, bond: 100}
    seal: {at: 53, decision: "revert if kept(A1) or kept(B2)"}
  B2:
    by: bob
    publish:
      at: 37
      statement: Stop, say Alice is the more badass, pay her 1
      bond: 100
      pay: {alice: 1}
      guard: not kept(A1)
    offer: [{to: A1, at: 37}, {to: B1, at: 37}]
    seal: {decision: keep}
"""


def who(name: str) -> str:
    return DEV_ACCOUNTS.get(name, name)


@dataclass
class Seat:
    """A keeper with what it holds."""

    keeper: Keeper
    tasks: Tasks
    store: Store
    database: Database
    out: io.StringIO

    def said(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    def events(self) -> list[str]:
        return [line["event"] for line in self.said()]


def seat(
    registry: Registry,
    directory: Path,
    accounts: list[str],
    *,
    plan: str | None = None,
    start: int = 0,
    tasks: Tasks | None = None,
    settings: Settings | None = None,
    store: Store | None = None,
    database: str | None = None,
    nodes: list[Node] | None = None,
    clock: Any = None,
    **more: Any,
) -> Seat:
    """A keeper on the registry's own chain, with a store and a database of its own."""
    directory.mkdir(parents=True, exist_ok=True)
    settings = settings or Settings(hidden_blocks=0)
    chain: Chain = registry.chain
    if tasks is None:
        tasks = Tasks() if plan is None else read_plan(plan, registry.domain, who, start=start)
    store = store or Store(directory / "store")
    book = Database(database or f"sqlite:///{directory / 'keeper.db'}")
    clock = clock or ChainClock(chain)
    out = io.StringIO()
    keeper = Keeper(
        registry.domain,
        registry.parameters(),
        accounts,
        pool=Pool(nodes or [ChainNode(chain)], chain.chain_id, settings.timeout),
        store=store,
        database=book,
        tasks=tasks,
        settings=settings,
        clock=clock,
        journal=open_journal(clock.now, stream=out, level="debug"),
        follow=nodes is not None,
        **more,
    )
    return Seat(keeper, tasks, store, book, out)


def payoffs(registry: Registry, names: dict[str, bytes]) -> dict[str, Payoff]:
    """What the game pays for the outcomes on chain; payments where their guard is true."""
    state, time = registry.state(), registry.chain.now()
    kept = {known: state.phase(known, time).kept for known in state.commitments}
    people = {address: name for name, address in DEV_ACCOUNTS.items()}
    entries = [
        Entry(
            name,
            people[state.commitments[known].key.committer],
            state.commitments[known].content.statement.decode(),
            kept[known],
            payments_due(state.commitments[known].content.clauses, kept, people),
        )
        for name, known in names.items()
    ]
    return score(GAMES["chicken"], ("alice", "bob"), entries)
