"""Agents in processes of their own, each with its own key and latency. docs/processes.md.

`AgentProcess` is what runs in one (`boomerang agent`, `python -m boomerang.play.process`). `Fleet`
starts many beside a node of its own, lets time pass there, and collects outcomes.
"""

from boomerang.play.process.clock import ChainClock
from boomerang.play.process.errors import (
    BadKey,
    BadTask,
    JournalDamaged,
    MatchUnfinished,
    NotYourSeat,
    ProcessDied,
)
from boomerang.play.process.fleet import Fleet, Place, Plan, Played
from boomerang.play.process.loop import END, AgentProcess
from boomerang.play.process.task import Task, agent_named, task_of

__all__ = [
    "END",
    "AgentProcess",
    "BadKey",
    "BadTask",
    "ChainClock",
    "Fleet",
    "JournalDamaged",
    "MatchUnfinished",
    "NotYourSeat",
    "Place",
    "Plan",
    "Played",
    "ProcessDied",
    "Task",
    "agent_named",
    "task_of",
]
