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
ENFORCER = "contracts/Enforcer.sol"
ENVOY = "contracts/Envoy.sol"
GROUPS = "contracts/Groups.sol"
CONTENTS = "contracts/libraries/Contents.sol"
FUNDINGS = "contracts/libraries/Fundings.sol"
ORDER = "contracts/libraries/Order.sol"
OUTCOMES = "contracts/libraries/Outcomes.sol"
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
        "_coverOf(atom, atomRecord, i, dependencies) < cover)",
        "_coverOf(atom, atomRecord, i, dependencies) > type(uint96).max)",
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
    Mutant(
        "what is left of an escrow stays",
        "_send(escrow[i].token, key.committer, left[i]);",
        "_send(escrow[i].token, key.committer, 0);",
        ENFORCER,
    ),
    Mutant(
        "guards are not asked",
        "if (!isKept || !_guardHolds(id, Contents.guardOf(body, parts))) {",
        "if (!isKept) {",
        ENFORCER,
    ),
    Mutant(
        "failed calls are forgotten",
        "if (failed != 0) outstanding[id] = failed;",
        "",
        ENFORCER,
    ),
    Mutant(
        "what is credited replaces what was owed before",
        "owed[to][token] += amount;",
        "owed[to][token] = amount;",
        ENFORCER,
    ),
    Mutant(
        "what is in the escrow can be spent twice",
        "left[asset] -= amount;",
        "left[asset] -= 0;",
        CONTENTS,
    ),
    Mutant(
        "members of a group that is not complete name each other",
        "return complete ? Obstacle.None : Obstacle.GroupVoid;",
        "return Obstacle.None;",
    ),
    Mutant(
        "a group's cover is that of the last to join",
        "if (n.joined == 0 || cover < n.cover) n.cover = cover;",
        "n.cover = cover;",
        GROUPS,
    ),
    Mutant(
        "relayed offers record another floor than was signed",
        "if (recordedFloor != floor || recordedDepth != depth) {",
        "if (recordedDepth != depth) {",
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
        ">= freezeTime) revert Boomerang_TooLate(id, freezeTime, block.timestamp);\n"
        "        _requireOpening",
        "> freezeTime) revert Boomerang_TooLate(id, freezeTime, block.timestamp);\n"
        "        _requireOpening",
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
        "if (_declined(made, x.record)) return Obstacle.Declined;",
        "if (made.declined()) return Obstacle.Declined;",
    ),
    Mutant(
        "a declined offer may be made again",
        "if (_declined(made, xRecord)) revert Boomerang_Declined(y, target);",
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
        "owed[account] = 0;",
        "",
    ),
    Mutant(
        "signatures never expire",
        "if (block.timestamp > deadline) {",
        "if (deadline == 0) {",
    ),
    Mutant(
        "the last word on outcomes comes one step early",
        "freezeTime + (2 * MAX_DEPTH + 1) * (PERIOD - OFFER_CUTOFF) + REVEAL_WINDOW",
        "freezeTime + (2 * MAX_DEPTH + 1) * (PERIOD - OFFER_CUTOFF) + REVEAL_WINDOW - 1",
    ),
    Mutant(
        "executed again and again",
        "if (!lapsed && r.executed()) revert Boomerang_AlreadyExecuted(id);",
        "",
    ),
    Mutant(
        "execution keeps the bond of an unsealed commitment",
        "if (current == Phase.Unsealed) _pay(key.committer, key.stake.bond());",
        "",
    ),
    Mutant(
        "a refund leaves out the last asset",
        "for (uint256 i; i < escrow.length; ++i) {",
        "for (uint256 i; i + 1 < escrow.length; ++i) {",
        ENFORCER,
    ),
    Mutant(
        "retries are accepted one second late",
        "if (block.timestamp > deadline) revert Boomerang_PastDeadline",
        "if (block.timestamp > deadline + 1) revert Boomerang_PastDeadline",
        ENFORCER,
    ),
    Mutant(
        "released in the second of the deadline",
        "if (block.timestamp <= deadline) revert Boomerang_StillRetriable",
        "if (block.timestamp < deadline) revert Boomerang_StillRetriable",
        ENFORCER,
    ),
    Mutant(
        "a call that was made up for is made again",
        "outstanding[id] = bits & ~(1 << index);",
        "",
        ENFORCER,
    ),
    Mutant(
        "released to the committer",
        "_send(call.token, call.remainderTo, call.amount);",
        "_send(call.token, key.committer, call.amount);",
        ENFORCER,
    ),
    Mutant(
        "what the enforcer has paid stays owed",
        "owed[account][token] = 0;",
        "",
        ENFORCER,
    ),
    Mutant(
        "the tip is always the caller's",
        "tipTo == address(0) ? msg.sender : tipTo",
        "tipTo == address(0) ? msg.sender : msg.sender",
        ENFORCER,
    ),
    Mutant(
        "an escrow's ether need not come",
        "if (msg.value != required) revert Boomerang_WrongEscrow(msg.value, required);",
        "",
        ENFORCER,
    ),
    Mutant(
        "deadlines one second before the last outcome",
        "if (deadline < earliestDeadline)",
        "if (deadline + 1 < earliestDeadline)",
        ENFORCER,
    ),
    Mutant(
        "guards name what is not published",
        "if (REGISTRY.record(atom).isIn(Phase.Unpublished))",
        "if (false)",
        ENFORCER,
    ),
    Mutant(
        "calls name any gas",
        "if (gas_ > MAX_CALL_GAS) _malformed();",
        "",
        CONTENTS,
    ),
    Mutant(
        "payments to the enforcer",
        "if (to == address(0) || to == self || amount == 0) _malformed();",
        "if (to == address(0) || amount == 0) _malformed();",
        CONTENTS,
    ),
    Mutant(
        "a token stands twice in an escrow",
        "least = uint256(uint160(token)) + 1;",
        "least = uint256(uint160(token));",
        CONTENTS,
    ),
    Mutant(
        "tokens may take a fee",
        "if (received != amount) revert",
        "if (received > amount) revert",
        FUNDINGS,
    ),
    Mutant(
        "failed permits are not passed over",
        ") {}\n                catch {}",
        ") {}\n                catch { _malformed(); }",
        FUNDINGS,
    ),
    Mutant(
        "the envoy keeps what a call leaves",
        "if (left != 0 && !token.trySafeTransfer(call.remainderTo, left) && left > before) {",
        "if (left != 0 && left > 1 << 200) {",
        ENVOY,
    ),
    Mutant(
        "data to no code succeeds",
        "if (call.data.length != 0 && target.code.length == 0) revert Boomerang_CallReverted();",
        "",
        ENVOY,
    ),
    Mutant(
        "members offer on",
        "if (yRecord.inGroup()) revert Boomerang_InGroup(y);",
        "",
    ),
    Mutant(
        "members are resolved alone",
        "if (r.inGroup() && _isGroupComplete(id)) revert Boomerang_InGroup(id);",
        "",
    ),
    Mutant(
        "a member stands for itself",
        "if (complete) return (floor, depth);",
        "",
    ),
    Mutant(
        "accounts with code seal by signature",
        "_requireSignature(key.committer, request, deadline, signature);\n        _seal(",
        "_requireAccount(key.committer, request, deadline, signature);\n        _seal(",
    ),
    Mutant(
        "groups form one second late",
        "uint32 closesAt = uint32(record.freezeTime() - OFFER_CUTOFF + 1);",
        "uint32 closesAt = uint32(record.freezeTime() - OFFER_CUTOFF + 2);",
        GROUPS,
    ),
    Mutant(
        "groups close when the last member's time is over",
        "if (n.closesAt < closesAt) return;",
        "if (n.closesAt > closesAt) return;",
        GROUPS,
    ),
    Mutant(
        "a group lowers a cover that was offered",
        "if (n.cover < n.promised) revert",
        "if (n.cover + 1 < n.promised) revert",
        GROUPS,
    ),
    Mutant(
        "a group is as deep as its first member",
        "if (itsDepth > depth) depth = itsDepth;",
        "if (i == 0) depth = itsDepth;",
        GROUPS,
    ),
    Mutant(
        "groups wait for nobody outside",
        "if (!isFinal) revert IBoomerang.Boomerang_DependencyPending(id, atom);",
        "",
        GROUPS,
    ),
    Mutant(
        "any decisions resolve a group",
        "if (record.seal() != bytes23(Identity.hashOf(decisions[i]))) {",
        "if (record.seal() == 0) {",
        GROUPS,
    ),
    Mutant(
        "members come in the order of their ids",
        "uint256 rank = (record.freezeTime() << 64) | (uint256(record.draw()) << 32) | place;",
        "uint256 rank = place + 0 * record.freezeTime();",
        GROUPS,
    ),
    Mutant(
        "preferences do not count",
        "if (!_isSingle(set)) set = _prefer(packages[place], atoms[place], first[i], set);",
        "if (set == 0) set = _prefer(packages[place], atoms[place], first[i], set);",
        OUTCOMES,
    ),
    Mutant(
        "members are kept against their decisions",
        "set &= says | ~does;",
        "says;",
        OUTCOMES,
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
