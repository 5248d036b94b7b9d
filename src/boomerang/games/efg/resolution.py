"""What sealed decisions come to, once it is known who opened and who stayed silent (section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.decisions import atoms, evaluate
from boomerang.games.efg.errors import BadTree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boomerang.decisions import Expression
    from boomerang.games.efg.protocol import Silence


def resolve(
    sealed: Mapping[bytes, Expression], opened: Mapping[bytes, bool], silence: Silence = "revert"
) -> dict[bytes, bool]:
    """Whether each commitment is kept, by id. BadTree for decisions that wait for each other, which
    the rules of section 6 exclude.
    """
    kept = {one: silence == "keep" for one in sealed if not opened[one]}
    while len(kept) < len(sealed):
        ready = [
            one
            for one, decision in sealed.items()
            if one not in kept and all(atom in kept for atom in atoms(decision))
        ]
        if not ready:
            raise BadTree("decisions wait for each other")
        for one in ready:
            kept[one] = evaluate(sealed[one], kept)
    return kept
