"""A keeper: a service that seals, opens, draws and settles in time, whatever happens to it.

    keeper = Keeper(domain, parameters, [alice], pool=…, store=…, database=…, tasks=…, …)
    keeper.run(stop)

`boomerang keeper` runs it; docs/keeper.md says what it promises and why.
"""

from boomerang.keeper.actions import Action, Kind
from boomerang.keeper.planner import Missed, Situation, missed, plan
from boomerang.keeper.service import Keeper, Round
from boomerang.keeper.settings import Settings
from boomerang.keeper.tasks import Tasks, read_plan

__all__ = [
    "Action",
    "Keeper",
    "Kind",
    "Missed",
    "Round",
    "Settings",
    "Situation",
    "Tasks",
    "missed",
    "plan",
    "read_plan",
]
