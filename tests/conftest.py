"""What all tests share: helpers are imported from here, as `stateful.world` is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

CAMPAIGNS = {"findings", "fuzz", "gas", "loops", "stateful"}
"""Folders whose tests run long and reach little of the package that others do not: `make test`
runs them without measuring coverage, which would double their time.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them, by the folder below this one: the clone itself may be called anything."""
    for item in items:
        if item.path.resolve().relative_to(HERE).parts[0] in CAMPAIGNS:
            item.add_marker("campaign")
