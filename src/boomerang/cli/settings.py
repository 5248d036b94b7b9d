"""What several commands must agree on."""

from __future__ import annotations

import os

from boomerang.errors import InvalidInput

HIDE_VARIABLE = "BOOMERANG_HIDE_BLOCKS"

OPENING_HIDDEN_BLOCKS = 3
"""An opening is shown only when so many blocks stand on top of the freeze (section 8).

A reorganisation could carry an opening back before the freeze, where whoever has seen it can expose
the seal. Three blocks are deep enough for chains whose reorganisations are of one or two."""

_NEVER_REORGANISED = {"pyrevm", "tester"}


def hidden_blocks(kind: str) -> int:
    """For how many blocks after a freeze openings are neither shown nor sent."""
    text = os.environ.get(HIDE_VARIABLE)
    if text is None:
        return 0 if kind in _NEVER_REORGANISED else OPENING_HIDDEN_BLOCKS
    if not text.isdecimal():
        raise InvalidInput(f"{HIDE_VARIABLE} must be a number of blocks, not {text!r}")
    return int(text)
