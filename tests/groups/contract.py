"""The contract's side of the formula: contracts/mocks/GroupsHarness.sol, on an EVM in this process.

Calls are encoded by hand, since most of the time of so many cases would go into encoding them:

    outcomes((bytes25[] ids, bytes[] packages, bytes25[] others, uint256 keptOthers)[])
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pyrevm
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from stateful.world import mock

if TYPE_CHECKING:
    from collections.abc import Sequence

CALLER = "0x" + "aa" * 20
SELECTOR = keccak(text="outcomes((bytes25[],bytes[],bytes25[],uint256)[])")[:4]


def word(value: int) -> bytes:
    """A uint256."""
    return value.to_bytes(32, "big")


@cache
def _blob(data: bytes) -> bytes:
    """`bytes`: its length, and itself in full words."""
    return word(len(data)) + data + bytes(-len(data) % 32)


def _ids(ids: Sequence[bytes]) -> bytes:
    return word(len(ids)) + b"".join(one.ljust(32, b"\0") for one in ids)


def _offsets(parts: Sequence[bytes], ahead: int) -> bytes:
    """Where each part begins, after so many bytes ahead of the first."""
    offsets = []
    for part in parts:
        offsets.append(word(ahead))
        ahead += len(part)
    return b"".join(offsets)


def case(ids: Sequence[bytes], packages: Sequence[bytes], others: dict[bytes, bool]) -> bytes:
    """One group: its open members in the order of section 3, what they sealed, and the outcomes of
    all others that they name.
    """
    blobs = [_blob(package) for package in packages]
    listed = word(len(blobs)) + _offsets(blobs, 32 * len(blobs)) + b"".join(blobs)
    parts = [_ids(ids), listed, _ids(list(others))]
    kept = sum(1 << i for i, is_kept in enumerate(others.values()) if is_kept)
    return _offsets(parts, 32 * 4) + word(kept) + b"".join(parts)


class Contract:
    """The harness at its address."""

    def __init__(self) -> None:
        self._evm = pyrevm.EVM(gas_limit=10**12, spec_id="Cancun")
        creation = mock("GroupsHarness", "bytecode")
        self._at = str(to_checksum_address(self._evm.deploy(CALLER, creation, 0, 30_000_000)))

    def outcomes(self, cases: Sequence[bytes]) -> list[int]:
        """Bit i for each case: whether its i-th member is kept."""
        heads = _offsets(cases, 32 * len(cases))
        data = SELECTOR + word(32) + word(len(cases)) + heads + b"".join(cases)
        output: bytes = self._evm.message_call(CALLER, self._at, data, 0, 10**11)
        words = [int.from_bytes(output[i : i + 32], "big") for i in range(0, len(output), 32)]
        assert words[:2] == [32, len(cases)]
        return words[2:]
