"""Variants of the contract, each wrong in one place: what the comparison must notice."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from stateful.cast import ROOT
from stateful.world import Code

if TYPE_CHECKING:
    from types import ModuleType

CONTRACT = "contracts/Boomerang.sol"
ORDER = "contracts/libraries/Order.sol"
RECORD = "contracts/types/Record.sol"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One textual change: `old`, which stands exactly once in the file, becomes `new`."""

    name: str
    old: str
    new: str
    file: str = CONTRACT

    def __str__(self) -> str:
        return self.name


# Caught by every run of the tests.
MUTANTS = (
    Mutant(
        "seals are accepted in the second of the freeze",
        "_requireBefore(id, freezeTime);",
        "_requireBefore(id, freezeTime + 1);",
    ),
    Mutant(
        "the last second of the reveal window is lost",
        "_requireBefore(id, freezeTime + REVEAL_WINDOW + 1);",
        "_requireBefore(id, freezeTime + REVEAL_WINDOW);",
    ),
    Mutant(
        "a silent commitment is given up one second early",
        "_requireFrom(id, r.freezeTime() + REVEAL_WINDOW + 1);",
        "_requireFrom(id, r.freezeTime() + REVEAL_WINDOW);",
    ),
    Mutant(
        "offers are accepted one second late",
        "xRecord.freezeTime() - OFFER_CUTOFF + 1",
        "xRecord.freezeTime() - OFFER_CUTOFF + 2",
    ),
    Mutant(
        "declineDelay counts from the last offer",
        "made.exists() ? made.firstMade() : block.timestamp",
        "block.timestamp",
    ),
    Mutant(
        "no bound on depth",
        "if (depth > MAX_DEPTH) revert Boomerang_TooDeep(target, depth, MAX_DEPTH);",
        "",
    ),
    Mutant(
        "covers are not compared",
        "if (cover != 0 && _coverOf(atom, i, dependencies) < cover) return Phase.InvalidDecision;",
        "if (cover != 0) _coverOf(atom, i, dependencies);",
    ),
    Mutant(
        "an offer leaves the floor where it was",
        "_standings[y] = newStanding(floor, depth);",
        "_standings[y] = newStanding(ownFloor, depth);",
    ),
    Mutant(
        "the bond of an unsealed commitment stays",
        "refund = key.stake.bond();",
        "refund = 0;",
    ),
    # Not made up: the contract had this one for a while.
    Mutant(
        "a pending decision's hash runs into freeze time and phase",
        "and(seal_, SEAL_MASK)",
        "seal_",
        RECORD,
    ),
    Mutant(
        "equal draws are ordered",
        "|| x.draw() == y.draw()) return (false, false);",
        ") return (false, false);\n        if (x.draw() == y.draw()) return (true, false);",
        ORDER,
    ),
)

# Caught by the long campaign.
MORE = (
    Mutant(
        "seals are accepted one second early",
        "_requireFrom(id, freezeTime - SEAL_LEAD);",
        "_requireFrom(id, freezeTime - SEAL_LEAD - 1);",
    ),
    Mutant(
        "draws are recorded in the second of the freeze",
        "_requireBefore(id, r.freezeTime());\n            bool known;",
        "_requireBefore(id, r.freezeTime() + 1);\n            bool known;",
    ),
    Mutant(
        "exposures are accepted in the second of the freeze",
        "_requireBefore(id, r.freezeTime());\n        _requireOpening",
        "_requireBefore(id, r.freezeTime() + 1);\n        _requireOpening",
    ),
    Mutant(
        "openings are refused in the second of the freeze",
        "_requireFrom(id, freezeTime);",
        "_requireFrom(id, freezeTime + 1);",
    ),
    Mutant(
        "declines are accepted one second early",
        "_requireFrom(id, made.firstMade() + DECLINE_DELAY);",
        "_requireFrom(id, made.firstMade() + DECLINE_DELAY - 1);",
    ),
    Mutant(
        "unsealed only after the freeze",
        "if (block.timestamp >= r.freezeTime()) return Phase.Unsealed;",
        "if (block.timestamp > r.freezeTime()) return Phase.Unsealed;",
    ),
    Mutant(
        "unrevealed in the window's last second",
        "if (block.timestamp > freezeTime + REVEAL_WINDOW) return Phase.Unrevealed;",
        "if (block.timestamp >= freezeTime + REVEAL_WINDOW) return Phase.Unrevealed;",
    ),
    Mutant(
        "an offer lowers the depth of who makes it",
        "if (ownDepth > depth) depth = ownDepth;",
        "",
    ),
    Mutant(
        "fallen offers stand",
        "if (!lower) return Obstacle.OfferFell;",
        "if (!lower && x.depth > 255) return Obstacle.OfferFell;",
    ),
    Mutant(
        "the same depth is deep enough",
        "return x.depth < made.depth() ?",
        "return x.depth <= made.depth() ?",
    ),
    Mutant(
        "declining all leaves the offers that stand",
        "if (made.declined() || x.record.declinesAll()) return Obstacle.Declined;",
        "if (made.declined()) return Obstacle.Declined;",
    ),
    Mutant(
        "a declined offer may be made again",
        "if (made.declined() || xRecord.declinesAll()) revert Boomerang_Declined(y, target);",
        "if (xRecord.declinesAll()) revert Boomerang_Declined(y, target);",
    ),
    Mutant(
        "decisions that wait are evaluated at once",
        "return pending ? Phase.Pending : _verdict(decision, answers);",
        "return pending && answers == 0 ? Phase.Pending : _verdict(decision, answers);",
    ),
    Mutant(
        "any decision resolves",
        "_requireDecision(id, r, resolution.decision);",
        "",
    ),
    Mutant(
        "the exposer gets one wei too much",
        "reward = (key.stake.bond() * EXPOSER_SHARE) / BASIS_POINTS;",
        "reward = (key.stake.bond() * EXPOSER_SHARE + BASIS_POINTS - 1) / BASIS_POINTS;",
    ),
    Mutant(
        "accounts with code seal",
        "if (msg.sender != tx.origin || msg.sender.code.length != 0)",
        "if (msg.sender != tx.origin)",
    ),
    Mutant(
        "what is withdrawn stays owed",
        "owed[msg.sender] = 0;",
        "",
    ),
    Mutant(
        "signatures never expire",
        "if (block.timestamp > deadline) {",
        "if (deadline == 0) {",
    ),
    Mutant(
        "the last word on outcomes comes one step early",
        "freezeTime + MAX_DEPTH * (PERIOD - OFFER_CUTOFF) + REVEAL_WINDOW",
        "freezeTime + MAX_DEPTH * (PERIOD - OFFER_CUTOFF) + REVEAL_WINDOW - 1",
    ),
)

# Not wrong, but a contract in which equal draws are common, as its model's are.
COARSE_BITS = 2
COARSE = Mutant("draws of two bits", ">> 224;", ">> 254;", ORDER)


@cache
def _tool() -> ModuleType:
    """tools/build_artifacts.py, which is no package."""
    path = ROOT / "tools" / "build_artifacts.py"
    spec = importlib.util.spec_from_file_location("build_artifacts", path)
    if spec is None or spec.loader is None:
        raise AssertionError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def mutated(*mutants: Mutant) -> Code:
    """The creation code with these changes, compiled as the shipped code is."""
    compiler = _tool().Compiler()
    sources: dict[str, str] = {CONTRACT: (ROOT / CONTRACT).read_text("utf-8")}
    for mutant in mutants:
        text = sources.get(mutant.file) or (ROOT / mutant.file).read_text("utf-8")
        if text.count(mutant.old) != 1:
            raise AssertionError(f"{mutant}: its place is not found in {mutant.file}")
        sources[mutant.file] = text.replace(mutant.old, mutant.new)
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sources.items()},
        "settings": {
            **compiler.settings,
            "outputSelection": {CONTRACT: {"Boomerang": ["evm.bytecode.object"]}},
        },
    }
    command = [compiler.executable, "--standard-json", "--base-path", str(ROOT)]
    command += ["--include-path", str(ROOT / "node_modules")]
    run = subprocess.run(
        command, input=json.dumps(request), capture_output=True, text=True, check=True
    )
    output: dict[str, Any] = json.loads(run.stdout)
    errors = [m["formattedMessage"] for m in output.get("errors", ()) if m["severity"] == "error"]
    if errors:
        raise AssertionError("\n".join(errors))
    contract = output["contracts"][CONTRACT]["Boomerang"]
    bits = COARSE_BITS if COARSE in mutants else 32
    return Code(bytes.fromhex(contract["evm"]["bytecode"]["object"]), bits)
