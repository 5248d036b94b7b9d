"""Compile the contracts and write their artifacts.

    build_artifacts.py           compile what ships into src/boomerang/artifacts/
    build_artifacts.py --check   exit 1 when the committed artifacts are not what the sources give
    build_artifacts.py --all     also compile mocks and test contracts into build/artifacts/

Compiler settings come from foundry.toml. The compiler is the one named there, or the executable
that the environment variable SOLC names: the native compiler of the same version gives the same
artifacts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SHIPPED_DIR = ROOT / "src" / "boomerang" / "artifacts"
BUILD_DIR = ROOT / "build" / "artifacts"

# What ships in the Python package: contract name and the file that defines it.
SHIPPED = {
    "Boomerang": "contracts/Boomerang.sol",
}

# Sources that --all compiles; tests/symbolic is left to forge, it needs forge-std.
SOURCE_DIRS = ("contracts", "tests")
FORGE_ONLY = "tests/symbolic"

MAX_CODE_SIZE = 24_576  # EIP-170
MAX_INITCODE_SIZE = 49_152  # EIP-3860

Json = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--all", action="store_true", help="mocks and test contracts too")
    options = parser.parse_args()

    settings = compiler_settings()
    missing = [path for path in SHIPPED.values() if not (ROOT / path).is_file()]
    if missing:
        raise SystemExit(f"no such source: {', '.join(missing)} (SHIPPED in {Path(__file__).name})")

    sources = all_sources() if options.all else sorted(set(SHIPPED.values()))
    version, contracts = compile_sources(sources, settings)

    artifacts: dict[tuple[str, str], str] = {}
    for (source, name), output in contracts.items():
        if output["evm"]["bytecode"]["object"]:
            artifacts[source, name] = render(source, name, output, version, settings)

    stale = []
    for name, source in sorted(SHIPPED.items()):
        if (source, name) not in artifacts:
            raise SystemExit(f"{source} defines no deployable contract {name}")
        check_size(name, contracts[source, name])
        stale += write(SHIPPED_DIR / f"{name}.json", artifacts[source, name], options.check)
    for path in SHIPPED_DIR.glob("*.json"):
        if path.stem not in SHIPPED:
            stale.append(path)
            if not options.check:
                path.unlink()

    if options.check and stale:
        names = ", ".join(str(path.relative_to(ROOT)) for path in sorted(stale))
        print(f"not what the sources compile to: {names}; run `make compile`", file=sys.stderr)
        return 1

    if options.all:
        write_build(artifacts)
    return 0


def compiler_settings() -> Json:
    """Standard-JSON settings, from foundry.toml; ape-config.yaml must agree."""
    foundry = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
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
            if not name.startswith(f"{FORGE_ONLY}/"):
                found.add(name)
    return sorted(found)


def compile_sources(
    sources: list[str], settings: Json
) -> tuple[str, dict[tuple[str, str], Json]]:
    """The compiler's version, and its output for every contract defined in these sources."""
    foundry = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
    solc = os.environ.get("SOLC") or str(ROOT / foundry["solc"])
    wanted = ["abi", "evm.bytecode.object", "evm.bytecode.linkReferences", "metadata"]
    wanted += ["evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"]
    request = {
        "language": "Solidity",
        "sources": {name: {"content": (ROOT / name).read_text()} for name in sources},
        "settings": {**settings, "outputSelection": {"*": {"*": wanted}}},
    }
    command = [solc, "--standard-json", "--base-path", str(ROOT)]
    command += ["--include-path", str(ROOT / "node_modules")]
    run = subprocess.run(
        command, input=json.dumps(request), capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise SystemExit(f"{solc} failed:\n{run.stderr or run.stdout}")
    output = json.loads(run.stdout)

    failed = False
    for error in output.get("errors", []):
        failed |= error["severity"] == "error"
        print(error.get("formattedMessage", error["message"]), file=sys.stderr)
    if failed:
        raise SystemExit("the contracts do not compile")

    contracts = {
        (source, name): compiled
        for source in sources
        for name, compiled in output.get("contracts", {}).get(source, {}).items()
    }
    metadata = next(c["metadata"] for c in contracts.values() if c["metadata"])
    return json.loads(metadata)["compiler"]["version"], contracts


def render(source: str, name: str, output: Json, version: str, settings: Json) -> str:
    """The artifact, as text that depends on nothing but the sources and the settings."""
    evm = output["evm"]
    if evm["bytecode"]["linkReferences"]:
        raise SystemExit(f"{name} needs an external library to be linked; use internal ones")
    hashes = {k: v["keccak256"] for k, v in json.loads(output["metadata"])["sources"].items()}
    artifact = {
        "contractName": name,
        "sourceName": source,
        "compiler": {"version": version, "settings": settings},
        "sources": hashes,
        "abi": output["abi"],
        "bytecode": "0x" + evm["bytecode"]["object"],
        "deployedBytecode": "0x" + evm["deployedBytecode"]["object"],
        "immutableReferences": evm["deployedBytecode"]["immutableReferences"],
    }
    # One line per top-level key: compact, and a diff still says which part changed.
    lines = [f'"{key}":{json.dumps(value, sort_keys=True, separators=(",", ":"))}'
             for key, value in artifact.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def check_size(name: str, output: Json) -> None:
    deployed = len(output["evm"]["deployedBytecode"]["object"]) // 2
    initcode = len(output["evm"]["bytecode"]["object"]) // 2
    print(f"{name}: {deployed:,} of {MAX_CODE_SIZE:,} bytes of code")
    if deployed > MAX_CODE_SIZE or initcode > MAX_INITCODE_SIZE:
        raise SystemExit(f"{name} is too large to deploy")


def write(path: Path, text: str, check: bool) -> list[Path]:
    """Write the file unless it already holds this text; the path, when it did not."""
    if path.is_file() and path.read_bytes() == text.encode():
        return []
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return [path]


def write_build(artifacts: dict[tuple[str, str], str]) -> None:
    seen: dict[str, str] = {}
    for (source, name), text in sorted(artifacts.items()):
        if name in seen:
            raise SystemExit(f"two contracts are named {name}: {seen[name]} and {source}")
        seen[name] = source
        write(BUILD_DIR / f"{name}.json", text, check=False)
    for path in BUILD_DIR.glob("*.json"):
        if path.stem not in seen:
            path.unlink()


if __name__ == "__main__":
    sys.exit(main())
