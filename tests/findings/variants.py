"""Contracts without one of their defences: the real sources with small exact edits, compiled.

An edit that does not match exactly once fails loudly, so a variant cannot rot. All variants that
the collected tests declare are compiled together, by the settings of foundry.toml, the first time
that one is needed; what was compiled is kept under build/ by a hash of all that went into it.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from boomerang import artifacts

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "findings"
REGISTRY = "contracts/Boomerang.sol"
BATCH = 8  # units that one run of the compiler takes: starting it costs half a compilation


class EditDoesNotMatch(AssertionError):
    """The source is no longer what a variant was made for."""


@dataclass(frozen=True)
class Edit:
    """In `file`, the text `old`, which must be there exactly once, becomes `new`."""

    old: str
    new: str
    file: str = REGISTRY

    def apply(self, sources: dict[str, str]) -> None:
        found = sources[self.file].count(self.old)
        if found != 1:
            raise EditDoesNotMatch(
                f"{self.file} holds {found} times, and not once, the text that a variant edits:\n"
                f"{self.old}\nAdapt the edit to the source: it takes out the same defence."
            )
        sources[self.file] = sources[self.file].replace(self.old, self.new)


class Variant:
    """A contract to compile: by default the registry, without what the edits take out."""

    declared: list[Variant] = []  # noqa: RUF012

    def __init__(self, *edits: Edit, file: str = REGISTRY) -> None:
        self.edits = edits
        self.file = file
        self.declared.append(self)

    @property
    def name(self) -> str:
        return Path(self.file).stem

    def artifact(self) -> artifacts.Artifact:
        return _compiled(self)

    def sources(self) -> dict[str, str]:
        """Every file that it may import, edited."""
        sources = dict(_sources())
        for edit in self.edits:
            edit.apply(sources)
        if self.file not in sources:
            sources[self.file] = (ROOT / self.file).read_text()
        return sources

    def place(self) -> Path:
        """Where its artifact is kept."""
        content = json.dumps([self.file, self.sources(), _settings()], sort_keys=True)
        return CACHE / f"{hashlib.sha256(content.encode()).hexdigest()[:32]}.json"


def attacker(name: str) -> Variant:
    """A contract that attacks, of contracts/mocks."""
    return Variant(file=f"contracts/mocks/{name}.sol")


@cache
def _sources() -> dict[str, str]:
    return {
        path.relative_to(ROOT).as_posix(): path.read_text()
        for path in sorted((ROOT / "contracts").rglob("*.sol"))
        if "mocks" not in path.parts
    }


@cache
def _builder() -> Any:
    """tools/build_artifacts.py, which knows the compiler and its settings."""
    path = ROOT / "tools" / "build_artifacts.py"
    spec = importlib.util.spec_from_file_location("build_artifacts", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@cache
def _settings() -> dict[str, Any]:
    """The compiler's settings, and what fixes the compiler and the libraries."""
    locked = json.loads((ROOT / "package.json").read_text())["dependencies"]
    return {"settings": _builder().compiler_settings(), "dependencies": locked}


@cache
def _compiled(variant: Variant) -> artifacts.Artifact:
    place = variant.place()
    if not place.is_file():
        _compile_all(variant)
    raw = json.loads(place.read_text())
    return artifacts.Artifact(
        name=variant.name,
        abi=tuple(raw["abi"]),
        bytecode=bytes.fromhex(raw["bytecode"]),
        deployed_bytecode=bytes.fromhex(raw["deployed"]),
    )


def _compile_all(wanted: Variant) -> None:
    """Whatever is missing. Another process that wants the same waits, and finds it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = {}
        for variant in [wanted, *Variant.declared]:
            try:
                place = variant.place()
            except EditDoesNotMatch:
                continue  # that is its own test's failure
            if not place.is_file():
                missing[place] = variant
        units = list(missing.items())
        batches = [units[i : i + BATCH] for i in range(0, len(units), BATCH)]
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            list(pool.map(_compile, batches))
        if not wanted.place().is_file():
            raise AssertionError(f"a variant does not compile:\n{_compile([(Path(), wanted)])}")


def _compile(units: list[tuple[Path, Variant]]) -> str:
    """Into their places; answers the compiler's errors, if any. One that fails spoils no other."""
    sources: dict[str, Any] = {}
    wanted: dict[str, Any] = {}
    for number, (_, variant) in enumerate(units):
        for file, text in variant.sources().items():
            sources[f"{number}/{file}"] = {"content": text}
        outputs = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]
        wanted[f"{number}/{variant.file}"] = {variant.name: outputs}
    compiler = _builder().Compiler()
    request = {
        "language": "Solidity",
        "sources": sources,
        "settings": {**compiler.settings, "outputSelection": wanted},
    }
    command = [compiler.executable, "--standard-json", "--base-path", str(ROOT)]
    command += ["--include-path", str(ROOT / "node_modules")]
    run = subprocess.run(
        command, input=json.dumps(request), capture_output=True, text=True, check=True
    )
    output = json.loads(run.stdout)
    errors = [e["formattedMessage"] for e in output.get("errors", ()) if e["severity"] == "error"]
    if errors:
        if len(units) > 1:
            for unit in units:
                _compile([unit])
        return "\n".join(errors)
    for number, (place, variant) in enumerate(units):
        compiled = output["contracts"][f"{number}/{variant.file}"][variant.name]
        text = json.dumps(
            {
                "abi": compiled["abi"],
                "bytecode": compiled["evm"]["bytecode"]["object"],
                "deployed": compiled["evm"]["deployedBytecode"]["object"],
            }
        )
        fresh = place.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(place)
    return ""
