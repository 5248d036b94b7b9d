"""The 1,025 vectors of `@ethersproject/testcases` through the library that hashes our messages.

They go in as they are: no value is converted, no type added but the domain's own.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from boomerang.relay.messages import recover

PACKAGE = Path(__file__).resolve().parents[2] / "node_modules" / "@ethersproject" / "testcases"
SHARES = 25
DOMAIN = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
    "salt": "bytes32",
}


@cache
def vectors() -> list[dict[str, Any]]:
    with gzip.open(PACKAGE / "testcases" / "eip712.json.gz") as file:
        found: list[dict[str, Any]] = json.load(file)
    return found


def typed_data(vector: dict[str, Any]) -> dict[str, Any]:
    domain = [{"name": n, "type": t} for n, t in DOMAIN.items() if n in vector["domain"]]
    return {
        "types": {"EIP712Domain": domain, **vector["types"]},
        "primaryType": vector["primaryType"],
        "domain": vector["domain"],
        "message": vector["data"],
    }


def digest(typed: dict[str, Any]) -> bytes:
    signable = encode_typed_data(full_message=typed)
    assert signable.version == b"\x01"
    return keccak(b"\x19\x01" + signable.header + signable.body)


def test_there_are_as_many_as_there_should_be() -> None:
    assert len(vectors()) == 1025
    assert len({vector["name"] for vector in vectors()}) == 1025


@pytest.mark.parametrize("share", range(SHARES))
def test_the_digest_is_the_vectors(share: int) -> None:
    for vector in vectors()[share::SHARES]:
        hashed = digest(typed_data(vector))
        assert "0x" + hashed.hex() == vector["digest"], vector["name"]
    # What is signed is that digest, and our own reading of signatures finds the signer.
    key = Account.from_key(keccak(text=vector["name"]))
    signature = bytes(key.sign_typed_data(full_message=typed_data(vector)).signature)
    assert recover(hashed, signature) == key.address


def test_the_one_with_a_key_gives_its_signature() -> None:
    (vector,) = [vector for vector in vectors() if "signature" in vector]
    signed = Account.sign_typed_data(vector["privateKey"], full_message=typed_data(vector))
    assert "0x" + signed.signature.hex() == vector["signature"]
