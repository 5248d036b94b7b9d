"""Run the unit tests of tests/forge, and see that they reach all of contracts/ but the mocks.

Exits 1 when a test fails, or when a line, a branch or a function of a contract or library is not
reached, and names it. No line is exempt.

forge measures without the optimizer; that compiles (`--ir-minimum`, the way out of "stack too
deep", is not needed), and all takes about a quarter of a minute. What forge does not measure: free
functions (contracts/types), interfaces, the sides of `a ? b : c`, `&&` and `||`, the side of an
`if` without `else` on which nothing is done, and what assembly does beyond being run. The fuzz and
stateful tests in Python and the proofs with halmos are there for those.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "solidity-coverage.lcov"
MEASURED = "contracts/"
LEFT_OUT = "contracts/mocks/"

HAS_CODE = re.compile(r"^(abstract contract|contract|library) ", re.MULTILINE)


@dataclass
class Source:
    """What the tests reach of one file: by line, branch (line, block, path) and function."""

    lines: dict[int, bool] = field(default_factory=dict)
    branches: dict[tuple[int, str, str], bool] = field(default_factory=dict)
    functions: dict[str, bool] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    """The line in which each function starts."""

    def missed(self) -> list[tuple[int, str]]:
        """Line and kind of everything that is not reached."""
        found = [(line, "line") for line, hit in self.lines.items() if not hit]
        found += [(line, "branch") for (line, _, _), hit in self.branches.items() if not hit]
        found += [
            (self.starts[name], f"function {name}")
            for name, hit in self.functions.items()
            if not hit
        ]
        return sorted(found)


def main() -> int:
    run_forge()
    sources = read_report(REPORT.read_text())
    print_table(sources)

    unmeasured = sorted(files_with_code() - sources.keys())
    for name in unmeasured:
        print(f"{name}: not measured", file=sys.stderr)
    missed = [(name, *what) for name in sorted(sources) for what in sources[name].missed()]
    for name, line, kind in missed:
        print(f"{name}:{line}: {kind} not reached", file=sys.stderr)
    return 1 if unmeasured or missed else 0


def run_forge() -> None:
    """Write the report; all that forge says is shown if a test fails, else only the count."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.unlink(missing_ok=True)
    path = os.pathsep.join([str(ROOT / "build" / "bin"), os.environ.get("PATH", "")])
    command = ["forge", "coverage", "--report", "lcov", "--report-file", str(REPORT)]
    run = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": path, "FOUNDRY_PROFILE": "unit", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    total = re.search(r"(\d+) tests passed, 0 failed, 0 skipped", run.stdout)
    if run.returncode or not REPORT.is_file() or not total:
        raise SystemExit(f"{run.stdout}\n{' '.join(command)} failed")
    print(f"{total[1]} tests in tests/forge")


def read_report(text: str) -> dict[str, Source]:
    """What an lcov tracefile says about the files that are measured here."""
    sources: dict[str, Source] = defaultdict(Source)
    name = ""
    for record in text.splitlines():
        key, _, value = record.partition(":")
        if key == "SF":
            path = ROOT / value
            name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
        if not is_measured(name):
            continue
        source = sources[name]
        if key == "DA":
            line, count = value.split(",")[:2]
            source.lines[int(line)] = int(count) > 0
        elif key == "BRDA":
            line, block, branch, count = value.split(",")
            source.branches[int(line), block, branch] = count not in {"-", "0"}
        elif key == "FN":
            line, function = value.split(",", 1)
            source.starts[function] = int(line)
        elif key == "FNDA":
            count, function = value.split(",", 1)
            source.functions[function] = int(count) > 0
    return dict(sources)


def is_measured(name: str) -> bool:
    return name.startswith(MEASURED) and not name.startswith(LEFT_OUT)


def files_with_code() -> set[str]:
    """The files that define a contract or a library."""
    files = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / MEASURED).rglob("*.sol")}
    return {
        name
        for name, path in files.items()
        if is_measured(name) and HAS_CODE.search(path.read_text())
    }


def print_table(sources: dict[str, Source]) -> None:
    rows: list[tuple[str, ...]] = [("", "lines", "branches", "functions")]
    totals = [(0, 0)] * 3
    for name, source in sorted(sources.items()):
        parts = [
            (sum(hits), len(hits))
            for hits in (
                list(source.lines.values()),
                list(source.branches.values()),
                list(source.functions.values()),
            )
        ]
        totals = [(a + c, b + d) for (a, b), (c, d) in zip(totals, parts, strict=True)]
        rows.append((name, *(f"{hit}/{all_}" for hit, all_ in parts)))
    rows.append(("all", *(f"{hit}/{all_}" for hit, all_ in totals)))
    for row in rows:
        print(f"{row[0]:36}{row[1]:>10}{row[2]:>10}{row[3]:>11}")


if __name__ == "__main__":
    sys.exit(main())
