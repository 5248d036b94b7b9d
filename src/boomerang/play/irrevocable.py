"""A device to compare with: commitments that bind at once (contracts/baselines/Irrevocable.sol).

    with open_irrevocable("pyrevm") as table:
        Match(game, seats, table).play()

A `Publish` binds in the block that includes it, and is final; every other move is impossible. With
`Publish(content, otherwise=...)`, what binds is `otherwise` if anybody has committed before on the
topic: the chain is the judge of that, not what the agent has seen. Contents have no clauses, and an
account commits once on each topic.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from boomerang.artifacts import load
from boomerang.chains import connect
from boomerang.chains.base import Tx
from boomerang.client.abi import Interface
from boomerang.client.state import Commitment
from boomerang.content import Content
from boomerang.errors import ChainError, decode_error
from boomerang.hashing import keccak
from boomerang.identity import ID_SIZE, Domain
from boomerang.model import Phase
from boomerang.parameters import Parameters
from boomerang.play.hand import Hand, ImpossibleMove
from boomerang.play.moves import Publish
from boomerang.play.tables import BYSTANDER, PURSE, ChainTable, Done

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boomerang.actions import Action
    from boomerang.chains.base import Block, Chain
    from boomerang.client.events import Event
    from boomerang.client.state import State
    from boomerang.play.hand import Secrets
    from boomerang.play.moves import OnChain

DEVICE = "irrevocable"
_GAS = 500_000
"""Ample for a commitment with statements of a kilobyte."""


@dataclass(eq=False)
class AlreadyCommitted(ChainError):
    """The account has committed on this topic before, and what is done cannot be undone."""

    prefix = "Irrevocable_"
    abi = (("bytes32", "topic"), ("address", "committer"))
    topic: bytes
    committer: str

    def explain(self) -> str:
        return f"{self.committer} has committed on the topic 0x{self.topic[:4].hex()}… already"


@dataclass(frozen=True, slots=True)
class Commit:
    """The device's one action: bind the sender to `statement`, or to `otherwise`, if given, where
    anybody was before it.
    """

    topic: bytes
    statement: bytes
    otherwise: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """An account was bound to `statement`; `place` counts from 0 within the topic."""

    block: Block
    index: int
    topic: bytes
    committer: str
    place: int
    statement: bytes

    @property
    def id(self) -> bytes:
        """A name for the commitment, as long as a registry's ids."""
        return keccak(self.topic + bytes.fromhex(self.committer[2:]))[:ID_SIZE]


class IrrevocableState:
    """What the device's events tell, in the words of `client.State`: everything is kept."""

    def __init__(self) -> None:
        self.commitments: dict[bytes, Commitment] = {}

    def apply(self, event: Committed) -> None:
        """Take in the next event."""
        content = Content(topic=event.topic, statement=event.statement)
        key = content.key(event.committer, event.place)
        time = event.block.time
        self.commitments[event.id] = Commitment(event.id, key, content, event.block, time)

    def phase(self, commitment: bytes, time: int) -> Phase:
        """Bound from the first second on."""
        del time
        return Phase.KEPT if commitment in self.commitments else Phase.UNPUBLISHED

    def plan(self, time: int) -> tuple[()]:
        """There is nothing to resolve."""
        del time
        return ()

    def group_plan(self, time: int) -> tuple[()]:
        """There are no groups."""
        del time
        return ()

    def executable(self, time: int) -> tuple[()]:
        """There is nothing to execute."""
        del time
        return ()


class IrrevocableHand(Hand):
    """Carries out the one move that the device knows."""

    def action(self, move: OnChain, state: State) -> Action:
        """See `Hand`. Raises ImpossibleMove."""
        del state
        if not isinstance(move, Publish):
            what = type(move).__name__
            raise ImpossibleMove(f"commitments bind at once here: there is nothing to {what}")
        if move.content.clauses is not None or move.bond:
            raise ImpossibleMove("commitments of this device hold nothing but a statement")
        otherwise = None if move.otherwise is None else move.otherwise.statement
        made = Commit(move.content.topic, move.content.statement, otherwise)
        return cast("Action", made)


class IrrevocableTable(ChainTable):
    """A table on a test chain, with the device in place of a registry. Of the `parameters`, the
    period tells how long a match goes on; nothing else means anything here.
    """

    device = DEVICE

    def __init__(self, chain: Chain, parameters: Parameters | None = None) -> None:
        self.chain = chain
        self.kind = chain.kind
        self.parameters = parameters or Parameters()
        deployer = chain.accounts()[0]
        data = _interface().creation()
        (receipt,) = chain.mine(chain.head().time + 1, [Tx(deployer, None, data)])
        if not receipt.ok or receipt.contract is None:
            raise decode_error(receipt.output)
        self.domain = Domain(chain.chain_id, receipt.contract)
        self._ready = {BYSTANDER}
        chain.set_balance(BYSTANDER, PURSE)
        self.start = chain.head().time
        self._origin = chain.snapshot()

    def block(self, time: int, sent: Sequence[tuple[str, Action]]) -> list[Done]:
        receipts = self.chain.mine(time, [self._tx(sender, action) for sender, action in sent])
        done = []
        for receipt in receipts:
            error = None if receipt.ok else decode_error(receipt.output)
            events = []
            for log in receipt.logs:
                decoded = _interface().read(log)
                if decoded is not None:
                    event = Committed(block=log.block, index=log.index, **decoded.arguments)
                    events.append(cast("Event", event))
            done.append(Done(error, receipt.gas_used, tuple(events)))
        return done

    def blank(self) -> State:
        return cast("State", IrrevocableState())

    def hand(self, account: str, secrets: Secrets) -> Hand:
        return IrrevocableHand(account, self.domain, self.parameters, secrets)

    def _tx(self, sender: str, action: Any) -> Tx:
        functions = _interface().functions
        if action.otherwise is None:
            data = functions["commit"].encode(action.topic, action.statement)
        else:
            data = functions["commitUnlessSecond"].encode(
                action.topic, action.statement, action.otherwise
            )
        return Tx(sender, self.domain.registry, data, gas=_GAS)


@contextmanager
def open_irrevocable(
    name: str = "pyrevm", parameters: Parameters | None = None
) -> Iterator[IrrevocableTable]:
    """A table by the kind of its chain, closed at the end. Raises InvalidInput for other names."""
    table = IrrevocableTable(connect(name), parameters)
    try:
        yield table
    finally:
        table.close()


@cache
def _interface() -> Interface:
    return Interface(load("Irrevocable"))


__all__ = [
    "DEVICE",
    "AlreadyCommitted",
    "Commit",
    "Committed",
    "IrrevocableState",
    "IrrevocableTable",
    "open_irrevocable",
]
