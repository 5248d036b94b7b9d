"""How many sequences are played, from which seed, and what they did, told at the end of the run.

pytest tests/stateful                       10,240 sequences
pytest tests/stateful -m long               200,000 more, and all mutants
STATEFUL_SEED=7 STATEFUL_SEQUENCES=100 pytest tests/stateful

A sequence takes about 48 ms of processor time; a mutant that is caught 6 s to compile, and some
seconds to be found and shrunk.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: a campaign of many minutes, run with -m long only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Campaigns are left out unless they are asked for."""
    if "long" in config.option.markexpr:
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    items[:] = [item for item in items if not item.get_closest_marker("long")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One table of all sequences of the run, whichever process played them."""
    totals: dict[str, Counter[str]] = {}
    for report in (*_reports(terminalreporter, "passed"), *_reports(terminalreporter, "failed")):
        for name, value in report.user_properties:
            if name == "stateful" and isinstance(value, dict):
                for part, counts in value.items():
                    totals.setdefault(part, Counter()).update(counts)
    if not totals:
        return
    counts = totals["counts"]
    title = f"stateful: {counts['sequences']:,} sequences, {counts['actions']:,} actions"
    terminalreporter.section(title)
    for name, tried in sorted(totals["tried"].items()):
        share = totals["done"][name] / tried
        terminalreporter.write_line(f"{name:14}{tried:9,} tried {share:6.0%} done")
    for part in ("ends", "obstacles", "errors", "edges"):
        told = ", ".join(f"{name} {n:,}" for name, n in totals[part].most_common())
        terminalreporter.write_line(f"{part}: {told}")


def _reports(
    terminalreporter: pytest.TerminalReporter, outcome: str
) -> Sequence[pytest.TestReport]:
    found: Sequence[pytest.TestReport] = terminalreporter.stats.get(outcome, ())
    return found
