"""JSON from strangers: read strictly, or refused with a reason.

Python's own parser recurses in C, and where some library has raised the recursion limit, a deep
text takes the whole process down: how deep a text nests is seen before it is read. And readers
differ on which of two equal keys counts, so neither does.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from boomerang.errors import InvalidInput

DEEPEST: Final = 100
"""Far deeper than any file of ours."""
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


class BadJson(InvalidInput):
    """No JSON that would be read. `key` is what stands there twice, if that is why; `line` counts
    from 1, and is 0 where no line is to blame.
    """

    def __init__(self, why: str, *, key: str | None = None, line: int = 0) -> None:
        self.why = why
        self.key = key
        self.line = line
        super().__init__(why)


def loads(text: str | bytes) -> Any:
    """The data of a text. Raises BadJson: it is no JSON (bytes that are no text included), nests
    deeper than DEEPEST, has a key twice in one object, or NaN or an infinity for a number.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode(json.detect_encoding(text))
        except UnicodeDecodeError as error:
            raise BadJson(f"not JSON: {error}") from None
    if too_deep(text):
        raise BadJson("it nests too deep")
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except BadJson:
        raise
    except json.JSONDecodeError as error:
        raise BadJson(f"not JSON: {error}", line=error.lineno) from None
    except ValueError as error:  # a number of thousands of digits
        raise BadJson(f"not JSON: {error}") from None


def too_deep(text: str, most: int = DEEPEST) -> bool:
    """Whether more than `most` arrays and objects stand in one another, in any text."""
    depth = 0
    for token in _TOKEN.finditer(text):
        first = token[0][0]
        if first in "[{":
            depth += 1
            if depth > most:
                return True
        elif first in "]}":
            depth -= 1
    return False


def _no_number(name: str) -> Any:
    """Python's parser takes these, which are no JSON."""
    raise BadJson(f"{name} is no number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in pairs:
        if key in data:
            short = key if len(key) <= 50 else f"{key[:49]}…"
            raise BadJson(f"{short!r} stands there twice", key=short)
        data[key] = value
    return data
