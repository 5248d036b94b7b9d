"""Errors: names, selectors, revert data both ways, messages."""

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from boomerang import errors
from boomerang.errors import ChainError, UnknownRevert, chain_errors, decode_error

SAMPLES: dict[str, object] = {
    "bytes25": bytes(range(25)),
    "bytes32": bytes(range(32)),
    "uint256": 1_000_003,
    "uint8": 7,
    "uint96": 1_000_003,
    "address": "0xa1a1A1A1A1a1a1a1A1A1a1a1A1a1A1A1a1a1A1A1",
    "string": "period",
}


def sample(cls: type[ChainError]) -> ChainError:
    from boomerang.identity import address

    values = [
        address("0x" + "a1" * 20) if kind == "address" else SAMPLES[kind] for kind, _ in cls.abi
    ]
    return cls(*values)


@pytest.mark.parametrize("cls", chain_errors())
def test_revert_data_round_trips(cls: type[ChainError]) -> None:
    error = sample(cls)
    signature = f"Boomerang_{cls.__name__}({','.join(kind for kind, _ in cls.abi)})"
    assert error.name == f"Boomerang_{cls.__name__}"
    assert error.encode()[:4] == keccak(text=signature)[:4]
    assert decode_error(error.encode()) == error
    assert list(error.arguments) == [name for _, name in cls.abi]
    assert str(error).startswith(f"{error.name}: ")
    assert error.exit_code == 1
    assert hash(error) == hash(decode_error(error.encode()))


def test_selectors_differ() -> None:
    assert len({cls.selector for cls in chain_errors()}) == len(chain_errors())


def test_errors_and_their_arguments_are_those_of_the_compiled_contracts() -> None:
    from boomerang.artifacts import load

    declared = {
        entry["name"]: tuple((i["type"], i["name"]) for i in entry["inputs"])
        for contract in ("Boomerang", "Enforcer", "Groups")
        for entry in load(contract).abi
        if entry["type"] == "error" and entry["name"].startswith("Boomerang_")
    }
    assert declared == {f"Boomerang_{cls.__name__}": cls.abi for cls in chain_errors()}


def test_what_tokens_say_is_understood() -> None:
    account = "0xA1A1a1a1A1A1A1A1A1a1a1a1a1a1A1A1a1A1a1a1"
    for error, signature in [
        (errors.ERC20InsufficientAllowance(account, 3, 5), "address,uint256,uint256"),
        (errors.ERC20InsufficientBalance(account, 3, 5), "address,uint256,uint256"),
        (errors.SafeERC20FailedOperation(account), "address"),
    ]:
        name = type(error).__name__
        assert error.name == name
        assert error.encode()[:4] == keccak(text=f"{name}({signature})")[:4]
        assert decode_error(error.encode()) == error
        assert type(error) not in chain_errors()
        assert account in str(error)


def test_a_note_says_what_is_wrong_with_clauses() -> None:
    plain, noted = errors.MalformedClauses(), errors.MalformedClauses()
    noted.add_note("9 calls")
    assert "9 calls" in str(noted)
    assert noted == plain


def test_errors_with_other_arguments_differ() -> None:
    early = errors.TooEarly(bytes(25), 10, 9)
    assert early != errors.TooEarly(bytes(25), 10, 8)
    assert early != errors.TooLate(bytes(25), 10, 9)
    assert early == errors.TooEarly(bytes(25), 10, 9)


def test_messages_name_what_was_wrong_with_seconds_and_phases() -> None:
    commitment = b"\x12\xab\x34\xcd" + bytes(21)
    assert "from second 54; it is 51, 3 s too early" in str(errors.TooEarly(commitment, 54, 51))
    assert "before second 60; it is 60, 1 s too late" in str(errors.TooLate(commitment, 60, 60))
    assert "RevertedByDecision" in str(errors.WrongPhase(commitment, 6))
    assert "0x12ab34cd" in str(errors.WrongPhase(commitment, 6))


def test_foreign_reverts() -> None:
    assert "no reason" not in str(decode_error(b""))
    assert "without a reason" in str(decode_error(b""))
    text = keccak(text="Error(string)")[:4] + encode(["string"], ["no luck"])
    assert "no luck" in str(decode_error(text))
    panic = keccak(text="Panic(uint256)")[:4] + encode(["uint256"], [0x11])
    assert "0x11" in str(decode_error(panic))
    assert decode_error(b"\x01\x02\x03\x04\x05") == UnknownRevert(b"\x01\x02\x03\x04\x05")
    known = errors.UnknownCommitment(bytes(25)).encode()
    assert decode_error(known + b"\x00") == UnknownRevert(known + b"\x00")
    assert decode_error(known[:-1]) == UnknownRevert(known[:-1])


@given(
    st.sampled_from([b"", b"\x08\xc3\x79\xa0", *(cls.selector for cls in chain_errors())]),
    st.binary(max_size=200),
)
def test_arbitrary_revert_data_never_crashes(selector: bytes, rest: bytes) -> None:
    error = decode_error(selector + rest)
    assert str(error)
    assert error.encode() == selector + rest


def test_places_in_a_text() -> None:
    error = errors.DecisionSyntaxError("oops", "keep\nif\tx", 8, ("a name",), "y")
    assert (error.line, error.column, error.offset) == (2, 4, 8)
    assert error.excerpt == "  if x\n     ^"
    assert "did you mean 'y'?" in str(error)
    assert error.exit_code == 2
    long = errors.DecisionSyntaxError("oops", "x" * 1000, 500)
    assert max(len(line) for line in long.excerpt.split("\n")) <= 80
    ambiguous = errors.AmbiguousName("0x1", [bytes(25), bytes(25)], "0x1", 0)
    assert "2 ids" in str(ambiguous)


def test_exit_codes() -> None:
    assert errors.ScenarioError(3, "no such agent").exit_code == 2
    assert str(errors.ScenarioError(3, "no such agent")) == "line 3: no such agent"
    assert errors.ExpectationFailed("A1").exit_code == 1
    assert errors.StoreError("x").exit_code == 4
    assert errors.ChainUnavailable("x").exit_code == 3
    assert errors.MalformedDecision(3, "cut short").offset == 3
    assert errors.DecisionTooLarge("atoms", 33, 32).size == 33
