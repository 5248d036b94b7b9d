"""Variants of the contracts, each wrong in one place: what the comparison must notice."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from intents.stateful.cast import ROOT, Code

if TYPE_CHECKING:
    from types import ModuleType

HERE = "contracts/intents"
SETTLEMENT = f"{HERE}/Settlement.sol"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One textual change: `old`, which stands exactly once in the file, becomes `new`."""

    name: str
    file: str
    old: str
    new: str

    def __str__(self) -> str:
        return self.name


# Caught by every run of the tests.
MUTANTS = (
    Mutant(
        "gains need not be equal",
        "Settlement.sol",
        "if (!Prices.agree(cycle.gains))",
        "if (!Prices.agree(cycle.gains) && end == start)",
    ),
    Mutant(
        "a limit may be missed by one unit",
        "Settlement.sol",
        "if (received * amount < sold * least) {",
        "if ((received + 1) * amount < sold * least) {",
    ),
    Mutant(
        "an else-branch while the book holds a match at exactly the limit",
        "Prices.sol",
        "return entryLeast * least <= amount * entryAmount;",
        "return entryLeast * least < amount * entryAmount;",
    ),
    Mutant(
        "entries of one rate are filled latest first",
        "Book.sol",
        "return uint256(e.least) * t.amount <= t.least * e.amount;",
        "return uint256(e.least) * t.amount < t.least * e.amount;",
    ),
    Mutant(
        "a part is sold twice",
        "Nonces.sol",
        "left -= uint112(part);",
        "part;",
    ),
    Mutant(
        "the last second of a deadline is lost",
        "Settlement.sol",
        "    function _open(uint256 k, Order memory order, bytes calldata batch) private {\n"
        "        _requireRanges(k, order);\n"
        "        if (block.timestamp > order.deadline)",
        "    function _open(uint256 k, Order memory order, bytes calldata batch) private {\n"
        "        _requireRanges(k, order);\n"
        "        if (block.timestamp >= order.deadline)",
    ),
)

# Caught by the longer runs.
MORE = ()


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


def mutated(mutant: Mutant) -> Code:
    """The settlement's creation code with this change, compiled as the shipped code is."""
    compiler = _tool().Compiler()
    changed = f"{HERE}/{mutant.file}"
    text = (ROOT / changed).read_text("utf-8")
    if text.count(mutant.old) != 1:
        raise AssertionError(f"{mutant}: its place is not found in {changed}")
    sources = {SETTLEMENT: (ROOT / SETTLEMENT).read_text("utf-8")}
    sources[changed] = text.replace(mutant.old, mutant.new)
    request = {
        "language": "Solidity",
        "sources": {name: {"content": content} for name, content in sources.items()},
        "settings": {
            **compiler.settings,
            "outputSelection": {SETTLEMENT: {"Settlement": ["evm.bytecode.object"]}},
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
    contract = output["contracts"][SETTLEMENT]["Settlement"]
    return Code(bytes.fromhex(contract["evm"]["bytecode"]["object"]))
