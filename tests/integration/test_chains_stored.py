"""The embedded chain in a file: what is written is there again, whoever writes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from boomerang.chains import NotSupported, Tx, TxRejected, connect
from boomerang.chains.base import DEV_ACCOUNTS, DEV_BALANCE, Block
from boomerang.chains.embedded import EmbeddedChain
from boomerang.chains.stored import BLOCK_SECONDS, MAX_EMPTY_BLOCKS, ChainFileError, StoredChain

if TYPE_CHECKING:
    from pathlib import Path

ALICE, BOB, CAROL = (DEV_ACCOUNTS[name] for name in ("alice", "bob", "carol"))
PAY = Tx(ALICE, BOB, value=1)
# Answers a call with the block's time and number.
CLOCK = bytes.fromhex("42 600052 43 602052 6040 6000 f3")


class Clock:
    def __init__(self, time: float = 1_900_000_000.0) -> None:
        self.time = time

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "chain.jsonl"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def reopened(chain: StoredChain, clock: Clock) -> StoredChain:
    chain.close()
    return StoredChain(chain.path, clock_=clock)


def state_of(chain: StoredChain) -> tuple[object, ...]:
    return (
        chain.head(),
        chain.now(),
        [chain.balance(a) for a in (ALICE, BOB, CAROL)],
        [chain.nonce(a) for a in (ALICE, BOB, CAROL)],
        chain.code(CAROL),
        chain.logs(CAROL),
    )


def test_everything_is_there_after_reopening(path: Path, clock: Clock) -> None:
    chain = StoredChain(path, clock_=clock, chain_id=77)
    logger = bytes.fromhex("60006000a000")
    chain.set_code(CAROL, logger)
    chain.set_balance(BOB, 5)
    clock.time += 3
    assert chain.send(PAY).ok
    chain.mine(chain.head().time + 1000, [PAY, Tx(BOB, CAROL, value=6), Tx(ALICE, CAROL, b"\1")])
    chain.advance(50)
    before = state_of(chain)
    again = reopened(chain, clock)
    assert state_of(again) == before
    assert again.chain_id == 77
    assert again.balance(BOB) == 1
    assert len(again.logs(CAROL)) == 2
    again.close()
    assert path.stat().st_mode & 0o077 == 0, "readable by its owner only"


def test_time_stands_still_between_transactions(path: Path, clock: Clock) -> None:
    chain = StoredChain(path, clock_=clock)
    start = chain.head()
    assert start.time == clock.time == chain.now()
    clock.time += 10**6
    assert chain.now() == start.time
    assert chain.send(PAY).block == Block(start.number + 1, start.time + 1)
    chain = reopened(chain, clock)
    clock.time -= 10**7
    assert chain.send(PAY).block == Block(start.number + 2, start.time + 2)
    assert chain.now() == start.time + 2
    chain.close()


def test_advance_lets_time_pass_with_blocks_in_it(path: Path, clock: Clock) -> None:
    chain = StoredChain(path, clock_=clock)
    start = chain.head()
    assert chain.advance(1) == Block(start.number + 1, start.time + 1)
    assert chain.advance(10) == Block(start.number + 1 + 10 // BLOCK_SECONDS, start.time + 11)
    assert chain.block(start.number + 2).time == start.time + 1 + BLOCK_SECONDS
    before = chain.head().number
    assert chain.advance(10**6).number <= before + MAX_EMPTY_BLOCKS + 1
    chain = reopened(chain, clock)
    assert chain.now() == start.time + 11 + 10**6
    chain.close()


def test_views_are_asked_at_the_head(path: Path, clock: Clock) -> None:
    with StoredChain(path, clock_=clock) as chain:
        chain.set_code(CAROL, CLOCK)
        head = chain.head()
        clock.time += 30
        answer = chain.call(Tx(ALICE, CAROL))
        assert int.from_bytes(answer[:32], "big") == head.time
        assert int.from_bytes(chain.call(Tx(ALICE, CAROL), at=7)[:32], "big") == 7
        assert chain.head() == head


def test_a_journal_of_when_the_clock_ran_still_opens(path: Path, clock: Clock) -> None:
    chain = StoredChain(path, clock_=clock)
    chain.send(PAY)
    with path.open("ab") as file:
        file.write(b'{"shift":60}\n')
    chain = reopened(chain, clock)
    assert chain.balance(BOB) == DEV_BALANCE + 1
    chain.close()


def test_impossible_transaction_leaves_nothing(path: Path, clock: Clock) -> None:
    with StoredChain(path, clock_=clock) as chain:
        clock.time += 100
        before = path.read_bytes(), chain.head()
        with pytest.raises(TxRejected):
            chain.send(Tx(ALICE, BOB, value=DEV_BALANCE + 1))
        assert (path.read_bytes(), chain.head()) == before


def test_several_may_use_one_file(path: Path, clock: Clock) -> None:
    with StoredChain(path, clock_=clock) as one, StoredChain(path, clock_=clock) as two:
        one.send(PAY)
        assert two.balance(BOB) == DEV_BALANCE + 1
        two.send(PAY)
        two.set_balance(CAROL, 3)
        one.send(PAY)
        one.advance(7)
        assert state_of(one) == state_of(two)
        assert two.balance(CAROL) == 3
        assert one.nonce(ALICE) == 3


PAYER = """
import sys
from boomerang.chains import Tx
from boomerang.chains.embedded import EmbeddedChain
with EmbeddedChain.open(sys.argv[1]) as chain:
    for _ in range(20):
        chain.send(Tx(sys.argv[2], sys.argv[3], value=1))
"""


def test_processes_wait_for_each_other(path: Path) -> None:
    command = [sys.executable, "-c", PAYER, str(path), ALICE, BOB]
    workers = [subprocess.Popen(command) for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    with EmbeddedChain.open(path) as chain:
        assert chain.nonce(ALICE) == 60
        assert chain.balance(BOB) == DEV_BALANCE + 60


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_torn_line_is_forgotten(path: Path, clock: Clock, cut: int) -> None:
    chain = StoredChain(path, clock_=clock)
    chain.send(PAY)
    before = state_of(chain)
    whole = path.read_bytes()
    chain.send(PAY)
    chain.close()
    torn = path.read_bytes()[: len(whole) + cut]
    path.write_bytes(torn)
    chain = StoredChain(path, clock_=clock)
    assert state_of(chain) == before
    chain.send(PAY)
    assert chain.balance(BOB) == DEV_BALANCE + 2
    chain = reopened(chain, clock)
    assert chain.balance(BOB) == DEV_BALANCE + 2
    assert all(json.loads(line) for line in path.read_text().splitlines())
    chain.close()


def test_torn_header_is_a_new_chain(path: Path, clock: Clock) -> None:
    path.parent.mkdir()
    path.write_bytes(b'{"format":"boome')
    with StoredChain(path, clock_=clock) as chain:
        assert chain.head().number == 0


@pytest.mark.parametrize(
    "content",
    [b"hello\n", b'{"format":"other"}\n', b"[]\n", b'{"format":"boomerang-chain-1"}\n'],
)
def test_other_files_are_not_touched(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ChainFileError):
        EmbeddedChain.open(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("line", [b"{}\n", b"nonsense\n", b'{"time":5}\n', b'{"balance":[1]}\n'])
def test_damage_is_named(path: Path, clock: Clock, line: bytes) -> None:
    chain = StoredChain(path, clock_=clock)
    chain.send(PAY)
    with path.open("ab") as file:
        file.write(line)
    with pytest.raises(ChainFileError, match="damaged at byte"):
        chain.head()
    chain.close()
    with pytest.raises(ChainFileError, match="damaged at byte"):
        StoredChain(path, clock_=clock)


def test_disk_that_takes_no_more(path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with StoredChain(path, clock_=clock) as chain:
        chain.send(PAY)
        before = state_of(chain)
        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(ChainFileError, match="No space left"):
            chain.send(PAY)
        assert state_of(chain)[2:] == before[2:]
        monkeypatch.undo()
        chain.send(PAY)
        assert chain.balance(BOB) == DEV_BALANCE + 2
    with StoredChain(path, clock_=clock) as chain:
        assert chain.balance(BOB) == DEV_BALANCE + 2


def test_unreadable_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ChainFileError):
        EmbeddedChain.open(tmp_path / "file" / "chain.jsonl")
    with pytest.raises(ChainFileError):
        EmbeddedChain.open(tmp_path)


def test_what_a_file_cannot_do(path: Path) -> None:
    chain = connect(f"pyrevm:{path}")
    with pytest.raises(NotSupported):
        chain.snapshot()
    with pytest.raises(NotSupported):
        chain.restore(object())
    chain.close()
    with pytest.raises(ChainFileError):
        chain.head()
