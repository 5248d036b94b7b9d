"""The committer is a contract whose code can seal nothing but "keep", whenever anyone asks. Read
it, and you know the outcome at publication: a commitment that is credible before its freeze, which
is the race that the protocol dissolves. Nobody exposes it: it seals in the last second.

It seals by a call; from a constructor, where it has no code yet (created anew at the same address
for every action); by a signature after ERC-1271; or it is the code of an account that sends
transactions itself (EIP-7702 today, native account abstraction on some chains).

Section 4: only a plain key seals. Code and origin are both checked, and signatures are ECDSA.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boomerang.chains.anvil import AnvilChain
from boomerang.chains.base import Tx
from boomerang.chains.signers import dev_signer
from boomerang.client.abi import Interface
from boomerang.content import Content
from boomerang.errors import NotPlainKey, WrongSigner
from boomerang.model import Phase
from findings.stage import (
    ALICE,
    BOB,
    EVE,
    FREEZE,
    KEEP,
    MALLORY,
    TOPIC,
    Commitment,
    Stage,
)
from findings.variants import Edit, Variant, attacker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Attack = Callable[[Stage], bool]

CHECK = "if (msg.sender != tx.origin || msg.sender.code.length != 0)"
ONLY_CODE = Variant(Edit(CHECK, "if (msg.sender.code.length != 0)"))
ONLY_ORIGIN = Variant(Edit(CHECK, "if (msg.sender != tx.origin)"))
CONTRACTS_WELCOME = Variant(
    Edit(CHECK, "if (false)"),
    Edit(
        "_requireSignature(key.committer, request, deadline, signature);\n        _seal(",
        "_requireAccount(key.committer, request, deadline, signature);\n        _seal(",
    ),
)
PROMISE = attacker("AttackPromise")
FACTORY = attacker("AttackConstructor")

STATEMENT = b"Dare, and nobody can change that"
NO_SALT = bytes(32)
FOREVER = (1 << 256) - 1
LAST = FREEZE - 1


def published(stage: Stage) -> tuple[Interface, Commitment, int]:
    """The promising contract, which publishes when it is created; and in which second that was."""
    promise = Interface(PROMISE.artifact())
    contract = stage.deploy(promise.creation(stage.registry, TOPIC, STATEMENT)).contract
    assert contract is not None
    c = stage.with_content(contract, Content(TOPIC, STATEMENT))
    assert stage.phase(c) is Phase.TENTATIVE
    return promise, c, stage.second


def is_kept(stage: Stage, c: Commitment, freeze: int) -> bool:
    """Anybody opens it: the salt, too, is known from the code."""
    stage.at(freeze, stage.open(c, KEEP, salt=NO_SALT, by=BOB))
    return stage.phase(c) is Phase.KEPT


def by_call(stage: Stage) -> bool:
    promise, c, second = published(stage)
    stage.at(second + LAST - 1, Tx(BOB, c.owner, promise.functions["keep"].encode()))
    return is_kept(stage, c, second + 60)


def by_contract_signature(stage: Stage) -> bool:
    promise, c, second = published(stage)
    seal = stage.chain.call(Tx(BOB, c.owner, promise.functions["promised"].encode()))[:23]
    stage.at(second + LAST - 1, stage.tx(BOB, "sealFor", c.abi, seal, b"", FOREVER, b""))
    return is_kept(stage, c, second + 60)


def by_constructor(stage: Stage) -> bool:
    factory = Interface(FACTORY.artifact())
    address = stage.deploy(factory.creation()).contract
    assert address is not None
    asked = stage.chain.call(Tx(EVE, address, factory.functions["committer"].encode()))
    c = stage.with_content(factory.functions["committer"].decode(asked), Content(TOPIC, STATEMENT))

    def act(tx: Tx) -> Tx:
        return Tx(MALLORY, address, factory.functions["act"].encode(tx.to, tx.data))

    second = stage.second + 1
    stage.at(second, act(stage.publish(c)))
    assert stage.phase(c) is Phase.TENTATIVE
    assert stage.chain.code(c.owner) == b""
    stage.at(second + 59, act(stage.seal(c, KEEP, NO_SALT)))
    return is_kept(stage, c, second + 60)


def by_account_with_code(stage: Stage) -> bool:
    """What its code lets it seal is not shown here: any code will do to be refused."""
    c = stage.commitment(ALICE)
    stage.chain.set_code(ALICE, bytes.fromhex("ef0100") + bytes.fromhex(BOB[2:]))
    stage.at(1, stage.publish(c))
    stage.at(60, stage.seal(c, KEEP, NO_SALT))
    return is_kept(stage, c, 61)


def delegate(chain: AnvilChain) -> None:
    """Alice signs an authorisation for her account to run Bob's code, and anybody sends it."""
    alice = dev_signer("alice")._account
    authorization = alice.sign_authorization(
        {"chainId": chain.chain_id, "address": BOB, "nonce": chain.nonce(ALICE)}
    )
    fields = {
        "type": 4,
        "chainId": chain.chain_id,
        "nonce": chain.nonce(EVE),
        "gas": 100_000,
        "maxFeePerGas": 0,
        "maxPriorityFeePerGas": 0,
        "to": BOB,
        "value": 0,
        "data": b"",
        "authorizationList": [authorization],
    }
    raw = dev_signer("erin").sign_transaction(fields)
    chain._rpc("eth_sendRawTransaction", "0x" + raw.hex())
    chain._many(("evm_setNextBlockTimestamp", [chain.head().time + 1]), ("evm_mine", []))
    assert chain.code(ALICE) == bytes.fromhex("ef0100" + BOB[2:])


def by_delegated_account(stage: Stage, chain: AnvilChain) -> bool:
    """The same with a delegation that a node made."""
    c = stage.commitment(ALICE)
    delegate(chain)
    second = stage.second
    stage.at(second + 1, stage.publish(c))
    stage.at(second + 60, stage.seal(c, KEEP, NO_SALT))
    return is_kept(stage, c, second + 61)


@pytest.fixture
def anvil() -> Iterator[AnvilChain]:
    chain = AnvilChain()
    yield chain
    chain.close()


@pytest.mark.anvil
@pytest.mark.network
def test_delegated_account_succeeds_without_the_defence(anvil: AnvilChain) -> None:
    assert by_delegated_account(Stage(ONLY_ORIGIN, anvil), anvil)


@pytest.mark.anvil
@pytest.mark.network
def test_delegated_account_fails_against_the_registry(anvil: AnvilChain) -> None:
    with pytest.raises(NotPlainKey):
        by_delegated_account(Stage(None, anvil), anvil)


@pytest.mark.parametrize(
    ("attack", "variant"),
    [
        (by_call, CONTRACTS_WELCOME),
        (by_constructor, ONLY_CODE),
        (by_account_with_code, ONLY_ORIGIN),
        (by_contract_signature, CONTRACTS_WELCOME),
    ],
)
def test_succeeds_without_the_defence(attack: Attack, variant: Variant) -> None:
    assert attack(Stage(variant))


@pytest.mark.parametrize("attack", [by_call, by_constructor, by_account_with_code])
def test_fails_against_the_registry(attack: Attack) -> None:
    with pytest.raises(NotPlainKey):
        attack(Stage())


def test_contract_signature_fails_against_the_registry() -> None:
    with pytest.raises(WrongSigner):
        by_contract_signature(Stage())
