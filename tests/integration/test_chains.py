"""One battery for every kind of chain: what a block holds, when, in what order; how to go back.

The contract they run is written in EVM assembly below, so that these tests need no compiler.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from boomerang.chains import (
    CallReverted,
    Tx,
    TxRejected,
    UnknownBlock,
    UnknownSnapshot,
    WrongBlockTime,
    connect,
)
from boomerang.chains.base import DEV_ACCOUNTS, DEV_BALANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.chains import Chain

ALICE, BOB, CAROL = (DEV_ACCOUNTS[name] for name in ("alice", "bob", "carol"))
STRANGER = "0x1111111111111111111111111111111111111111"

# Runtime code. Call data of 32 bytes: a selector word.
#   1: log the word "time", "number", the caller's code size; return the three
#   2: storage[0] += 1, logged
#   3: storage[0] += 1, then revert with the word 0xfe
#   4: return blockhash(number - 1)
#   5: burn all gas
ASSEMBLY = """
    600035 80 6001 14 {one} 57 80 6002 14 {two} 57 80 6003 14 {three} 57 80 6004 14 {four} 57 fe
"""


def _code() -> bytes:
    """Two passes: the parts' lengths do not depend on where they are."""
    parts = {
        "one": "5b 42 600052 43 602052 33 3b 604052 60606000 a0 6060 6000 f3",
        "two": "5b 600054 6001 01 80 600055 600052 60026020 6000 a1 6020 6000 f3",
        "three": "5b 600054 6001 01 600055 60fe 600052 6020 6000 fd",
        "four": "5b 6001 43 03 40 600052 6020 6000 f3",
    }
    dispatch = ASSEMBLY.format(**dict.fromkeys(parts, "6000"))
    at = len(bytes.fromhex(dispatch.replace("\n", "")))
    places = {}
    for name, part in parts.items():
        places[name] = f"60{at:02x}"
        at += len(bytes.fromhex(part))
    return bytes.fromhex((ASSEMBLY.format(**places) + "".join(parts.values())).replace("\n", ""))


RUNTIME = _code()
CREATION = (
    bytes.fromhex(f"60{len(RUNTIME):02x} 600c 6000 39 60{len(RUNTIME):02x} 6000 f3") + RUNTIME
)


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


@pytest.fixture(
    scope="module",
    params=[
        "pyrevm",
        "tester",
        pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.network]),
    ],
)
def shared(request: pytest.FixtureRequest) -> Iterator[Chain]:
    chain = connect(request.param)
    yield chain
    chain.close()


@pytest.fixture
def chain(shared: Chain) -> Iterator[Chain]:
    start = shared.snapshot()
    yield shared
    shared.restore(start)


@pytest.fixture
def target(chain: Chain) -> str:
    (receipt,) = chain.mine(chain.head().time + 1, [Tx(ALICE, None, CREATION)])
    assert receipt.ok
    assert receipt.contract is not None
    assert chain.code(receipt.contract) == RUNTIME
    return receipt.contract


def test_accounts_are_the_development_accounts_and_have_money(chain: Chain) -> None:
    assert chain.accounts() == list(DEV_ACCOUNTS.values())
    assert chain.balance(ALICE) == DEV_BALANCE
    assert chain.nonce(ALICE) == 0
    assert chain.chain_id == 31337


def test_block_is_made_at_exactly_the_second_asked_for(chain: Chain, target: str) -> None:
    head = chain.head()
    for step in (1, 2, 59, 3600, 10**6):
        time = chain.head().time + step
        (receipt,) = chain.mine(time, [Tx(BOB, target, word(1))])
        assert receipt.block.time == time
        assert chain.head() == receipt.block
        seen_time, seen_number, code_size = (receipt.logs[0].data[i : i + 32] for i in (0, 32, 64))
        assert seen_time == word(time)
        assert seen_number == word(receipt.block.number)
        assert code_size == word(0)
    assert chain.head().number == head.number + 5
    assert chain.now() >= chain.head().time
    assert chain.block(head.number) == head


def test_empty_blocks_are_blocks(chain: Chain) -> None:
    head = chain.head()
    assert chain.mine(head.time + 5) == []
    assert chain.head().number == head.number + 1
    assert chain.head().time == head.time + 5


@pytest.mark.parametrize("step", [0, -1])
def test_time_does_not_stand_or_go_back(chain: Chain, step: int) -> None:
    head = chain.head()
    with pytest.raises(WrongBlockTime):
        chain.mine(head.time + step, [Tx(ALICE, BOB, value=1)])
    assert chain.head() == head


def test_transactions_of_one_block_run_in_the_order_given(chain: Chain, target: str) -> None:
    senders = [BOB, ALICE, BOB, CAROL, ALICE, BOB]
    receipts = chain.mine(chain.head().time + 1, [Tx(who, target, word(2)) for who in senders])
    assert [r.logs[0].data for r in receipts] == [word(n) for n in range(1, 7)]
    assert {r.logs[0].topics for r in receipts} == {(word(2),)}
    assert [r.index for r in receipts] == list(range(6))
    assert [r.logs[0].index for r in receipts] == list(range(6))
    assert len({r.block for r in receipts}) == 1


def test_failed_transaction_stays_in_its_block_with_its_revert_data(
    chain: Chain, target: str
) -> None:
    nonce = chain.nonce(BOB)
    fine, failed, halted, last = chain.mine(
        chain.head().time + 1,
        [
            Tx(BOB, target, word(2)),
            Tx(BOB, target, word(3)),
            Tx(CAROL, target, word(9), gas=100_000),
            Tx(BOB, target, word(2)),
        ],
    )
    assert (fine.ok, failed.ok, halted.ok, last.ok) == (True, False, False, True)
    assert failed.output == word(0xFE)
    assert failed.logs == ()
    assert 21_000 < failed.gas_used < 100_000
    assert halted.output == b""
    assert halted.gas_used == 100_000
    assert last.logs[0].data == word(2), "what the failed one wrote was undone"
    assert chain.nonce(BOB) == nonce + 3
    assert chain.block(last.block.number) == failed.block


def test_failed_creation(chain: Chain) -> None:
    (receipt,) = chain.mine(
        chain.head().time + 1, [Tx(BOB, None, bytes.fromhex("60fe60005260206000fd"))]
    )
    assert not receipt.ok
    assert receipt.contract is None
    assert receipt.output == word(0xFE)
    assert chain.nonce(BOB) == 1


def test_value_moves_and_gas_costs_nothing(chain: Chain) -> None:
    chain.set_balance(STRANGER, 7)
    chain.set_balance(BOB, 1000)
    chain.mine(chain.head().time + 1, [Tx(BOB, STRANGER, value=300), Tx(BOB, CAROL, value=700)])
    assert chain.balance(STRANGER) == 307
    assert chain.balance(BOB) == 0
    assert chain.balance(CAROL) == DEV_BALANCE + 700


@pytest.mark.parametrize(
    "bad",
    [
        Tx(BOB, ALICE, value=DEV_BALANCE + 1),
        Tx(BOB, ALICE, gas=20_999),
        Tx(BOB, ALICE, data=b"\xff" * 1000, gas=21_000 + 16 * 1000),
    ],
    ids=["too poor", "too little gas", "less gas than EIP-7623 asks"],
)
def test_block_with_an_impossible_transaction_is_not_made(
    chain: Chain, target: str, bad: Tx
) -> None:
    head = chain.head()
    with pytest.raises(TxRejected) as caught:
        chain.mine(head.time + 1, [Tx(ALICE, target, word(2)), bad])
    assert caught.value.tx == bad
    assert chain.head() == head
    assert chain.nonce(ALICE) == 1
    assert chain.logs(target) == []
    (receipt,) = chain.mine(head.time + 1, [Tx(ALICE, target, word(2))])
    assert receipt.logs[0].data == word(1)


def test_limits_of_one_transaction(chain: Chain) -> None:
    if chain.kind != "anvil":  # a node has its own limits
        with pytest.raises(TxRejected, match="more than"):
            chain.mine(chain.head().time + 1, [Tx(ALICE, BOB, gas=30_000_001)])
        with pytest.raises(TxRejected, match="somebody to call"):
            chain.call(Tx(ALICE, None, CREATION))
    (receipt,) = chain.mine(chain.head().time + 1, [Tx(ALICE, BOB, gas=30_000_000)])
    assert receipt.ok


@pytest.mark.filterwarnings("ignore:SELFDESTRUCT:DeprecationWarning")
def test_contract_that_ends_in_its_own_creation(chain: Chain) -> None:
    """It stores, pays out and destroys itself: nothing of it is left (EIP-6780)."""
    chain.set_balance(STRANGER, 0)
    end = bytes.fromhex("6001600055 73" + STRANGER[2:] + "ff")
    (receipt,) = chain.mine(chain.head().time + 1, [Tx(ALICE, None, end, value=5)])
    assert receipt.ok
    assert receipt.contract is not None
    assert chain.code(receipt.contract) == b""
    assert chain.nonce(receipt.contract) == 0
    assert chain.balance(receipt.contract) == 0
    assert chain.balance(STRANGER) == 5


def test_key_that_the_chain_does_not_hold(chain: Chain) -> None:
    from eth_account import Account

    from boomerang.chains.signers import LocalSigner

    signer = LocalSigner(Account.from_key(b"\x07" * 32))
    chain.set_balance(signer.address, 10)
    assert chain.send(Tx(signer.address, BOB, value=4), signer).ok
    assert chain.balance(signer.address) == 6
    assert chain.nonce(signer.address) == 1
    if chain.kind == "tester":
        with pytest.raises(TxRejected, match="no key"):
            chain.send(Tx(signer.address, BOB, value=4))


def test_two_payments_that_only_one_balance_covers(chain: Chain) -> None:
    chain.set_balance(BOB, 10)
    head = chain.head()
    with pytest.raises(TxRejected):
        chain.mine(head.time + 1, [Tx(BOB, ALICE, value=6), Tx(BOB, ALICE, value=6)])
    assert chain.head() == head
    assert chain.balance(BOB) == 10


def test_hashes_are_what_contracts_see(chain: Chain, target: str) -> None:
    for _ in range(3):
        before = chain.head()
        (receipt,) = chain.mine(before.time + 4, [Tx(ALICE, target, word(4))])
        if receipt.output:  # nodes do not tell what a transaction returned
            assert receipt.output == chain.block_hash(before.number)
        seen = chain.call(Tx(ALICE, target, word(4)))
        assert seen == chain.block_hash(chain.head().number - 1)
        assert len(seen) == 32
        assert any(seen)
    with pytest.raises(UnknownBlock):
        chain.block_hash(chain.head().number + 1)
    with pytest.raises(UnknownBlock):
        chain.block(-1)


def test_call_sees_the_head_at_any_time_and_changes_nothing(chain: Chain, target: str) -> None:
    head = chain.head()
    answer = chain.call(Tx(BOB, target, word(1)))
    assert answer[:64] == word(head.time) + word(head.number)
    later = chain.call(Tx(BOB, target, word(1)), at=head.time + 12345)
    assert later[:64] == word(head.time + 12345) + word(head.number)
    assert chain.call(Tx(BOB, target, word(2))) == word(1)
    assert chain.call(Tx(BOB, target, word(2))) == word(1)
    with pytest.raises(CallReverted) as caught:
        chain.call(Tx(BOB, target, word(3)))
    assert caught.value.data == word(0xFE)
    with pytest.raises(CallReverted) as caught:
        chain.call(Tx(BOB, target, word(9)))
    assert caught.value.data == b""
    assert chain.head() == head
    assert chain.nonce(BOB) == 0


def test_snapshot_can_be_returned_to_again_and_again(chain: Chain, target: str) -> None:
    chain.mine(chain.head().time + 1, [Tx(ALICE, target, word(2))])
    head, logs, balance = chain.head(), chain.logs(target), chain.balance(CAROL)
    block_hash = chain.block_hash(head.number)
    point = chain.snapshot()
    for repeat in range(3):
        chain.set_balance(CAROL, repeat)
        chain.set_code(STRANGER, b"\x00")
        for step in range(1, 4):
            time = chain.head().time + step + repeat
            chain.mine(time, [Tx(ALICE, target, word(2)), Tx(BOB, STRANGER, value=1)])
        assert chain.call(Tx(ALICE, target, word(2))) == word(5)
        chain.restore(point)
        assert chain.head() == head
        assert chain.logs(target) == logs
        assert chain.balance(CAROL) == balance
        assert chain.balance(STRANGER) == 0
        assert chain.code(STRANGER) == b""
        assert chain.block_hash(head.number) == block_hash
        assert chain.call(Tx(ALICE, target, word(2))) == word(2)


def test_snapshots_nest(chain: Chain, target: str) -> None:
    first = chain.snapshot()
    chain.mine(chain.head().time + 1, [Tx(ALICE, target, word(2))])
    second = chain.snapshot()
    chain.mine(chain.head().time + 1, [Tx(ALICE, target, word(2))])
    chain.restore(second)
    assert chain.call(Tx(ALICE, target, word(2))) == word(2)
    chain.restore(first)
    assert chain.call(Tx(ALICE, target, word(2))) == word(1)
    with pytest.raises(UnknownSnapshot):
        chain.restore(second)
    with pytest.raises(UnknownSnapshot):
        chain.restore(object())


def test_logs_of_one_contract_from_a_block_on(chain: Chain, target: str) -> None:
    (other,) = chain.mine(chain.head().time + 1, [Tx(ALICE, None, CREATION)])
    assert other.contract is not None
    blocks = []
    for _ in range(3):
        receipts = chain.mine(
            chain.head().time + 2,
            [Tx(BOB, other.contract, word(2)), Tx(BOB, target, word(2)), Tx(BOB, target, word(1))],
        )
        blocks.append(receipts[0].block)
        assert [log for r in receipts for log in r.logs if log.address == target] == chain.logs(
            target, receipts[0].block.number
        )
    logs = chain.logs(target)
    assert [log.block for log in logs] == [block for block in blocks for _ in range(2)]
    assert [log.index for log in logs] == [1, 2] * 3
    assert chain.logs(target, blocks[1].number) == logs[2:]
    assert chain.logs(target.lower(), chain.head().number + 1) == []
    assert chain.logs(STRANGER) == []


def test_send_mines_at_once(chain: Chain, target: str) -> None:
    head = chain.head()
    receipt = chain.send(Tx(BOB, target, word(2)))
    assert receipt.ok
    assert receipt.block.number == head.number + 1
    assert receipt.block.time > head.time
    failed = chain.send(Tx(BOB, target, word(3)))
    assert not failed.ok
    assert failed.output == word(0xFE)
    with pytest.raises(TxRejected):
        chain.send(Tx(BOB, target, value=DEV_BALANCE * 2))


def test_send_with_a_signer(chain: Chain, target: str) -> None:
    from boomerang.chains.signers import dev_signer

    signer = dev_signer("bob")
    assert signer.address == BOB
    assert chain.send(Tx(BOB, target, word(2)), signer).ok
    assert chain.nonce(BOB) == 1


def test_advance(chain: Chain) -> None:
    head = chain.head()
    block = chain.advance(100)
    assert block == chain.head()
    assert block.time >= head.time + 100
    assert block.number > head.number


def test_account_with_code_may_still_send(chain: Chain, target: str) -> None:
    """What EIP-7702 makes possible: sender and origin are one account, and it has code."""
    designator = bytes.fromhex("ef0100") + bytes.fromhex(STRANGER[2:])
    chain.set_code(BOB, designator)
    (receipt,) = chain.mine(chain.head().time + 1, [Tx(BOB, target, word(1))])
    assert receipt.ok
    assert receipt.logs[0].data[64:] == word(23)
    assert chain.code(BOB) == designator
    chain.set_code(BOB, b"")
    (receipt,) = chain.mine(chain.head().time + 1, [Tx(BOB, target, word(1))])
    assert receipt.logs[0].data[64:] == word(0)


def test_gas_is_the_same_everywhere(chain: Chain, target: str) -> None:
    """Cold, warm, refunds and calldata: nothing of an earlier transaction may be felt."""
    used = []
    for data in (word(2), word(2), word(1), word(3), b"\xff" * 600, b"\0" * 600):
        receipts = chain.mine(
            chain.head().time + 1, [Tx(BOB, target, data, gas=90_000), Tx(BOB, CAROL, data)]
        )
        used += [r.gas_used for r in receipts]
    assert used == [
        44336,
        21350,
        27236,
        21350,
        22457,
        21350,
        26243,
        21350,
        90000,
        45000,
        90000,
        27000,
    ]


def test_unreferenced_snapshots_cost_nothing(chain: Chain, target: str) -> None:
    for _ in range(5):
        chain.snapshot()
    gc.collect()
    chain.mine(chain.head().time + 1, [Tx(ALICE, target, word(2))])
    assert chain.call(Tx(ALICE, target, word(2))) == word(2)
