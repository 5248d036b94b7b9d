"""Errors of the tools themselves: bad input, text that does not parse, files, the store, a chain
that does not answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.errors.base import BoomerangError

if TYPE_CHECKING:
    from collections.abc import Sequence


class NotFunded(BoomerangError):
    """An escrow that its owner's tokens or allowances do not cover; nothing was sent."""


class InvalidInput(BoomerangError):
    """A value outside of its range or of the wrong shape; the message names it and its range."""

    exit_code = 2


class Located(BoomerangError):
    """An error at a place in a text. `line` and `column` are from 1; `excerpt` shows the place."""

    exit_code = 2

    def __init__(self, message: str, text: str, offset: int, suggestion: str | None = None) -> None:
        before = text[:offset]
        self.offset = offset
        self.line = before.count("\n") + 1
        self.column = offset - (before.rfind("\n") + 1) + 1
        self.suggestion = suggestion
        self.reason = message
        self.excerpt = _excerpt(text, self.line, self.column)
        hint = f"; did you mean {suggestion!r}?" if suggestion else ""
        where = f"line {self.line}, column {self.column}"
        super().__init__(f"{where}: {message}{hint}\n{self.excerpt}")


def _excerpt(text: str, line: int, column: int, width: int = 76) -> str:
    """The line with a caret below the column, cut to `width` characters around it."""
    content = (text.split("\n")[line - 1] if text else "").replace("\t", " ")
    content = "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in content
    )
    start = max(0, column - 1 - width // 2) if len(content) > width else 0
    return f"  {content[start : start + width]}\n  {' ' * (column - 1 - start)}^"


class DecisionSyntaxError(Located):
    """A decision's or expression's text does not parse. `expected` lists what could stand there."""

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


class UnknownName(Located):
    """A name, or the start of an id, that stands for no commitment that is known."""

    def __init__(self, name: str, text: str, offset: int, suggestion: str | None = None) -> None:
        self.name = name
        super().__init__(f"nothing is known by the name {name!r}", text, offset, suggestion)


class AmbiguousName(Located):
    """The start of an id that several known commitments share; `candidates` are those."""

    def __init__(self, name: str, candidates: Sequence[bytes], text: str, offset: int) -> None:
        self.name = name
        self.candidates = tuple(candidates)
        some = ", ".join(f"0x{candidate.hex()}" for candidate in self.candidates[:3])
        super().__init__(
            f"{name!r} is the start of {len(self.candidates)} ids: {some}", text, offset
        )


class MalformedDecision(BoomerangError):
    """Bytes that are no well-formed expression: `offset` of the byte that breaks, and `why`."""

    exit_code = 2

    def __init__(self, offset: int, why: str) -> None:
        self.offset = offset
        self.why = why
        super().__init__(f"malformed at byte {offset}: {why}")


class DecisionTooLarge(BoomerangError):
    """An expression over a limit of its encoding (section 5): `what` measured `size` > `limit`."""

    exit_code = 2

    def __init__(self, what: str, size: int, limit: int) -> None:
        self.what = what
        self.size = size
        self.limit = limit
        super().__init__(f"the decision has {size} {what}; at most {limit} are allowed")


class ScenarioError(BoomerangError):
    """A scenario file that makes no sense; `line` (from 1) is the line that does not."""

    exit_code = 2

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(f"line {line}: {message}")


class ExpectationFailed(BoomerangError):
    """A scenario ended otherwise than it says it must."""

    exit_code = 1


class StoreError(BoomerangError):
    """The local store of salts and openings cannot do what it must."""

    exit_code = 4


class ChainUnavailable(BoomerangError):
    """A chain does not answer, or cannot do what is asked of it (set a time, reorganise)."""

    exit_code = 3
