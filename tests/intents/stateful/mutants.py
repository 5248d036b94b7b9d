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
        "order.left -= uint112(part);",
        "part;",
    ),
)

# Caught by the longer runs.
MORE = (
    Mutant(
        "a limit may be missed by one unit",
        "Prices.sol",
        "return received * amount < sold * least;",
        "return (received + 1) * amount < sold * least;",
    ),
    Mutant(
        "gains are not rounded up at the lower end",
        "Prices.sol",
        "uint256 numerator = (received - 1) * amount;",
        "uint256 numerator = received * amount;",
    ),
    Mutant(
        "the last second of a deadline is lost",
        "Settlement.sol",
        "if (block.timestamp > order.deadline) revert Settlement_Expired(k,",
        "if (block.timestamp >= order.deadline) revert Settlement_Expired(k,",
    ),
    Mutant(
        "entries live one second longer",
        "Book.sol",
        "if (block.timestamp > deadline &&",
        "if (block.timestamp > deadline + 1 &&",
    ),
    Mutant(
        "what an entry can sell is not bounded by its maker's money",
        "Book.sol",
        "return left < movable ? left : movable;",
        "return movable == 0 ? 0 : left;",
    ),
    Mutant(
        "one's own entries are filled",
        "Book.sol",
        "if (maker == t.maker) {",
        "if (maker == t.maker && maker == address(0)) {",
    ),
    Mutant(
        "nobody adds the missing unit",
        "Prices.sol",
        "fill.missing = low > paid ? low - paid : 0;",
        "fill.missing = 0;",
    ),
    Mutant(
        "all that is offered buys its share only",
        "Prices.sol",
        "fill.bought = Math.max((alive * offered) / paid, Math.ceilDiv(offered * least, amount));",
        "fill.bought = (alive * offered) / paid;",
    ),
    Mutant(
        "a price that favours the order",
        "Prices.sol",
        "uint256 paid = low > high ? high : Math.sqrt(low * high);",
        "uint256 paid = low > high ? high : low;",
    ),
    Mutant(
        "a skipped cycle counts as filled",
        "Settlement.sol",
        "order.filled -= legs[i].amount();",
        "order.filled -= 0;",
    ),
    Mutant(
        "a skipped order loses its nonce",
        "Settlement.sol",
        "if (filled != order.amount) _settleNonce(order);",
        "if (filled != order.amount && filled != 0) _settleNonce(order);",
    ),
    Mutant(
        "whole orders may be filled in part",
        "Settlement.sol",
        "if (filled != 0 && order.whole != 0) revert Settlement_NotWhole(k, filled, left);",
        "",
    ),
    Mutant(
        "an undecided guard passes",
        "Settlement.sol",
        "if (truth == Truth.Undecided) revert Settlement_Undecided(k, i, guard);",
        "if (truth == Truth.Undecided) continue;",
    ),
    Mutant(
        "a branch that holds lets units pass",
        "Settlement.sol",
        "else if (i < last && traits & SHARES == 0) revert Settlement_BranchHolds(k, i);",
        "",
    ),
    Mutant(
        "only the first exists branch is looked at",
        "Settlement.sol",
        "for (uint256 i = 0; i + 1 < order.last; ++i) {",
        "for (uint256 i = 0; i + 1 < order.last && i < 1; ++i) {",
    ),
    Mutant(
        "a pool that was touched still has a price",
        "Conditions.sol",
        "if (!answers || touched == uint32(block.timestamp)) return",
        "if (!answers) return",
    ),
    Mutant(
        "what was fresh before the batch is fresh",
        "Settlement.sol",
        "if (!Pairs.fresh(_pools(), branch.paths)) revert Settlement_Undecided(k, b, i);",
        "",
    ),
    Mutant(
        "the last of equal paths is taken",
        "Pairs.sol",
        "if (given > quoted) (index, quoted) = (i, given);",
        "if (given >= quoted) (index, quoted) = (i, given);",
    ),
    Mutant(
        "the mover is paid more than the most",
        "Shares.sol",
        "if (paid > uint112(share.terms)) paid = uint112(share.terms);",
        "",
    ),
    Mutant(
        "a gain is measured by the baseline only",
        "Shares.sol",
        "if (together > baseline) baseline = together;",
        "",
    ),
    Mutant(
        "a route may bring less than the least",
        "Settlement.sol",
        "if (received < minimum) revert Settlement_BelowLimit(k, b, received, minimum);",
        "",
    ),
    Mutant(
        "an open nonce is posted",
        "Nonces.sol",
        "if (word & (used | (used << OPEN)) != 0) revert Settlement_NonceUsed(0, maker, nonce);",
        "if (word & used != 0) revert Settlement_NonceUsed(0, maker, nonce);",
    ),
    Mutant(
        "the other signature of a key counts too",
        "Signatures.sol",
        "if iszero(gt(mload(add(free, 0x60)), HALF_ORDER)) {",
        "if mload(add(free, 0x60)) {",
    ),
    Mutant(
        "whoever calls speaks for everybody",
        "Settlement.sol",
        "maker == msg.sender || approvals",
        "msg.sender != address(0) || approvals",
    ),
    Mutant(
        "an entry that cannot be paid fails the batch",
        "Fills.sol",
        "            if (what.paid != 0) Transfers.push(t.sell, t.maker, what.paid);\n",
        "            revert Settlement_NotPart(maker);\n",
    ),
)


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
