"""What arenas refuse with: one class for each error of `contracts/arenas/Arena.sol`, by its name.

`boomerang.errors.decode_error` knows them once this module is imported. Times are Unix seconds,
amounts are in the token's smallest unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from boomerang.errors import ChainError
from boomerang.errors.base import short_id


class Stage(IntEnum):
    """Where a match stands. The numbers are the ABI's."""

    NONE = 0
    """No such match."""
    OPEN = 1
    """Players join."""
    RUNNING = 2
    """All have joined."""
    OVER = 3
    """Settled, or called off."""


class ArenaError(ChainError, named=False):
    """A refusal by an arena."""

    prefix = "Arena_"


@dataclass(eq=False)
class BadTerms(ArenaError):
    """A term that is out of range, or makes no game."""

    abi = (("string", "name"),)
    term: str

    def explain(self) -> str:
        return f"the terms make no match of this game: {self.term}"


@dataclass(eq=False)
class AlreadyCreated(ArenaError):
    """The same sponsor has made a match of the same terms before."""

    abi = (("bytes32", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"the match {short_id(self.id)} exists; another salt makes another one"


@dataclass(eq=False)
class WrongStage(ArenaError):
    """The match is in a stage that does not allow the action."""

    abi = (("bytes32", "id"), ("uint8", "stage"))
    id: bytes
    stage: int

    def explain(self) -> str:
        words = {
            Stage.NONE: "does not exist",
            Stage.OPEN: "has not begun: somebody has not joined",
            Stage.RUNNING: "has begun",
            Stage.OVER: "is over",
        }
        return f"the match {short_id(self.id)} {words[Stage(self.stage)]}"


@dataclass(eq=False)
class TooEarly(ArenaError):
    """A window has not opened; `opens_at` is its first second."""

    abi = (("bytes32", "id"), ("uint256", "opensAt"), ("uint256", "time"))
    id: bytes
    opens_at: int
    time: int

    def explain(self) -> str:
        return (
            f"for the match {short_id(self.id)} this is possible from second {self.opens_at}; "
            f"it is {self.time}"
        )


@dataclass(eq=False)
class TooLate(ArenaError):
    """A window has closed; `closed_at` is the first second after it."""

    abi = (("bytes32", "id"), ("uint256", "closedAt"), ("uint256", "time"))
    id: bytes
    closed_at: int
    time: int

    def explain(self) -> str:
        return (
            f"for the match {short_id(self.id)} this was possible before second {self.closed_at}; "
            f"it is {self.time}"
        )


@dataclass(eq=False)
class NotAPlayer(ArenaError):
    """The account is none of the match's players."""

    abi = (("bytes32", "id"), ("address", "account"))
    id: bytes
    account: str

    def explain(self) -> str:
        return f"{self.account} does not play in the match {short_id(self.id)}"


@dataclass(eq=False)
class AlreadyJoined(ArenaError):
    """The player has put up the stake."""

    abi = (("bytes32", "id"), ("address", "player"))
    id: bytes
    player: str

    def explain(self) -> str:
        return f"{self.player} has joined the match {short_id(self.id)} before"


@dataclass(eq=False)
class UnknownCommitment(ArenaError):
    """The player has published nothing with this topic, stake and body."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"the player published no such commitment about this match: {short_id(self.id)}"


@dataclass(eq=False)
class AlreadyEntered(ArenaError):
    """The commitment counts already."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"{short_id(self.id)} was entered before"


@dataclass(eq=False)
class StatesNoAction(ArenaError):
    """The statement is none that this game knows."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"the statement of {short_id(self.id)} is no action of this game"


@dataclass(eq=False)
class TooManyEntries(ArenaError):
    """As many commitments of the player count as may."""

    abi = (("address", "player"),)
    player: str

    def explain(self) -> str:
        return f"no more commitments of {self.player} may be entered"


@dataclass(eq=False)
class NotFinal(ArenaError):
    """A commitment that counts may still be kept or reverted."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"the outcome of {short_id(self.id)} is not final"


@dataclass(eq=False)
class NothingOwed(ArenaError):
    """The account has nothing to withdraw."""

    abi = (("address", "account"),)
    account: str

    def explain(self) -> str:
        return f"nothing is owed to {self.account}"


@dataclass(eq=False)
class TokenMismatch(ArenaError):
    """Not what was named arrived: the token takes a fee."""

    abi = (("uint256", "expected"), ("uint256", "received"))
    expected: int
    received: int

    def explain(self) -> str:
        return f"{self.received} of the token arrived, not {self.expected}: it takes a fee"


class PublicGoodsArenaError(ChainError, named=False):
    """A refusal by the arena of public goods alone."""

    prefix = "PublicGoodsArena_"


@dataclass(eq=False)
class BadFactor(PublicGoodsArenaError):
    """A factor outside of 10,000 to 160,000 basis points."""

    abi = (("uint256", "factor"),)
    factor: int

    def explain(self) -> str:
        return f"a factor of {self.factor} basis points is not between 10000 and 160000"


class MatrixArenaError(ChainError, named=False):
    """A refusal by the arena of games given as tables alone."""

    prefix = "MatrixArena_"


@dataclass(eq=False)
class BadGame(MatrixArenaError):
    """The table makes no game, or one that does not fit; `part` says what of it."""

    abi = (("string", "what"),)
    part: str

    def explain(self) -> str:
        return f"this table makes no game that an arena can pay: {self.part}"
