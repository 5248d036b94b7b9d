"""Where matches are played: a registry with a clock, on the reference model or on a chain.

A table is set up once and used for many matches; `begin` puts it back to where it was, so that a
match depends on nothing that was played before.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from eth_utils.address import to_checksum_address

from boomerang import actions
from boomerang.actions import codec
from boomerang.actions.on_model import apply
from boomerang.chains.base import DEFAULT_CHAIN_ID, DEFAULT_GENESIS_TIME, DEV_ACCOUNTS, Tx
from boomerang.client.state import State
from boomerang.errors import BoomerangError, ChainError, decode_error
from boomerang.hashing import keccak_text
from boomerang.identity import Domain
from boomerang.model import Env, HashDraws, Model
from boomerang.parameters import Parameters
from boomerang.play.hand import Hand
from boomerang.play.model_events import typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boomerang.actions import Action
    from boomerang.chains.base import Block, Chain
    from boomerang.client.events import Event
    from boomerang.play.hand import Secrets

BYSTANDER = DEV_ACCOUNTS["trent"]
"""Who resolves and executes when all is over, and records draws: it could be anybody."""

PURSE = 10**40
"""Wei that every account has: more than bonds and escrows can be, as on the model, where nobody is
short of money.
"""


class UnknownTable(BoomerangError):
    """A name that stands for no kind of table, or more seats than a table has."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an action in a block. `gas` is 0 on the model."""

    error: ChainError | None
    gas: int
    events: tuple[Event, ...]


class Table(Protocol):
    """A registry that matches are played on, one after the other."""

    kind: str
    device: str
    domain: Domain
    parameters: Parameters

    @property
    def start(self) -> int:
        """The Unix second that is second 0 of every match."""
        ...

    def begin(self, seats: int, coded: Sequence[int] = ()) -> list[str]:
        """A new match: everything is as at first. The accounts of the seats; those of `coded`
        have code.
        """
        ...

    def block(self, time: int, sent: Sequence[tuple[str, Action]]) -> list[Done]:
        """One block at a Unix second, with these actions in this order."""
        ...

    def blank(self) -> State:
        """The state before anything has happened, to which events are applied."""
        ...

    def hand(self, account: str, secrets: Secrets) -> Hand:
        """What carries out an account's moves."""
        ...

    def close(self) -> None:
        """Let go of what is held."""
        ...


def seat_accounts(seats: int) -> list[str]:
    """Accounts for so many seats: the development accounts first, then made-up ones."""
    known = [account for account in DEV_ACCOUNTS.values() if account != BYSTANDER]
    more = range(len(known), seats)
    made_up = (to_checksum_address(keccak_text(f"boomerang seat {n}")[-20:]) for n in more)
    return [*known[:seats], *map(str, made_up)]


# Code that does nothing: an account that has it is no plain key (section 4 of the protocol).
_CODE = bytes.fromhex("00")


class ChainTable:
    """A table on a test chain, with a registry of its own."""

    device = "boomerang"

    def __init__(self, chain: Chain, parameters: Parameters | None = None) -> None:
        from boomerang.client.contracts import Contracts

        self.chain = chain
        self.kind = chain.kind
        self.parameters = parameters or Parameters()
        data = codec.deployment(self.parameters)
        deployer = chain.accounts()[0]
        (receipt,) = chain.mine(chain.head().time + 1, [Tx(deployer, None, data, gas=16_000_000)])
        if not receipt.ok or receipt.contract is None:
            raise decode_error(receipt.output)
        self.domain = Domain(chain.chain_id, receipt.contract)
        self.contracts = Contracts(receipt.contract)
        self._ready = {BYSTANDER}
        chain.set_balance(BYSTANDER, PURSE)
        self.start = chain.head().time
        self._origin = chain.snapshot()

    def begin(self, seats: int, coded: Sequence[int] = ()) -> list[str]:
        self.chain.restore(self._origin)
        accounts = seat_accounts(seats)
        missing = [account for account in accounts if account not in self._ready]
        if missing:
            if self.kind == "tester" and seats >= len(DEV_ACCOUNTS):
                raise UnknownTable(f"eth-tester acts for {len(DEV_ACCOUNTS) - 1} seats at most")
            for account in missing:
                self.chain.set_balance(account, PURSE)
            self._ready |= set(missing)
            self._origin = self.chain.snapshot()
        for seat in coded:
            self.chain.set_code(accounts[seat], _CODE)
        return accounts

    def block(self, time: int, sent: Sequence[tuple[str, Action]]) -> list[Done]:
        receipts = self.chain.mine(time, [self._tx(sender, action) for sender, action in sent])
        read = self.contracts.read
        return [
            Done(None, receipt.gas_used, tuple(read(receipt.logs)))
            if receipt.ok
            else Done(decode_error(receipt.output), receipt.gas_used, ())
            for receipt in receipts
        ]

    def blank(self) -> State:
        return State(self.domain, self.parameters)

    def hand(self, account: str, secrets: Secrets) -> Hand:
        return Hand(account, self.domain, self.parameters, secrets)

    def close(self) -> None:
        self.chain.close()

    def _tx(self, sender: str, action: Action) -> Tx:
        data = codec.call(action)
        value = action.value if isinstance(action, actions.Publish) else 0
        to = codec.destination(action, self.domain.registry)
        return Tx(sender, to, data, value, codec.gas_limit(action, data))


class ModelTable:
    """A table on the reference model: no chain, no gas. Ids, order and draws come out as on the
    in-process chain.
    """

    kind = "model"
    device = "boomerang"
    start = DEFAULT_GENESIS_TIME + 1

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()
        # Where the first contract of a fresh development chain stands.
        self.domain = Domain(DEFAULT_CHAIN_ID, "0x5FbDB2315678afecb367f032d93F642f64180aa3")
        self.begin(0)

    def begin(self, seats: int, coded: Sequence[int] = ()) -> list[str]:
        draws = HashDraws(_block_hash, self.parameters.draw_delay)
        self.model = Model(self.domain, self.parameters, draws)
        self._number = 1
        accounts = seat_accounts(seats)
        self._coded = {accounts[seat] for seat in coded}
        return accounts

    def block(self, time: int, sent: Sequence[tuple[str, Action]]) -> list[Done]:
        from boomerang.chains.base import Block

        self._number += 1
        block = Block(self._number, time)
        index = 0
        answers = []
        for sender, action in sent:
            done = self._done(block, index, sender, action)
            index += len(done.events)
            answers.append(done)
        return answers

    def blank(self) -> State:
        return State(self.domain, self.parameters)

    def hand(self, account: str, secrets: Secrets) -> Hand:
        return Hand(account, self.domain, self.parameters, secrets)

    def close(self) -> None:
        """Nothing is held."""

    def _done(self, block: Block, index: int, sender: str, action: Action) -> Done:
        value = action.value if isinstance(action, actions.Publish) else 0
        env = Env(sender, block.number, block.time, value, sender not in self._coded)
        events = self.model.state.events
        before = len(events)
        try:
            apply(self.model, env, action)
        except ChainError as error:
            return Done(error, 0, ())
        logged = self.model.state.events[before:]
        return Done(None, 0, tuple(typed(e, block, index + i) for i, e in enumerate(logged)))


def _block_hash(number: int) -> bytes:
    """As on the in-process chain."""
    return keccak_text(str(number))


KINDS = ("model", "pyrevm", "tester", "anvil")
"""What a table can be called, beside the URL of a test node."""


@contextmanager
def open_table(name: str, parameters: Parameters | None = None) -> Iterator[Table]:
    """A table by the name of its kind, closed at the end. Raises UnknownTable."""
    table: Table
    if name == "model":
        table = ModelTable(parameters)
    elif name in KINDS or name.startswith(("http://", "https://")):
        table = ChainTable(_chain(name), parameters)
    else:
        known = ", ".join(KINDS)
        raise UnknownTable(f"no table is called {name!r}: {known}, or the URL of a test node")
    try:
        yield table
    finally:
        table.close()


def _chain(name: str) -> Chain:
    if name == "pyrevm":
        from boomerang.chains.embedded import EmbeddedChain

        return EmbeddedChain()
    if name == "tester":
        from boomerang.chains.tester import TesterChain

        return TesterChain()
    if name == "anvil":
        from boomerang.chains.anvil import AnvilChain

        return AnvilChain()
    from boomerang.chains.node import NodeChain

    return NodeChain(name)


__all__ = [
    "BYSTANDER",
    "KINDS",
    "ChainTable",
    "Done",
    "ModelTable",
    "Table",
    "UnknownTable",
    "open_table",
    "seat_accounts",
]
