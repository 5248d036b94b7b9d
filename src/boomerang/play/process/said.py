"""An outcome as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boomerang.identity import format_id

if TYPE_CHECKING:
    from boomerang.play.outcome import Outcome


def outcome_said(outcome: Outcome) -> dict[str, Any]:
    """Exact numbers as text ("10", "5/2"): utils of each seat."""
    return {
        "actions": list(outcome.actions),
        "payoffs": [str(payoff) for payoff in outcome.payoffs],
        "payments": [str(wei) for wei in outcome.payments],
        "lost": [str(wei) for wei in outcome.lost],
        "commitments": [
            {
                "id": format_id(one.id),
                "seat": one.seat,
                "statement": one.statement,
                "phase": one.phase.name,
                "published": one.published,
            }
            for one in outcome.commitments
        ],
        "refused": [[str(one.error) for one in seat] for seat in outcome.refused],
    }


__all__ = ["outcome_said"]
