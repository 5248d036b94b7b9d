"""What anybody may do, at a second, so that all becomes final and is carried out.

For whoever clears the table: the bystander of a match, the referee of agents in processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang import actions
from boomerang.play.tables import BYSTANDER

if TYPE_CHECKING:
    from boomerang.actions import Action
    from boomerang.client.state import State


def resolving(state: State, now: int) -> list[Action]:
    """One action that resolves all that can be; none where there is nothing."""
    plan = state.plan(now)
    return [actions.Resolve(tuple((one.key, one.decision) for one in plan))] if plan else []


def grouping(state: State, now: int) -> list[Action]:
    """An action for each group that can be resolved."""
    plan = state.group_plan(now)
    return [actions.Settle(ids, tuple(state.group_decisions(ids))) for ids in plan]


def executing(state: State, now: int) -> list[Action]:
    """An action for each commitment whose clauses can be carried out, or its escrow sent home."""
    ready = (state.commitments[one] for one in state.executable(now))
    return [
        actions.Execute(one.key, one.content.topic, one.content.body, BYSTANDER) for one in ready
    ]


def due(state: State, now: int) -> list[Action]:
    """What comes next: resolutions, then groups, then executions; empty when all is done."""
    return resolving(state, now) or grouping(state, now) or executing(state, now)


__all__ = ["due", "executing", "grouping", "resolving"]
