"""Compile the contracts and write their artifacts.

    build_artifacts.py           compile what ships into src/boomerang/artifacts/
    build_artifacts.py --check   exit 1 when the committed artifacts are not what the sources give
    build_artifacts.py --all     also compile everything, mocks and test contracts too, into
                                 build/artifacts/

Compiler settings come from foundry.toml. The compiler is the one named there, or the executable
that the environment variable SOLC names: the native compiler of the same version gives the same
artifacts. What ships is compiled one file at a time, because solc numbers everything it reads and
the numbers can reach the code: an unrelated new file must not change what is deployed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SHIPPED_DIR = ROOT / "src" / "boomerang" / "artifacts"
BUILD_DIR = ROOT / "build" / "artifacts"

# What ships in the Python package: contract name and the file that defines it.
SHIPPED = {
    "Boomerang": "contracts/Boomerang.sol",
    "DryRun": "contracts/intents/DryRun.sol",
    "Enforcer": "contracts/Enforcer.sol",
    "Groups": "contracts/Groups.sol",
    "Settlement": "contracts/intents/Settlement.sol",
    "Book": "contracts/intents/Book.sol",
    "TestToken": "contracts/tokens/TestToken.sol",
    "ChickenArena": "contracts/arenas/ChickenArena.sol",
    "MatrixArena": "contracts/arenas/MatrixArena.sol",
    "PublicGoodsArena": "contracts/arenas/PublicGoodsArena.sol",
    "Irrevocable": "contracts/baselines/Irrevocable.sol",
}

# Sources that --all compiles; what needs forge-std is left to forge.
SOURCE_DIRS = ("contracts", "tests")
FORGE_ONLY = ("tests/forge/", "tests/symbolic/")

MAX_CODE_SIZE = 24_576  # EIP-170
MAX_INITCODE_SIZE = 49_152  # EIP-3860
ARGUMENTS_SIZE = 10 * 32  # the registry's parameters, which count as initcode

# Warnings that say nothing about our code: "transient storage can break composability".
IGNORED_WARNINGS = {"2394"}

Json = dict[str, Any]


@dataclass(frozen=True)
class Contract:
    """What the compiler said about one contract."""

    source: str
    name: str
    output: Json
    immutables: dict[str, str]
    """Names of immutable variables, by the number the compiler gave them."""

    @property
    def code_sizes(self) -> tuple[int, int]:
        """Bytes of creation code and of deployed code."""
        evm = self.output["evm"]
        return len(evm["bytecode"]["object"]) // 2, len(evm["deployedBytecode"]["object"]) // 2


class Compiler:
    """solc, by standard JSON."""

    def __init__(self) -> None:
        self.settings = compiler_settings()
        self.executable = os.environ.get("SOLC") or str(ROOT / foundry_config()["solc"])
        self.warnings: list[str] = []

    def compile(self, sources: list[str]) -> list[Contract]:
        """The deployable contracts that these files define."""
        wanted = ["abi", "metadata", "evm.bytecode.object", "evm.bytecode.linkReferences"]
        wanted += ["evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"]
        request = {
            "language": "Solidity",
            "sources": {name: {"content": (ROOT / name).read_text()} for name in sources},
            "settings": {**self.settings, "outputSelection": {"*": {"*": wanted, "": ["ast"]}}},
        }
        command = [self.executable, "--standard-json", "--base-path", str(ROOT)]
        command += ["--include-path", str(ROOT / "node_modules")]
        run = subprocess.run(
            command, input=json.dumps(request), capture_output=True, text=True, check=False
        )
        if run.returncode:
            raise SystemExit(f"{self.executable} failed:\n{run.stderr or run.stdout}")
        output = json.loads(run.stdout)
        self._report(output.get("errors", []))

        immutables: dict[str, str] = {}
        for source in output["sources"].values():
            collect_immutables(source["ast"], immutables)
        return [
            Contract(source, name, compiled, immutables)
            for source in sources
            for name, compiled in output["contracts"].get(source, {}).items()
            if compiled["evm"]["bytecode"]["object"]
        ]

    def _report(self, messages: list[Json]) -> None:
        errors = [m["formattedMessage"] for m in messages if m["severity"] == "error"]
        if errors:
            raise SystemExit("\n".join([*errors, "the contracts do not compile"]))
        for message in messages:
            file = message.get("sourceLocation", {}).get("file", "")
            text = message["formattedMessage"]
            ours = file.startswith(tuple(f"{folder}/" for folder in SOURCE_DIRS))
            new = text not in self.warnings and message["errorCode"] not in IGNORED_WARNINGS
            if ours and new:
                print(text, file=sys.stderr)
                self.warnings.append(text)


def main() -> int:
    parser = argparse.ArgumentParser(description="Compile the contracts, write their artifacts.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--all", action="store_true", help="mocks and test contracts too")
    options = parser.parse_args()

    compiler = Compiler()
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        everything = pool.submit(compiler.compile, all_sources()) if options.all else None
        files = sorted(set(SHIPPED.values()))
        compiled = [c for found in pool.map(lambda f: compiler.compile([f]), files) for c in found]
    shipped = [c for c in compiled if SHIPPED.get(c.name) == c.source]
    for name in sorted(SHIPPED.keys() - {c.name for c in shipped}):
        raise SystemExit(f"{SHIPPED[name]} defines no deployable contract {name}")

    changed = []
    for contract in shipped:
        check_size(contract)
        path = SHIPPED_DIR / f"{contract.name}.json"
        if write(path, render(contract, compiler.settings), dry=options.check):
            changed.append(path.name)
    for path in SHIPPED_DIR.glob("*.json"):
        if path.stem not in SHIPPED:
            changed.append(path.name)
            if not options.check:
                path.unlink()

    if everything:
        write_build([*shipped, *everything.result()], compiler.settings)

    if options.check and changed:
        print(f"stale artifacts: {', '.join(sorted(changed))}; run make compile", file=sys.stderr)
    if options.check and compiler.warnings:
        print("the contracts compile with warnings", file=sys.stderr)
    return 1 if options.check and (changed or compiler.warnings) else 0


def foundry_config() -> Json:
    config: Json = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
    return config


def compiler_settings() -> Json:
    """Standard-JSON settings, from foundry.toml; ape-config.yaml must agree."""
    foundry = foundry_config()
    ape = yaml.safe_load((ROOT / "ape-config.yaml").read_text())["solidity"]
    package = json.loads((ROOT / "package.json").read_text())
    pairs = {
        "version": (package["dependencies"]["solc"], str(ape["version"])),
        "evm_version": (foundry["evm_version"], ape["evm_version"]),
        "optimizer": (foundry["optimizer"], ape["optimize"]),
        "optimizer_runs": (foundry["optimizer_runs"], ape["optimization_runs"]),
        "via_ir": (foundry["via_ir"], ape["via_ir"]),
    }
    for name, (ours, theirs) in pairs.items():
        if ours != theirs:
            raise SystemExit(f"{name}: ape-config.yaml says {theirs}, it should be {ours}")
    return {
        "evmVersion": foundry["evm_version"],
        "metadata": {
            "appendCBOR": foundry["cbor_metadata"],
            "bytecodeHash": foundry["bytecode_hash"],
        },
        "optimizer": {"enabled": foundry["optimizer"], "runs": foundry["optimizer_runs"]},
        "viaIR": foundry["via_ir"],
    }


def all_sources() -> list[str]:
    found = set(SHIPPED.values())
    for folder in SOURCE_DIRS:
        for path in (ROOT / folder).rglob("*.sol"):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(FORGE_ONLY):
                found.add(name)
    return sorted(found)


def collect_immutables(node: Any, found: dict[str, str]) -> None:
    """Gather the immutable variables declared anywhere under a node of the syntax tree."""
    if isinstance(node, list):
        for item in node:
            collect_immutables(item, found)
    elif isinstance(node, dict):
        if node.get("mutability") == "immutable":
            found[str(node["id"])] = node["name"]
        if node.get("nodeType") in {"SourceUnit", "ContractDefinition"}:
            collect_immutables(node["nodes"], found)


def render(contract: Contract, settings: Json) -> str:
    """The artifact, as text that depends on nothing but the sources and the settings."""
    output, evm = contract.output, contract.output["evm"]
    if evm["bytecode"]["linkReferences"]:
        raise SystemExit(f"{contract.name}: a library would need linking; make it internal")
    metadata = json.loads(output["metadata"])
    references = evm["deployedBytecode"]["immutableReferences"]
    immutables = {contract.immutables[number]: places for number, places in references.items()}
    if len(immutables) != len(references):
        raise SystemExit(f"{contract.name}: two immutable variables have one name")
    artifact = {
        "contractName": contract.name,
        "sourceName": contract.source,
        "compiler": {"version": metadata["compiler"]["version"], "settings": settings},
        "sources": {file: entry["keccak256"] for file, entry in metadata["sources"].items()},
        "abi": output["abi"],
        "bytecode": "0x" + evm["bytecode"]["object"],
        "deployedBytecode": "0x" + evm["deployedBytecode"]["object"],
        "immutableReferences": immutables,
    }
    # One line for each key: compact, and a diff still says which part changed.
    lines = [
        f'"{key}":{json.dumps(value, sort_keys=True, separators=(",", ":"))}'
        for key, value in artifact.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def check_size(contract: Contract) -> None:
    creation, deployed = contract.code_sizes
    print(
        f"{contract.name}: {deployed:,} of {MAX_CODE_SIZE:,} bytes of code, "
        f"{creation:,} of {MAX_INITCODE_SIZE - ARGUMENTS_SIZE:,} to create it"
    )
    if deployed > MAX_CODE_SIZE or creation + ARGUMENTS_SIZE > MAX_INITCODE_SIZE:
        raise SystemExit(f"{contract.name} is too large to deploy")


def write(path: Path, text: str, *, dry: bool = False) -> bool:
    """Write the file unless it already holds this text; whether it did not."""
    if path.is_file() and path.read_bytes() == text.encode():
        return False
    if not dry:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return True


def write_build(contracts: list[Contract], settings: Json) -> None:
    """Everything into one flat folder, what ships first and as it ships."""
    sources: dict[str, str] = {}
    for contract in contracts:
        if contract.name not in sources:
            sources[contract.name] = contract.source
            write(BUILD_DIR / f"{contract.name}.json", render(contract, settings))
        elif sources[contract.name] != contract.source:
            others = f"{sources[contract.name]} and {contract.source}"
            raise SystemExit(f"two contracts are named {contract.name}: {others}")
    for path in BUILD_DIR.glob("*.json"):
        if path.stem not in sources:
            path.unlink()


if __name__ == "__main__":
    sys.exit(main())
