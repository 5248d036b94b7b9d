"""What is wrong with an intent's text, and where. All are `Located`: they carry line and column
(from 1), show the place, and may suggest what was meant. Names of commitments in `kept(…)` and
`reverted(…)` raise `boomerang.errors.UnknownName` and `AmbiguousName`, which are `Located` too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.errors import InvalidInput, Located

if TYPE_CHECKING:
    from collections.abc import Sequence


class LanguageError(Located):
    """Base: the text of an intent makes no sense at this place."""


class IntentSyntaxError(LanguageError):
    """The text does not parse. `expected` lists what could stand there."""

    def __init__(
        self,
        message: str,
        text: str,
        offset: int,
        expected: Sequence[str] = (),
        suggestion: str | None = None,
    ) -> None:
        self.expected = tuple(expected)
        super().__init__(message, text, offset, suggestion)


class UnknownToken(LanguageError):
    """A token's name that the directory does not have, or something that is no address."""


class UnknownAccount(LanguageError):
    """An account's name that the directory does not have, or something that is no address."""


class UnknownDecimals(LanguageError):
    """An amount or a rate in the own units of a token whose decimals nobody knows."""


class UnknownPool(LanguageError):
    """The pool of two tokens whose address the directory cannot tell."""


class InexactAmount(LanguageError):
    """A number finer than what it counts can be divided. `nearest` are the exact ones around it."""

    def __init__(self, message: str, text: str, offset: int, nearest: Sequence[str]) -> None:
        self.nearest = tuple(nearest)
        super().__init__(message, text, offset, self.nearest[-1])


class InexactRate(LanguageError):
    """A rate that makes the least no whole number of units; the suggestion is the rounded least."""


class NumberOutOfRange(LanguageError):
    """A number beyond what its field can hold, or zero where that makes no sense."""


class BadTime(LanguageError):
    """A time that is neither Unix seconds nor UTC as 2026-11-22T05:00:00Z."""


class WrongDirection(LanguageError):
    """A rate bounded from the side that would let a maker get less, not more."""


class WrongToken(LanguageError):
    """A token that has no place there, such as a limit in a token that is not bought."""


class MissingLimit(LanguageError):
    """A swap or route that does not say what it must bring."""


class LimitTwice(LanguageError):
    """A limit in the `exists` guard and another at the swap."""


class NotReverse(LanguageError):
    """An `exists swap X -> Y` in front of anything but a swap Y -> X."""


class MisplacedGuard(LanguageError):
    """A guard that means nothing before this action, or stands twice where one is allowed."""


class NeedsFresh(LanguageError):
    """A route on a pool's rate that does not ask for `fresh`."""


class BadPath(LanguageError):
    """A route without a path, or a path that leads elsewhere, or passes a token twice."""


class TooMany(LanguageError):
    """More branches, guards, paths or tokens in a path than a message holds."""


class Unreachable(LanguageError):
    """A branch behind one without guards, which takes everything."""


class SellsDiffer(LanguageError):
    """Two branches that sell another token, or another amount."""


class SellsNothing(LanguageError):
    """A program without a branch that sells anything: there is nothing to sign."""


class OptionTwice(LanguageError):
    """`whole` or `in parts`, the deadline or the nonce, said more than once."""


class MalformedMessage(InvalidInput):
    """JSON that is no intent: `where` (such as `branches[0].least`) and `why`."""

    def __init__(self, where: str, why: str) -> None:
        self.where = where
        self.why = why
        super().__init__(f"{where}: {why}" if where else why)
