"""A match in rounds: publish, offer, seal, open. Few choices, and vectors of what is seen.

For learners and the environments of `boomerang.envs` (docs/environments.md). Needs numpy, and
neither gymnasium nor PettingZoo.
"""

from boomerang.rounds.choices import Choices
from boomerang.rounds.course import Course
from boomerang.rounds.observation import Observer
from boomerang.rounds.rules import Openings, Order, Round, Rules, Stage, Timetable

__all__ = [
    "Choices",
    "Course",
    "Observer",
    "Openings",
    "Order",
    "Round",
    "Rules",
    "Stage",
    "Timetable",
]
