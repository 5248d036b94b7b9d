"""Escrow and execution from the command line, on the embedded chain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_commands import Shell, empty, shell

from boomerang.artifacts import load
from boomerang.chains.base import DEV_ACCOUNTS, Tx
from boomerang.chains.embedded import EmbeddedChain
from boomerang.client import Erc20
from boomerang.client.abi import Interface

__all__ = ["empty", "shell"]

ALICE, BOB, CAROL = (DEV_ACCOUNTS[name] for name in ("alice", "bob", "carol"))
LATEST = 600 + (2 * 4 + 1) * (600 - 200) + 300
"""From a publication to its latest resolution, with the parameters of `shell`."""


class Purse:
    """The embedded chain behind the commands: balances, and a token of which bob has 100."""

    def __init__(self, shell: Shell) -> None:
        self.path = next(Path(shell.home).glob("*.chain"))

    def ether(self, account: str) -> int:
        with EmbeddedChain.open(self.path) as chain:
            return chain.balance(account)

    def gold(self, token: str, account: str) -> int:
        with EmbeddedChain.open(self.path) as chain:
            return Erc20(chain, token).balance_of(account)

    def token(self) -> str:
        contract = Interface(load("TestToken"))
        with EmbeddedChain.open(self.path) as chain:
            made = chain.send(Tx(CAROL, None, contract.creation("Gold", "GOLD"))).contract
            assert made is not None
            chain.send(Tx(CAROL, made, contract.functions["mint"].encode(BOB, 100)))
            return made

    def code(self, account: str, code: bytes) -> None:
        with EmbeddedChain.open(self.path) as chain:
            chain.set_code(account, code)


@pytest.fixture
def purse(shell: Shell) -> Purse:
    return Purse(shell)


def publish(shell: Shell, name: str, *words: str) -> Any:
    return shell.json("publish", "?", "--as", name, "--account", "bob", *words)


def keep(shell: Shell, *names: str) -> None:
    shell("embedded", "advance", "60")
    for name in names:
        shell("seal", name, "keep")
    shell("embedded", "advance", "600")
    for name in names:
        shell("open", name)


def test_what_is_paid_is_put_aside_and_executed_by_anyone(shell: Shell, purse: Purse) -> None:
    before = {who: purse.ether(who) for who in (ALICE, BOB, CAROL)}
    publish(shell, "B1", "--pay", "alice=5", "--tip", "2", "--escrow", "10")
    assert purse.ether(BOB) == before[BOB] - 10
    one = shell.json("show", "B1")
    assert one["escrow"] == [{"token": None, "amount": 10}]
    assert one["execution"] == "UNDECIDED"
    assert one["can"] == ["revoke B1"]
    early = shell.error("execute", "B1", code=1, name="Boomerang_NotFinal")
    assert early == "the outcome of B1 is not final"
    assert "nothing to execute" in shell("execute").stdout
    keep(shell, "B1")
    shown = shell("show", "B1").stdout
    for said in ("escrow", "alice 5 wei", "ready to pay", "execute B1 (ready to pay)"):
        assert said in shown
    assert shell("execute", "--account", "carol").stdout.strip() == "B1 is carried out."
    change = {who: purse.ether(who) - before[who] for who in before}
    assert change == {ALICE: 5, BOB: -7, CAROL: 2}
    one = shell.json("show", "B1")
    assert (one["execution"], one["can"]) == ("EXECUTED", [])
    shell.error("execute", "B1", code=1, name="Boomerang_AlreadyExecuted")


def test_what_lapses_goes_home(shell: Shell, purse: Purse) -> None:
    before = purse.ether(BOB)
    publish(shell, "B1", "--pay", "alice=5")
    shell("embedded", "advance", "600")
    assert shell.json("show", "B1")["can"] == ["resolve B1", "execute B1 (ready to go home)"]
    done = shell.json("execute", "B1")["executed"]
    (one,) = done.values()
    assert (one["result"], one["failed"]) == ("Refunded", [])
    assert one["events"] == ["Resolved", "Refunded"]
    assert purse.ether(BOB) == before
    assert "sends the escrow of B1 home" in shell("timeline").stdout


def test_a_guard_that_waits(shell: Shell) -> None:
    publish(shell, "A1")
    shell("embedded", "advance", "30")
    publish(shell, "B1", "--pay", "alice=1", "--guard", "kept(A1)")
    shell("embedded", "advance", "60")
    shell("seal", "A1", "keep")
    shell("seal", "B1", "keep")
    shell("embedded", "advance", "600")
    shell("open", "B1")
    one = shell.json("show", "B1")
    assert one["execution"] == "GUARD_PENDING"
    assert len(one["guardWaitsFor"]) == 1
    assert "(waits for A1)" in shell("show", "B1").stdout
    shell.error("execute", "B1", code=1, name="Boomerang_GuardPending")


def test_tokens_need_an_approval_which_can_be_had_on_the_way(shell: Shell, purse: Purse) -> None:
    gold = purse.token()
    pays = ("--pay", f"alice=7@{gold}", "--pay", "alice=1")
    poor = ("--pay", f"alice=101@{gold}")
    words = ("publish", "?", "--as", "B1", "--account", "bob")
    message = shell.error(*words, *pays, code=1, name="NotFunded")
    assert "approve it first (--approve does it)" in message
    assert "has 100 of" in shell.error(*words, *poor, code=1, name="NotFunded")
    assert shell.store().contents().publications == []
    publish(shell, "B1", *pays, "--approve")
    assert purse.gold(gold, BOB) == 93
    shown = shell("show", "B1").stdout
    assert f"7 of {gold}" in shown
    keep(shell, "B1")
    shell("execute", "B1")
    assert purse.gold(gold, ALICE) == 7


def test_clauses_that_cannot_be_published_are_not_sent(shell: Shell) -> None:
    words = ("publish", "?", "--account", "bob")
    over = shell.error(
        *(*words, "--escrow", "1", "--pay", "alice=2"), code=1, name="Boomerang_Overspent"
    )
    assert over == "a payment, call or tip names 2 wei, where the escrow has 1 wei left"
    call = "target=alice,amount=1,remainder=carol"
    shell.error(
        *(*words, "--call", call, "--deadline", f"+{LATEST - 5}"),
        code=1,
        name="Boomerang_DeadlineTooEarly",
    )
    for wrong in ("target=alice", "remainder=alice", "target=alice,x=1", f"{call},data=0xz"):
        shell.error(*words, "--call", wrong, code=2)
    shell.error(*words, "--deadline", "tomorrow", code=2)
    shell.error(*words, "--tip", "1@nobody", code=2)
    assert shell.store().contents().publications == []


def test_a_call_whose_rest_is_the_committers_is_warned_of(shell: Shell) -> None:
    call = "target=alice,amount=1,remainder="
    said = shell("publish", "--account", "bob", "--call", call + "bob").stderr
    assert "a call that fails is then a way to get the escrow back" in said
    assert "Warning" not in shell("publish", "--account", "bob", "--call", call + "carol").stderr


def test_calls_that_fail_are_retried_or_released(shell: Shell, purse: Purse) -> None:
    target = "0x" + "7a" * 20
    calls = [
        f"target={target},amount=3,remainder=carol",
        "target=alice,amount=4,data=0x1234,remainder=carol",
    ]
    given = [word for one in calls for word in ("--call", one)]
    publish(shell, "B1", *given, "--deadline", f"+{LATEST + 50}")
    purse.code(target, bytes.fromhex("5f5ffd"))
    keep(shell, "B1")
    said = shell("execute", "B1").stdout
    assert "Call 0 failed: boomerang retry B1 --call 0" in said
    one = shell.json("show", "B1")
    assert one["outstanding"] == [0, 1]
    assert one["can"] == ["retry B1 --call 0", "retry B1 --call 1"]
    assert "(failed)" in shell("show", "B1").stdout
    shell.error("retry", "B1", code=1, name="Boomerang_CallFailed")
    shell.error("release", "B1", code=1, name="Boomerang_StillRetriable")
    purse.code(target, b"\x00")
    assert shell("retry", "B1").stdout.strip() == "Call 0 of B1 was made."
    shell.error("retry", "B1", code=1, name="Boomerang_NothingOutstanding")
    shell("embedded", "advance", str(LATEST))
    assert shell.json("show", "B1")["can"] == ["release B1 --call 1"]
    before = purse.ether(CAROL)
    shell("release", "B1", "--call", "1", "--account", "dave")
    assert purse.ether(CAROL) == before + 4
    told = shell("timeline").stdout
    for said in ("executes B1, 2 calls failed", "makes call 0 of B1", "gives up call 1 of B1"):
        assert said in told
    listed = shell.json("timeline")["events"]
    assert [one.get("call") for one in listed[-2:]] == [0, 1]
    assert listed[-3]["failed"] == 3


def test_what_is_owed_is_listed_and_withdrawn(shell: Shell, purse: Purse) -> None:
    gold = purse.token()
    assert shell("owed").stdout.strip() == "Nothing is owed."
    publish(shell, "B1", "--pay", "alice=5", "--pay", f"carol=1@{gold}", "--approve")
    keep(shell, "B1")
    purse.code(ALICE, bytes.fromhex("5f5ffd"))
    assert "alice did not take 5 wei: it is owed" in shell("execute", "B1").stdout
    purse.code(ALICE, b"")
    assert shell("owed").stdout.strip() == "alice: 5 wei (enforcer)"
    assert shell.json("owed", "bob")["owed"] == []
    assert shell.json("owed", "alice")["owed"][0]["amount"] == 5
    shell.error(
        *("withdraw", "--account", "alice", "--token", gold),
        code=1,
        name="Boomerang_NothingOwedOf",
    )
    before = purse.ether(BOB)
    done = shell.json("withdraw", "--account", "alice", "--to", "bob")
    assert (done["amount"], done["assets"]) == (0, [{"token": None, "amount": 5}])
    told = shell("timeline").stdout
    assert "does not take 5 wei: it is owed" in told
    assert "withdraws 5 wei" in told
    assert purse.ether(BOB) == before + 5
    shell.error("withdraw", "--account", "alice", code=1, name="Boomerang_NothingOwed")
    shell.error(
        *("withdraw", "--account", "alice", "--token", "eth"),
        code=1,
        name="Boomerang_NothingOwedOf",
    )
