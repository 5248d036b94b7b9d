"""Where a scenario is played: the model, or a registry on a chain. Both have one face, `World`."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from eth_utils.address import to_checksum_address

from boomerang import actions
from boomerang.actions import codec
from boomerang.actions.on_model import apply
from boomerang.artifacts import load
from boomerang.chains.base import (
    DEFAULT_CHAIN_ID,
    DEFAULT_GENESIS_TIME,
    DEFAULT_TX_GAS,
    DEV_ACCOUNTS,
    Tx,
)
from boomerang.chains.embedded import EmbeddedChain
from boomerang.client.abi import Interface
from boomerang.client.tokens import Erc20
from boomerang.errors import BoomerangError, ChainError, decode_error
from boomerang.hashing import keccak_text
from boomerang.identity import Domain
from boomerang.model import (
    UNLIMITED,
    Env,
    Model,
    Phase,
    PlainTargets,
    Token,
    part_address,
)
from boomerang.scenarios.binding import Binding
from boomerang.scenarios.steps import BYSTANDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from boomerang.actions import Request
    from boomerang.chains.base import Chain, Receipt
    from boomerang.scenarios.schema import Scenario

POCKET = 10**24
"""What the bystander has, who is in no answer."""

RESERVE = 10**24
"""What every account of a chain holds beyond its balance in the scenario."""

_MODEL_REGISTRY = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
"""Where the first contract of a fresh development chain stands."""

INSUFFICIENT_FUNDS = "InsufficientFunds"
"""An agent's step that sends more than the agent has: no chain would take it into a block."""


class TooManyAgents(BoomerangError):
    """A chain that can act for fewer accounts than a scenario has agents."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a request. `gas` is None where there is none."""

    error: str | None = None
    detail: str | None = None
    gas: int | None = None

    @property
    def ok(self) -> bool:
        """Whether it was accepted."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class State:
    """How a commitment stands at the end of the last block. `draw` is 0 until drawn."""

    phase: Phase
    floor: bytes
    depth: int
    draw: int


class World(Protocol):
    """A registry, its agents with their money, and time that passes block by block."""

    @property
    def kind(self) -> str:
        """What the answer calls it."""
        ...

    @property
    def domain(self) -> Domain: ...

    @property
    def start(self) -> int:
        """The Unix second that is second 0 of the scenario."""
        ...

    def address(self, agent: str) -> str:
        """The account of an agent, or of the bystander; the address of a token."""
        ...

    def block(self, at: int, requests: Sequence[Request]) -> list[Result]:
        """One block, `at` seconds from the start, with these requests in this order."""
        ...

    def settled_by(
        self, at: int, requests: Sequence[Request], commitments: Sequence[bytes]
    ) -> list[bool]:
        """Whether the registry would have settled each for good after such a block: a trial, of
        which nothing comes. What has lapsed is settled once somebody resolved it.
        """
        ...

    def phase(self, commitment: bytes) -> Phase:
        """Where a commitment stands at the end of the last block."""
        ...

    def state(self, commitment: bytes) -> State:
        """How a published commitment stands."""
        ...

    def balance(self, agent: str) -> int:
        """What an agent has, gas not counted."""
        ...

    def token_balance(self, token: str, agent: str) -> int:
        """What an agent has of one of the scenario's tokens."""
        ...


def assign_accounts(
    agents: Iterable[str], accounts: Sequence[str], *, more: bool
) -> dict[str, str]:
    """An account for each agent and the bystander.

    `alice`, `bob` and the other names of the development accounts get theirs; the others what is
    left, in order; the bystander the last. With `more`, further addresses are made up.
    """
    names = [agent for agent in agents if agent != BYSTANDER]
    free = list(accounts)
    result: dict[str, str] = {}
    for name in names:
        own = DEV_ACCOUNTS.get(name.casefold())
        if own in free and own is not None:
            result[name] = own
            free.remove(own)
    for name in [*(name for name in names if name not in result), BYSTANDER]:
        if free:
            result[name] = free.pop(-1 if name == BYSTANDER else 0)
        elif more:
            result[name] = _made_up(f"agent {name}")
        else:
            raise TooManyAgents(
                f"this chain acts for {len(accounts)} accounts, one of them for the bystander; "
                f"the scenario has {len(names)} agents"
            )
    return result


def _made_up(name: str) -> str:
    return str(to_checksum_address(keccak_text(f"boomerang scenario {name}")[-20:]))


# ---- the model ---------------------------------------------------------------------------------


class ModelWorld:
    """A scenario's world without a chain: the executable specification, and a purse each.

    Draws follow the order that the scenario fixes, or `draw` where it is given. Commitments of one
    block without such an order stay tied; one that is alone in its block is drawn.
    """

    kind = "model"

    def __init__(self, scenario: Scenario, draw: Sequence[str] | None = None) -> None:
        self.domain = Domain(DEFAULT_CHAIN_ID, _MODEL_REGISTRY)
        self.start = DEFAULT_GENESIS_TIME
        accounts = list(DEV_ACCOUNTS.values())
        self._accounts = assign_accounts(scenario.agents, accounts, more=True)
        self._purse = dict.fromkeys(self._accounts, POCKET) | dict(scenario.agents)
        self._agents = {account: agent for agent, account in self._accounts.items()}
        self._block = 0
        self._now = self.start
        draws = _PlannedDraws(self, scenario, scenario.draw if draw is None else tuple(draw))
        self.model = Model(self.domain, scenario.parameters, draws)
        self._tokens = {token: _made_up(f"token {token}") for token in scenario.tokens}
        contracts = self.model.parts | frozenset(self._tokens.values())
        self.model.targets = PlainTargets(contracts)
        for token, holders in scenario.tokens.items():
            self.model.tokens[self._tokens[token]] = Token()
            for agent in (*scenario.agents, BYSTANDER):
                account = self._accounts[agent]
                self.model.mint(self._tokens[token], account, holders.get(agent, 0))
                self.model.approve(self._tokens[token], account, UNLIMITED)

    def address(self, agent: str) -> str:
        return self._tokens.get(agent) or self._accounts[agent]

    def block(self, at: int, requests: Sequence[Request]) -> list[Result]:
        self._block += 1
        self._now = self.start + at
        return [self._answer(request) for request in requests]

    def settled_by(
        self, at: int, requests: Sequence[Request], commitments: Sequence[bytes]
    ) -> list[bool]:
        before = self.model, self._block, self._now
        self.model = self.model.copy()
        self.block(at, requests)
        records = self.model.state.records
        settled = [one in records and records[one].phase.final for one in commitments]
        self.model, self._block, self._now = before
        return settled

    def phase(self, commitment: bytes) -> Phase:
        return self.model.phase(commitment, self._now)

    def state(self, commitment: bytes) -> State:
        return State(
            phase=self.phase(commitment),
            floor=self.model.floor(commitment),
            depth=self.model.depth(commitment),
            draw=self.model.record(commitment).draw,
        )

    def balance(self, agent: str) -> int:
        return self._purse[agent] + self.model.state.balances.get(self.address(agent), 0)

    def token_balance(self, token: str, agent: str) -> int:
        return self.model.state.tokens.get((self._tokens[token], self._accounts[agent]), 0)

    def _answer(self, request: Request) -> Result:
        action = request.action
        value = action.value if isinstance(action, actions.Publish) else 0
        if value > self.balance(request.agent):
            return _short_of(value, self.balance(request.agent))
        env = Env(self.address(request.agent), self._block, self._now, value)
        try:
            apply(self.model, env, action)
        except ChainError as error:
            return _refused(error, self.start)
        return Result()


@dataclass(frozen=True)
class _PlannedDraws:
    """The draws of the model: by the order given; 1 for what is alone in its block."""

    world: ModelWorld
    scenario: Scenario
    order: tuple[str, ...]

    def draw(self, commitment: bytes, publish_block: int, current_block: int) -> int | None:
        if current_block <= publish_block + self.scenario.parameters.draw_delay:
            return None
        records = self.world.model.state.records
        binding = Binding(self.scenario, self.world.domain, self.world.start, self.world.address)
        ids = [binding.id(name) for name in self.order]
        if commitment in ids:
            return ids.index(commitment) + 1
        alone = sum(one.publish_block == publish_block for one in records.values()) == 1
        return 1 if alone else None


# ---- chains ------------------------------------------------------------------------------------


class ChainWorld:
    """A scenario's world on a chain that makes blocks on demand. Deploys a registry of its own.

    Every account holds a reserve beyond what the scenario gives it, so that no chain ever leaves a
    transaction out of its block; what an agent cannot afford is worked out here.
    """

    def __init__(self, scenario: Scenario, chain: Chain) -> None:
        self.chain = chain
        self.kind = chain.kind
        self._accounts = assign_accounts(
            scenario.agents, chain.accounts(), more=chain.kind in ("pyrevm", "anvil")
        )
        for agent, account in self._accounts.items():
            chain.set_balance(account, scenario.agents.get(agent, POCKET) + RESERVE)
        registry = self._deploy(scenario)
        self.domain = Domain(chain.chain_id, registry)
        self._tokens = self._mint(scenario)
        self._now = chain.head().time
        self.start = self._now + 1

    def address(self, agent: str) -> str:
        return self._tokens.get(agent) or self._accounts[agent]

    def block(self, at: int, requests: Sequence[Request]) -> list[Result]:
        time = self.start + at
        short = self._unaffordable(time, requests)
        sent = [request for i, request in enumerate(requests) if i not in short]
        receipts = iter(self.chain.mine(time, [self._tx(request) for request in sent]))
        self._now = time
        return [
            short[i] if i in short else self._result(next(receipts)) for i in range(len(requests))
        ]

    def settled_by(
        self, at: int, requests: Sequence[Request], commitments: Sequence[bytes]
    ) -> list[bool]:
        snapshot, now = self.chain.snapshot(), self._now
        self.block(at, requests)
        settled = [Phase(self._view("record", one) & 0x0F).final for one in commitments]
        self.chain.restore(snapshot)
        self._now = now
        return settled

    def phase(self, commitment: bytes) -> Phase:
        number, _ = self._view("phase", commitment)
        return Phase(number)

    def state(self, commitment: bytes) -> State:
        floor, depth = self._view("standing", commitment)
        record = self._view("record", commitment)
        drawn = record >> 4 & 1
        draw = record >> 40 & 0xFFFFFFFF if drawn else 0
        return State(self.phase(commitment), floor, depth, draw)

    def balance(self, agent: str) -> int:
        return self.chain.balance(self.address(agent)) - RESERVE

    def token_balance(self, token: str, agent: str) -> int:
        return Erc20(self.chain, self._tokens[token]).balance_of(self._accounts[agent])

    def _deploy(self, scenario: Scenario) -> str:
        data = codec.deployment(scenario.parameters)
        tx = Tx(self._accounts[BYSTANDER], None, data, gas=DEFAULT_TX_GAS)
        return self._created(tx)

    def _created(self, tx: Tx) -> str:
        (receipt,) = self.chain.mine(self.chain.head().time + 1, [tx])
        if not receipt.ok or receipt.contract is None:
            raise decode_error(receipt.output)
        return receipt.contract

    def _mint(self, scenario: Scenario) -> dict[str, str]:
        """The scenario's tokens, which the enforcer may move."""
        bystander = self._accounts[BYSTANDER]
        enforcer = part_address(self.domain.registry, 1)
        contract = Interface(load("TestToken"))
        made: dict[str, str] = {}
        for token, holders in scenario.tokens.items():
            creation = contract.creation(token, token)
            made[token] = self._created(Tx(bystander, None, creation, gas=5_000_000))
            txs = [
                Tx(account, made[token], codec.approval(enforcer, UNLIMITED), gas=200_000)
                for account in self._accounts.values()
            ]
            for agent, amount in holders.items():
                data = contract.functions["mint"].encode(self._accounts[agent], amount)
                txs.append(Tx(bystander, made[token], data, gas=200_000))
            for receipt in self.chain.mine(self.chain.head().time + 1, txs):
                if not receipt.ok:
                    raise decode_error(receipt.output)
        return made

    def _tx(self, request: Request) -> Tx:
        action = request.action
        registry = self.domain.registry
        if isinstance(action, actions.Approve):
            data = codec.approval(part_address(registry, 1), action.amount)
        else:
            data = codec.call(action)
        return Tx(
            sender=self.address(request.agent),
            to=codec.destination(action, registry),
            data=data,
            value=action.value if isinstance(action, actions.Publish) else 0,
            gas=codec.gas_limit(action, data),
        )

    def _result(self, receipt: Receipt) -> Result:
        if receipt.ok:
            return Result(gas=receipt.gas_used)
        return _refused(decode_error(receipt.output), self.start, receipt.gas_used)

    def _view(self, function: str, *arguments: object) -> Any:
        data = codec.view(function, *arguments)
        tx = Tx(self._accounts[BYSTANDER], self.domain.registry, data)
        return codec.answer(function, self.chain.call(tx, at=self._now))

    def _unaffordable(self, time: int, requests: Sequence[Request]) -> dict[int, Result]:
        """The requests of a block (by place) whose agent is short of money when its turn comes.

        What an agent has then may depend on the block's earlier transactions; where it could
        matter, the block is tried out up to there.
        """
        wanted: dict[str, int] = {}
        for request in requests:
            if isinstance(request.action, actions.Publish):
                wanted[request.agent] = wanted.get(request.agent, 0) + request.action.value
        poor = {agent for agent, value in wanted.items() if value > self.balance(agent)}
        short: dict[int, Result] = {}
        for i, request in enumerate(requests):
            if request.agent not in poor or not isinstance(request.action, actions.Publish):
                continue
            before = [self._tx(one) for k, one in enumerate(requests[:i]) if k not in short]
            snapshot = self.chain.snapshot()
            self.chain.mine(time, before)
            has = self.balance(request.agent)
            self.chain.restore(snapshot)
            if request.action.value > has:
                short[i] = _short_of(request.action.value, has)
        return short


def _short_of(value: int, has: int) -> Result:
    return Result(INSUFFICIENT_FUNDS, f"it costs {value} wei, and there are {has}")


def _refused(error: ChainError, start: int, gas: int | None = None) -> Result:
    """A refusal, with the times of its sentence counted from the start of the scenario."""
    return Result(error.name, _from_start(error, start).explain(), gas)


def _from_start(error: ChainError, start: int) -> ChainError:
    changes: dict[str, Any] = {
        name: getattr(error, name) - start
        for name in ("opens_at", "closed_at", "deadline", "earliest", "time")
        if hasattr(error, name)
    }
    return dataclasses.replace(cast("Any", error), **changes) if changes else error


# ---- by name -----------------------------------------------------------------------------------

KINDS = ("model", "pyrevm", "tester", "anvil")
"""What a world can be called, beside `embedded` (pyrevm) and the URL of a node."""


class UnknownWorld(BoomerangError):
    """A name that stands for no kind of chain."""

    exit_code = 2


@contextmanager
def open_worlds(
    name: str, on_chain: Callable[[Scenario, Chain], World] = ChainWorld
) -> Iterator[Callable[[Scenario], World]]:
    """What makes a world of this kind for a scenario. A node is started or reached once for all.
    `on_chain` makes the world where there is a chain.
    """
    if name == "model":
        yield ModelWorld
    elif name in ("pyrevm", "embedded"):
        yield lambda scenario: on_chain(scenario, EmbeddedChain())
    elif name in ("tester", "eth-tester"):
        from boomerang.chains.tester import TesterChain

        yield lambda scenario: on_chain(scenario, TesterChain())
    elif name == "anvil":
        from boomerang.chains.anvil import AnvilChain

        with AnvilChain() as anvil:
            yield lambda scenario: on_chain(scenario, anvil)
    elif name.startswith(("http://", "https://")):
        from boomerang.chains.node import NodeChain

        with NodeChain(name) as node:
            yield lambda scenario: on_chain(scenario, node)
    else:
        known = ", ".join(KINDS)
        raise UnknownWorld(f"no chain is called '{name}': {known}, or the URL of a node")


@contextmanager
def open_world(name: str, scenario: Scenario) -> Iterator[World]:
    """The world of a name, to play one scenario in."""
    with open_worlds(name) as world_for:
        yield world_for(scenario)
