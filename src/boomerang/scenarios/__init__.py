"""Scenarios: files that say who does what, when, played on the model or on any chain.

    scenario = load("chicken.yaml")
    with open_world("pyrevm", scenario) as world:
        report = play(scenario, world)

`library/` holds the scenarios that ship with the package, and describes the format.
"""

from boomerang.scenarios.library import library_files, locate
from boomerang.scenarios.player import play
from boomerang.scenarios.report import CommitmentReport, Report, StepReport
from boomerang.scenarios.schema import Scenario, load, parse
from boomerang.scenarios.source import ScenarioError
from boomerang.scenarios.worlds import ChainWorld, ModelWorld, World, open_world, open_worlds

__all__ = [
    "ChainWorld",
    "CommitmentReport",
    "ModelWorld",
    "Report",
    "Scenario",
    "ScenarioError",
    "StepReport",
    "World",
    "library_files",
    "load",
    "locate",
    "open_world",
    "open_worlds",
    "parse",
    "play",
]
