"""Which blocks a play has, before anything is played: the same on every chain, and on the model.

One block for each second that has steps. Two or more publications in one block need a draw: the
blocks up to the one whose hash decides it are made at the seconds that follow (empty ones where no
step falls), and a bystander records the draw at the start of the first block that can. A last block
at `until` resolves whatever can be resolved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from boomerang.scenarios.steps import Publish

if TYPE_CHECKING:
    from boomerang.scenarios.schema import Scenario


@dataclass
class PlannedBlock:
    """One block: first the draws, then the steps, then, in the last block, the resolutions."""

    at: int
    steps: list[int] = field(default_factory=list)
    draws: list[int] = field(default_factory=list)
    closing: bool = False


def plan(scenario: Scenario) -> list[PlannedBlock]:
    """The blocks of a play, in the order of time. `draws` name the second of the block drawn."""
    blocks: dict[int, PlannedBlock] = {}

    def block(at: int) -> PlannedBlock:
        return blocks.setdefault(at, PlannedBlock(at))

    published: dict[int, int] = {}
    for index, step in enumerate(scenario.steps):
        block(step.at).steps.append(index)
        if isinstance(step, Publish):
            published[step.at] = published.get(step.at, 0) + 1
    parameters = scenario.parameters
    for at, count in published.items():
        drawn_at = at + parameters.draw_delay + 1
        if count < 2 or drawn_at >= at + parameters.period or drawn_at > scenario.until:
            continue
        for second in range(at + 1, drawn_at):
            block(second)
        block(drawn_at).draws.append(at)
    block(scenario.until).closing = True
    return [blocks[at] for at in sorted(blocks)]
