"""What names stand for: files, checks, and addresses of pools."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from eth_utils.address import to_canonical_address, to_checksum_address

from boomerang.errors import InvalidInput
from boomerang.intents.language import Directory, Token
from intents.language.names import ALICE, BOB, DIRECTORY, PROMISE, USDC, A, B, D, at

DATA: dict[str, Any] = {
    "tokens": {
        "A": {"address": to_checksum_address(at(0x40)), "decimals": 18},
        "USD.c-e": {"address": "0x" + "ab" * 20, "decimals": 6},
    },
    "accounts": {"alice": to_checksum_address(ALICE)},
    "commitments": {"promise": "0x" + PROMISE.hex()},
    "factory": "0x" + "fa" * 20,
    "pairCodeHash": "0x" + "0c" * 32,
    "pairs": {"USD.c-e/A": "0x" + "0b" * 20},
}


@pytest.mark.parametrize("dump", [json.dumps, yaml.safe_dump])
def test_a_file(tmp_path: Path, dump: Any) -> None:
    path = tmp_path / "directory.yaml"
    path.write_text(dump(DATA))
    directory = Directory.load(path)
    assert directory.token("A") == Token("A", at(0x40), 18)
    assert directory.token_at(b"\xab" * 20) == Token("USD.c-e", b"\xab" * 20, 6)
    assert directory.token("a") is None
    assert directory.accounts == {"alice": ALICE}
    assert directory.account_name(ALICE) == "alice"
    assert directory.account_name(BOB) is None
    assert directory.commitments.names() == {"promise": PROMISE}
    assert directory.pair(b"\xab" * 20, at(0x40)) == b"\x0b" * 20
    assert Directory.from_dict(directory.to_dict()) == directory


def test_a_pool_is_where_uniswap_has_it_on_mainnet() -> None:
    """USDC and WETH: the pair 0xB4e1…, by the factory's CREATE2."""
    directory = Directory.from_dict(
        {
            "tokens": {
                "WETH": {"address": "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", "decimals": 18},
                "USDC": {"address": "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "decimals": 6},
            },
            "factory": "0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f",
            "pairCodeHash": "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f",
        }
    )
    weth, usdc = directory.tokens
    pair = to_canonical_address("0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc")
    assert directory.pair(weth, usdc) == directory.pair(usdc.address, weth.address) == pair
    assert directory.pair_tokens(pair) == (usdc, weth)


def test_pools() -> None:
    assert DIRECTORY.pair(USDC, A) == DIRECTORY.pair(A.address, USDC) == at(0xAC)
    assert DIRECTORY.pair_tokens(at(0xAC)) == (A, USDC)
    assert DIRECTORY.pair_tokens(DIRECTORY.pair(B, D)) == (D, B)
    assert DIRECTORY.pair_tokens(at(0x01)) is None
    with pytest.raises(InvalidInput, match="itself"):
        DIRECTORY.pair(A, A)
    explicit = Directory((A, B, D), pairs={(D.address, A.address): at(1)})
    assert explicit.pair_tokens(at(1)) == (D, A)
    assert Directory.from_dict(explicit.to_dict()) == explicit
    with pytest.raises(InvalidInput, match="no factory, and no pair of these two"):
        explicit.pair(A, B)


def test_an_account_with_several_names_is_written_by_the_first() -> None:
    directory = Directory(accounts={"b": BOB, "a": BOB})
    assert directory.account_name(BOB) == "a"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"token": {}}, "a directory has no 'token'; did you mean 'tokens'"),
        ({"tokens": []}, "tokens must be a mapping, not list"),
        ({"tokens": {5: {}}}, "a key of tokens must be text, not 5"),
        ({"tokens": {"A": None}}, "tokens.A has no address"),
        ({"tokens": {"A": {"address": "0x" + "11" * 20}}}, "tokens.A has no decimals"),
        ({"tokens": {"A": {"adress": 1}}}, "tokens.A has no 'adress'; did you mean 'address'"),
        ({"tokens": {"A": {"address": 0x11, "decimals": 1}}}, "tokens.A.address: .* in quotes"),
        ({"tokens": {"A": {"address": [], "decimals": 1}}}, "tokens.A.address must be text"),
        ({"tokens": {"A": {"address": "0x12", "decimals": 1}}}, "tokens.A.address: '0x12'"),
        ({"tokens": {"A": {"address": "0x" + "11" * 20, "decimals": 256}}}, "decimals of A"),
        ({"tokens": {"A": {"address": "0x" + "11" * 20, "decimals": "6"}}}, "decimals of A"),
        ({"tokens": {"A": {"address": "0x" + "00" * 20, "decimals": 6}}}, "address of A is zero"),
        ({"tokens": {"$A": {"address": "0x" + "11" * 20, "decimals": 6}}}, "cannot be a token's"),
        ({"tokens": {"A->": {"address": "0x" + "11" * 20, "decimals": 6}}}, "cannot be a token's"),
        ({"accounts": {"a b": "0x" + "11" * 20}}, "'a b' cannot be a name"),
        ({"accounts": {"a": "0x11"}}, "accounts.a: '0x11' is not an address"),
        ({"commitments": {"a": "0x11"}}, "commitments.a: '0x11' is not 0x and 50 hex digits"),
        ({"factory": None}, "together"),
        ({"pairCodeHash": None}, "together"),
        ({"pairCodeHash": "0x"}, "pairCodeHash: '0x' is not"),
        ({"pairs": {"A": "0x" + "11" * 20}}, "pairs.A must be named by two tokens"),
        ({"pairs": {"A/A": "0x" + "11" * 20}}, "pairs.A/A must be named by two tokens"),
        ({"pairs": {"A/B": "0x" + "11" * 20}}, "pairs.A/B: there is no token 'B'"),
        (
            {"pairs": {"A/USD.c-e": "0x" + "11" * 20, "USD.c-e/A": "0x" + "12" * 20}},
            "stands there twice",
        ),
    ],
)
def test_what_cannot_be(change: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        Directory.from_dict({**DATA, "pairs": {}, **change})


def test_names_and_addresses_stand_once() -> None:
    with pytest.raises(InvalidInput, match="A and A are one name"):
        Directory((A, Token("A", at(1), 6)))
    with pytest.raises(InvalidInput, match="B2 and A are one address"):
        Directory((A, Token("B2", A.address, 6)))
    with pytest.raises(InvalidInput, match="lower address first"):
        Directory((A, D), pairs={(A.address, D.address): at(1)})
    with pytest.raises(InvalidInput, match="the pair of two pools"):
        Directory(pairs={(at(1), at(2)): at(9), (at(1), at(3)): at(9)})
    with pytest.raises(InvalidInput, match="a pair must be 20 bytes"):
        Directory(pairs={(at(1), at(2)): b""})


@pytest.mark.parametrize("content", [b"\xff", b"a: [", None])
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "directory.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput, match="cannot be read"):
        Directory.load(path)


def test_an_empty_file_is_an_empty_directory(tmp_path: Path) -> None:
    path = tmp_path / "directory.yaml"
    path.write_text("")
    assert Directory.load(path) == Directory()
