"""A match in rounds as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang import decisions
from boomerang.rounds.choices import places

if TYPE_CHECKING:
    from boomerang.rounds.course import Course


def show(course: Course) -> str:
    """What everybody can see: a line for the round, and one for each commitment."""
    view = course.views[0]
    stage = "end" if course.turn is None else course.turn.stage.name.lower()
    lines = [f"{course.game.name}, second {view.now - course.table.start}: {stage}"]
    order = places(view)
    names = decisions.Names(
        {f"{view.game.players[view.seat_of(one)]}1": one.id for one in view.all()}
    )
    for one in view.all():
        phase = course.state.phase(one.id, view.now)
        player = course.game.players[view.seat_of(one)]
        place = order.get(one.id)
        said = course.state.decision(one.id) if view.device == "boomerang" else None
        opened = ""
        if said and decisions.well_formed(said):
            opened = f': "{decisions.format(decisions.decode(said), names)}"'
        statement = one.content.statement.decode(errors="replace")
        rank = "tied" if place is None else f"place {place}"
        lines.append(f"  {player}1 {statement!r} ({rank}) {phase.label}{opened}")
    if course.outcome is not None:
        paid = ", ".join(
            f"{player} {action} {float(pay):+g}"
            for player, action, pay in zip(
                course.game.players, course.outcome.actions, course.outcome.payoffs, strict=True
            )
        )
        lines.append(f"  {paid}")
    return "\n".join(lines) + "\n"


__all__ = ["show"]
