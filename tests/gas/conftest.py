"""`pytest tests/gas --update-gas` writes what it measures into snapshot.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-gas", action="store_true", help="rewrite tests/gas/snapshot.json as measured"
    )
