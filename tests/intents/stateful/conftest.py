"""How many sequences are played, from which seed, and what they did, told at the end of the run.

pytest tests/intents/stateful                       10,240 sequences, and some mutants
pytest tests/intents/stateful -m long               all mutants
INTENTS_SEED=20000 INTENTS_SEQUENCES=100000 pytest tests/intents/stateful
                                                    so many others

A sequence takes about 13 ms of processor time; a mutant 4 s to compile, and a second to be found.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: a campaign of many minutes, run with -m long only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Random sequences reach little of the package that others do not: they run without coverage.
    Long ones are left out unless they are asked for.
    """
    for item in items:
        if item.path.parent.name == "stateful":
            item.add_marker("campaign")
    if "long" in config.option.markexpr:
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    items[:] = [item for item in items if not item.get_closest_marker("long")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One table of all sequences of the run, whichever process played them."""
    totals: dict[str, Counter[str]] = {}
    for report in _reports(terminalreporter):
        for name, value in report.user_properties:
            if name == "intents" and isinstance(value, dict):
                for part, counts in value.items():
                    totals.setdefault(part, Counter()).update(counts)
    if not totals:
        return
    counts = totals["counts"]
    title = f"intents: {counts['sequences']:,} sequences, {counts['actions']:,} actions"
    terminalreporter.section(title)
    for name, tried in sorted(totals["tried"].items()):
        share = totals["done"][name] / tried
        terminalreporter.write_line(f"{name:20}{tried:9,} tried {share:6.0%} done")
    for part in ("errors", "events"):
        told = ", ".join(f"{name} {n:,}" for name, n in totals[part].most_common())
        terminalreporter.write_line(f"{part}: {told}")


def _reports(terminalreporter: pytest.TerminalReporter) -> Iterator[pytest.TestReport]:
    for outcome in ("passed", "failed"):
        yield from terminalreporter.stats.get(outcome, ())
