"""JSON from strangers: only JSON."""

from __future__ import annotations

import pytest

from boomerang.json_text import BadJson, loads


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_of_json(name: str) -> None:
    """Python's own parser takes them."""
    with pytest.raises(BadJson, match=f"{name} is no number"):
        loads(f'{{"amount": [{name}]}}')


def test_numbers() -> None:
    assert loads("[-1, 0.5, 1e3]") == [-1, 0.5, 1000]
