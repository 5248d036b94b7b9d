"""How deep a JSON text nests, before it is read: Python's parser recurses in C, and where some
library has raised the recursion limit, a deep text takes the whole process down.
"""

from __future__ import annotations

import re
from typing import Final

MOST: Final = 100
"""Far deeper than any file of ours."""
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


def too_deep(text: str | bytes, most: int = MOST) -> bool:
    """Whether more than `most` arrays and objects stand in one another, in any text."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
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
