"""What can go wrong with agents in processes of their own."""

from __future__ import annotations

from boomerang.chains.base import ChainFault
from boomerang.errors import BoomerangError, InvalidInput, StoreError


class BadTask(InvalidInput):
    """A description of a seat in a match that makes no sense."""


class NotYourSeat(InvalidInput):
    """The key at hand is not that of the seat: nobody acts as somebody else."""

    def __init__(self, seat: int, account: str, own: str) -> None:
        self.seat = seat
        self.account = account
        self.own = own
        super().__init__(f"seat {seat} is {account}'s, and the key at hand is that of {own}")


class BadKey(InvalidInput):
    """No private key, or one that others can read."""


class JournalDamaged(StoreError):
    """The record of a match cannot be read, or is that of another one."""


class Reorganised(ChainFault):
    """Blocks that were followed are no longer part of the chain. Whoever follows begins anew."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"block {number} has been replaced")


class ProcessDied(BoomerangError):
    """An agent's process ended by itself; `output` is the last that it said."""

    exit_code = 70

    def __init__(self, name: str, code: int | None, output: str) -> None:
        self.name = name
        self.code = code
        self.output = output
        how = "says nothing any more" if code is None else f"ended with {code}"
        super().__init__(f"{name}: its process {how}\n{output}".rstrip())


class MatchUnfinished(BoomerangError):
    """A match did not come to its end in the time that it was given."""


__all__ = [
    "BadKey",
    "BadTask",
    "JournalDamaged",
    "MatchUnfinished",
    "NotYourSeat",
    "ProcessDied",
    "Reorganised",
]
