"""Hashing by whichever library gives what eth_utils gives."""

from __future__ import annotations

import sys

import pytest
from eth_utils.crypto import keccak as reference
from hypothesis import given
from hypothesis import strategies as st

from boomerang import hashing
from boomerang.hashing import keccak, keccak_text


@given(st.binary(max_size=600))
def test_hash_of_bytes(data: bytes) -> None:
    assert keccak(data) == reference(data)


@given(st.text(max_size=100))
def test_hash_of_a_text(text: str) -> None:
    assert keccak_text(text) == reference(text=text)


def test_only_bytes_are_hashed() -> None:
    with pytest.raises(TypeError, match="bytes"):
        keccak("text")  # type: ignore[arg-type]


def test_fast_library_is_the_one_in_use() -> None:
    assert type(keccak._backend).__name__ == "PySha3Backend"


def test_without_the_fast_library_another_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "eth_hash.backends.pysha3", None)
    other = hashing._fastest()
    assert type(other._backend).__name__ == "AutoBackend"
    assert other(b"same") == keccak(b"same")
