"""`boomerang intent …`, `settle` and `solver` as people type them, on the built-in chain."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_commands import Shell, empty, shell

from boomerang.chains.embedded import EmbeddedChain
from boomerang.intents.client.uniswap import UniswapNotFound, find_package
from boomerang.intents.message import IntentDomain
from boomerang.intents.relay.app import Relay
from boomerang.intents.relay.desk import Desk
from boomerang.intents.relay.server import Server
from boomerang.intents.relay.store import Store
from boomerang.keeper.journal import open_journal

__all__ = ["empty", "shell"]

try:
    find_package()
    missing = ""
except UniswapNotFound as error:
    missing = str(error)

pytestmark = pytest.mark.skipif(bool(missing), reason=missing)

SNIPPET = (
    "if exists swap $D -> $A at rate $A/$D <= 1000:\n    swap 500 $A -> $D\nelse:\n    do nothing\n"
)
ROUTE = SNIPPET.replace(
    "do nothing", "route 500 $A -> $D via A -> B -> D or A -> C -> D for at least 0.49 $D"
)
COUNTER = "swap 0.6 $D -> $A at rate $A/$D >= 990 in parts"


@pytest.fixture
def market(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """With a market to trade on."""
    for name in ("BOOMERANG_INTENTS_RELAY", "BOOMERANG_TOKENS"):
        monkeypatch.delenv(name, raising=False)
    shell("intent", "deploy", "--market")
    return shell


@pytest.fixture
def relay(market: Shell, tmp_path: Path) -> Iterator[str]:
    """A relay of that market, without a chain to ask."""
    deployed = json.loads((market.home / "intents.json").read_text())["embedded"]
    domain = IntentDomain(deployed["chainId"], bytes.fromhex(deployed["settlement"][2:]))
    store = Store(f"sqlite:///{tmp_path / 'relay.db'}")
    desk = Desk(domain, store, clock=time.time)
    journal = open_journal(time.time, stream=io.StringIO())
    server = Server(Relay(desk, journal, sweep_seconds=60), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.port}"
    server.close()
    store.close()


def submit(shell: Shell, text: str, who: str, *where: str) -> Any:
    return shell.json("intent", "submit", text, "--account", who, *where)


def refused(shell: Shell, text: str, *where: str, code: int = 2) -> str:
    return shell.error("intent", "submit", text, "--account", "bob", *where, code=code)


class TestSubmit:
    def test_text_file_and_standard_input(self, market: Shell, tmp_path: Path) -> None:
        file = tmp_path / "snippet.intent"
        file.write_text(SNIPPET)
        out = tmp_path / "signed.json"
        made = [
            submit(market, SNIPPET, "alice", "--out", str(out)),
            submit(market, str(file), "alice", "--out", str(out)),
        ]
        words = ["intent", "submit", "-", "--account", "alice", "--out", str(out), "--json"]
        made.append(json.loads(market(*words, typed=SNIPPET).stdout))
        texts = {one["text"].rpartition("\nnonce")[0] for one in made}
        assert texts == {SNIPPET.strip()}
        assert len({one["nonce"] for one in made}) == 3  # none is given twice
        signed = json.loads(out.read_text())
        assert signed["hash"] == made[-1]["hash"]
        assert len(signed["signature"]) == 132

    def test_what_is_wrong_is_said_before_anything_is_done(
        self, market: Shell, tmp_path: Path
    ) -> None:
        out = ("--out", str(tmp_path / "x.json"))
        assert market.error("intent", "submit", COUNTER, *out, code=2, name="NoAccount")
        typo = refused(market, "swap 5 $A -> $E for at least 1 $E", *out)
        assert "'E'" in typo
        assert "where to?" in refused(market, COUNTER)
        assert "there is no file" in refused(market, "no.intent", *out)
        binary = tmp_path / "binary"
        binary.write_bytes(b"\xff\xfe\x00")
        assert "no text" in refused(market, str(binary), *out)
        assert "say `in parts`" in refused(market, SNIPPET, "--book")
        routed = ROUTE.split("else:")[1].strip() + " in parts"
        assert "no direct swap" in refused(market, routed, "--book")
        assert "may change" in refused(market, f"if before 1900000000: {COUNTER}", "--book")
        assert not Path(out[1]).exists()
        assert market.json("intent", "list")["book"] == []

    def test_allowances_are_raised_by_what_is_sold(self, market: Shell, tmp_path: Path) -> None:
        out = ("--out", str(tmp_path / "x.json"))
        unit = 10**18
        assert submit(market, SNIPPET, "alice", *out)["allowed"] == str(500 * unit)
        assert submit(market, SNIPPET, "alice", *out)["allowed"] == str(1000 * unit)
        assert submit(market, SNIPPET, "alice", *out, "--allow", "none")["allowed"] is None
        assert submit(market, SNIPPET, "alice", *out, "--allow", "unlimited")["allowed"] == str(
            2**256 - 1
        )
        assert submit(market, SNIPPET, "alice", *out)["allowed"] is None
        said = market("intent", "submit", COUNTER, "--account", "bob", *out).stderr
        assert "First the settlement contract may move 0.6 D more of bob's" in said
        rich = market(
            "intent", "submit", "swap 5000 $D -> $A at rate $A/$D >= 1", "--account", "bob", *out
        )
        assert "bob has 1000 D, and this sells 5000 D" in rich.stderr

    def test_the_book_fills_what_it_crosses(self, market: Shell) -> None:
        one = submit(market, COUNTER, "bob", "--book")
        assert one["book"]["number"] == 1
        answer = "swap 500 $A -> $D at rate $A/$D <= 1000 in parts"
        other = market("intent", "submit", answer, "--account", "alice", "--book").stdout
        assert "sold 500 A for 0.502518907629606037 D at once" in other
        left = market.json("intent", "show", "D/A#1")
        assert (left["status"], left["left"]) == ("posted", "97481092370393963")
        warned = market(
            "intent", "submit", ROUTE + " in parts", "--account", "alice", "--book"
        ).stderr
        assert "later branches never run" in warned

    def test_announced(self, market: Shell) -> None:
        made = submit(market, SNIPPET, "alice", "--announce")
        (market.home / "signed-intents.json").unlink()
        shown = market.json("intent", "show", made["hash"][:14])
        assert shown["where"] == ["announced"]
        assert shown["text"] == made["text"]

    def test_a_relay(self, market: Shell, relay: str, monkeypatch: pytest.MonkeyPatch) -> None:
        made = submit(market, SNIPPET, "alice", "--relay", relay)
        assert made["relay"] == {"url": relay, "status": "open"}
        listed = market.json("intent", "list", "--relay", relay, "--pair", "A/D")
        assert [one["hash"] for one in listed["intents"]] == [made["hash"]]
        assert market.json("intent", "list", "--relay", relay, "--maker", "bob")["intents"] == []
        monkeypatch.setenv("BOOMERANG_INTENTS_RELAY", relay)
        posted = submit(market, COUNTER, "bob", "--book")
        assert "relay" not in posted  # where another place is named, the relay that is set is not
        assert "relay" in submit(market, COUNTER, "bob")
        gone = "http://127.0.0.1:9"
        assert f"the relay at {gone}: " in market.error("intent", "list", "--relay", gone, code=3)
        assert f"the relay at {gone}: " in refused(market, COUNTER, "--relay", gone, code=3)

    def test_nobody_to_ask_means_no(self, market: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        from boomerang.cli.networks import Connection

        monkeypatch.setattr(Connection, "harmless", property(lambda _: False))
        monkeypatch.setattr(EmbeddedChain, "kind", "node", raising=False)
        words = ("intent", "cancel", "7", "--account", "alice")
        said = market.error(*words, code=2, name="NotConfirmed")
        assert "Cancel for good: nonce 7?" in said


class TestShow:
    def test_by_hash_place_file_and_text(self, market: Shell, tmp_path: Path) -> None:
        out = tmp_path / "x.json"
        made = submit(market, SNIPPET, "alice", "--out", str(out))
        submit(market, COUNTER, "bob", "--book")
        for word in (made["hash"], made["hash"][:10], str(out), SNIPPET):
            assert market.json("intent", "show", word)["hash"] == made["hash"]
        assert market.json("intent", "show", "D/A#1")["entry"] == {
            "pair": "D/A",
            "number": 1,
            "left": str(6 * 10**17),
        }
        text = market("intent", "show", str(out)).stdout
        for said in ("if exists swap $D -> $A", "maker", "alice", "open", "500 A", "unused"):
            assert said in text
        other = market.json("intent", "show", COUNTER, "--account", "carol")
        assert (other["where"], other["status"]) == (["text, not signed"], "open")

    def test_what_is_not_there(self, market: Shell) -> None:
        assert "no intent 0x123456" in market.error("intent", "show", "0x123456", code=2)
        assert "no entry D/A#4" in market.error("intent", "show", "D/A#4", code=2)
        assert "no token 'Q'" in market.error("intent", "show", "Q/A#4", code=2)
        assert "is no pair" in market.error("intent", "list", "--pair", "A", code=2)

    def test_an_entry_of_somebody_whose_text_nobody_has(self, market: Shell) -> None:
        submit(market, COUNTER, "bob", "--book")
        (market.home / "signed-intents.json").unlink()
        shown = market.json("intent", "show", "D/A#1")
        assert shown["text"].startswith("swap 0.6 $D -> $A at rate $A/$D >= 990 in parts")
        assert (shown["nonce"], shown["message"]) == (None, None)

    def test_a_file_of_another_settlement(self, market: Shell, tmp_path: Path) -> None:
        out = tmp_path / "x.json"
        submit(market, SNIPPET, "alice", "--out", str(out))
        market("intent", "deploy", "--market")
        assert "was signed for" in market.error("intent", "show", str(out), code=2)

    def test_waiting_for_what_is_not_filled(self, market: Shell, tmp_path: Path) -> None:
        submit(market, SNIPPET, "alice", "--out", str(tmp_path / "x.json"))
        shown = market.json("intent", "show", SNIPPET, "--until-filled", "0", code=1)
        assert shown["status"] == "open"

    def test_lists(self, market: Shell, tmp_path: Path) -> None:
        assert "Nothing is there." in market("intent", "list").stdout
        submit(market, SNIPPET, "alice", "--out", str(tmp_path / "x.json"))
        submit(market, COUNTER, "bob", "--book")
        text = market("intent", "list").stdout
        assert "D/A#1" in text
        assert "594 A" in text
        mine = market.json("intent", "list", "--mine")
        assert {one["status"] for one in mine["intents"]} == {"open", "posted"}
        assert market.json("intent", "list", "--pair", "A/D")["book"] == []


def test_what_is_filled_while_one_looks_is_not_called_cancelled(
    market: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history was read before it was filled, the nonce after that."""
    from boomerang.intents.client import Settlement

    one, other = str(tmp_path / "1.json"), str(tmp_path / "2.json")
    submit(market, SNIPPET, "alice", "--out", one)
    submit(market, COUNTER, "bob", "--out", other)
    market("settle", one, other)
    read, real = [], Settlement.state

    def late(settlement: Settlement) -> Any:
        read.append(1)
        found = real(settlement)
        if len(read) == 1:
            found.sold.clear()
        return found

    monkeypatch.setattr(Settlement, "state", late)
    assert market.json("intent", "show", one)["status"] == "filled"
    assert len(read) == 2


class TestCancel:
    def test_nonces_hashes_and_entries(self, market: Shell, tmp_path: Path) -> None:
        made = submit(market, SNIPPET, "alice", "--out", str(tmp_path / "x.json"))
        submit(market, COUNTER, "bob", "--book")
        said = market.error("intent", "cancel", made["hash"], "--account", "bob", code=2)
        assert said.startswith("alice must cancel")
        done = market.json("intent", "cancel", made["hash"], "5", "300", "--account", "alice")[
            "done"
        ]
        assert sorted(n for one in done for n in one["nonces"]) == sorted(
            ["5", "300", made["nonce"]]
        )
        assert market.json("intent", "show", made["hash"])["status"] == "cancelled"
        (one,) = market.json("intent", "cancel", "D/A#1", "--account", "bob")["done"]
        assert (one["kind"], one["entry"]) == ("unposted", {"pair": "D/A", "number": 1})
        assert market.json("intent", "list")["book"] == []

    def test_the_relay_forgets(self, market: Shell, relay: str) -> None:
        made = submit(market, SNIPPET, "alice", "--relay", relay)
        words = ("intent", "cancel", made["hash"], "--account", "alice", "--relay", relay)
        assert "needs --relay" in market.error(*words[:-2], "--only-relay", code=2)
        assert "no nonces" in market.error(*words, "7", "--only-relay", code=2)
        (one,) = market.json(*words, "--only-relay")["done"]
        assert one["kind"] == "withdrawn"
        assert market.json("intent", "list", "--relay", relay)["intents"] == []
        assert market.json("intent", "show", made["hash"])["status"] == "open"
        assert "does not have it" in market.error(*words, "--only-relay", code=2)
        kinds = [one["kind"] for one in market.json(*words)["done"]]
        assert kinds == ["cancelled"]


class TestSettle:
    def test_a_pair(self, market: Shell, tmp_path: Path) -> None:
        one, other = tmp_path / "1.json", tmp_path / "2.json"
        submit(market, SNIPPET, "alice", "--out", str(one))
        submit(market, COUNTER, "bob", "--out", str(other))
        alone = market.error("settle", str(one), code=1, name="NothingToSettle")
        assert "explain" in alone
        told = market.json("settle", str(one), str(other), "--dry-run")
        assert (told["sent"], told["block"]) == (False, None)
        done = market.json("settle", str(one), str(other))
        assert done["sent"]
        assert done["fills"] == told["fills"]
        assert {(fill["maker"], fill["sold"]) for fill in done["fills"]} == {
            ("alice", "500 A"),
            ("bob", "0.502518907629606037 D"),
        }
        assert market.json("intent", "show", str(one))["status"] == "filled"
        part = market.json("intent", "show", str(other))
        assert (part["status"], part["nonceState"]) == ("filled in part", "open")

    def test_the_else_branch_is_closed_while_a_match_stands(
        self, market: Shell, tmp_path: Path
    ) -> None:
        one = tmp_path / "1.json"
        submit(market, ROUTE, "alice", "--out", str(one))
        submit(market, COUNTER, "bob", "--book")
        said = market.error(
            "settle", str(one), "--without-book", code=1, name="Settlement_MatchStands"
        )
        assert (
            said
            == "alice's intent may not pass branch 0: D/A#1 stands in the book, within its limit"
        )
        market("intent", "cancel", "D/A#1", "--account", "bob")
        done = market("settle", str(one), "--without-book").stdout
        assert "alice sold" in done
        assert "(branch 1)" in done
        assert "Settled in block" in done

    def test_what_cannot_be_settled(self, market: Shell, tmp_path: Path) -> None:
        assert "which intents?" in market.error("settle", code=2)
        submit(market, COUNTER, "bob", "--book")
        assert "is posted" in market.error("settle", "D/A#1", code=2)
        loose = market.error("settle", SNIPPET, "--account", "alice", code=2)
        assert "is not signed" in loose

    def test_a_solution_in_a_file(self, market: Shell, tmp_path: Path) -> None:
        one, other, moves = (tmp_path / name for name in ("1.json", "2.json", "moves.json"))
        first = submit(market, SNIPPET, "alice", "--out", str(one))["hash"]
        second = submit(market, COUNTER, "bob", "--out", str(other))["hash"]
        cycle = [
            {"intent": first, "branch": 0, "amount": str(500 * 10**18)},
            {"intent": second, "branch": 0, "amount": "502518907629606037"},
        ]
        empty_ = {"fills": {}, "pools": {}, "added": {}, "objective": "0", "bound": "0", "gap": "0"}
        body = {"cycles": [cycle], "sweeps": [], "routes": [], "duals": {"swaps": {}, "routes": {}}}
        moves.write_text(json.dumps({**empty_, **body}))
        words = ("settle", str(one), str(other), "--solution", str(moves))
        assert len(market.json(*words, "--dry-run")["fills"]) == 2
        cycle[1]["amount"] = str(6 * 10**17)
        moves.write_text(json.dumps({**empty_, **body}))
        assert market.error(*words, code=1, name="Settlement_BelowLimit")

    def test_an_auction_for_another_solver(self, market: Shell, tmp_path: Path) -> None:
        one, auction, answer = (tmp_path / name for name in ("1.json", "a.json", "s.json"))
        submit(market, ROUTE, "alice", "--out", str(one))
        submit(market, "swap 0.1 $D -> $A at rate $A/$D >= 990 in parts", "bob", "--book")
        told = market.json("settle", str(one), "--auction", str(auction))
        assert len(told["intents"]) == 2
        solved = market.json("solve", str(auction), "--out", str(answer))
        assert market.json("verify-solution", str(auction), str(answer))["good"]
        done = market.json("settle", str(one), "--solution", str(answer))
        assert sorted(fill["branch"] for fill in done["fills"]) == [0, 1, 1]
        assert done["fills"][0]["bought"] == "0.1 D"
        assert solved["fills"]

    def test_everything_that_a_relay_has(self, market: Shell, relay: str) -> None:
        submit(market, SNIPPET, "alice", "--relay", relay)
        submit(market, COUNTER, "bob", "--relay", relay)
        assert len(market.json("settle", "--relay", relay)["fills"]) == 2


class TestExplain:
    def test_what_would_fill_it_fills_it(self, market: Shell, tmp_path: Path) -> None:
        out = str(tmp_path / "x.json")
        submit(market, SNIPPET, "alice", "--out", out)
        told = market.json("intent", "explain", out)
        (branch,) = told["branches"]
        assert (told["status"], told["fillableNow"], branch["matches"]) == ("open", False, 0)
        assert branch["obstacle"]["clause"] == "NONE"
        assert branch["counter"] == "swap 0.5005 $D -> $A at rate $D/$A <= 0.001001 in parts"
        text = market("intent", "explain", out).stdout
        assert "nobody sells D for A now" in text
        assert branch["counter"] in text
        submit(market, branch["counter"], "bob", "--book")
        again = market.json("intent", "explain", out)
        assert (again["fillableNow"], again["branches"][0]["matches"]) == (True, 1)
        market("settle", out)
        assert market.json("intent", "explain", out)["why"] == ["It sold all that it was to sell."]

    def test_branches_and_guards(self, market: Shell, tmp_path: Path) -> None:
        out = str(tmp_path / "x.json")
        now = market.json("embedded", "now")["time"]
        text = (
            f"if after {now + 1000}:\n    swap 500 $A -> $D at rate $A/$D <= 1000\n"
            "else if fresh and pool A/B <= 0.5:\n"
            "    route 500 $A -> $D via A -> B -> D for at least 0.4 $D\n"
            "else:\n    route 500 $A -> $D via A -> B -> D for at least 0.49 $D"
        )
        submit(market, text, "alice", "--out", out)
        told = market.json("intent", "explain", out)
        waits, guarded, last = told["branches"]
        assert (waits["guards"], waits["tryAgain"]) == ("false", now + 1000)
        assert waits["obstacle"]["clause"] == "GUARD"
        assert waits["obstacle"]["tryAgain"] == now + 1000
        assert guarded["guards"] == "false"
        assert any("it is 1" in line for line in guarded["seen"])
        assert last["obstacle"]["clause"] == "QUOTE"
        assert any("too little, it wants 0.49 D" in line for line in last["seen"])
        assert told["tryAgain"] == now + 1000
        said = market("intent", "explain", out).stdout
        assert "Try again in" in said

    def test_money_that_is_missing(self, market: Shell, tmp_path: Path) -> None:
        out = str(tmp_path / "x.json")
        submit(market, SNIPPET, "alice", "--out", out, "--allow", "none")
        told = market.json("intent", "explain", out)
        assert told["why"] == ["Of A, alice has, and allows, only 0 A."]
        assert told["obstacle"]["clause"] == "FUNDS"
        text = market.json("intent", "explain", SNIPPET, "--account", "carol")
        assert "It is not signed: boomerang intent submit signs it." in text["why"]

    def test_entries_and_the_dead(self, market: Shell, tmp_path: Path) -> None:
        submit(market, COUNTER, "bob", "--book")
        told = market.json("intent", "explain", "D/A#1")
        assert told["status"] == "posted"
        assert told["branches"][0]["counter"].startswith("swap 594.594 $A -> $D ")
        out = str(tmp_path / "x.json")
        made = submit(market, SNIPPET, "alice", "--out", out)
        seen = market.json("intent", "explain", out)["branches"][0]["seen"]
        assert any("D/A#1 of bob (0.6 D) is within the limit" in line for line in seen)
        market("intent", "cancel", made["hash"], "--account", "alice")
        over = market.json("intent", "explain", out)
        assert (over["status"], over["branches"]) == ("cancelled", [])


class TestDeployments:
    def test_use_what_somebody_else_deployed(self, market: Shell, tmp_path: Path) -> None:
        first = market.json("intent", "deploy", "--market")
        file = tmp_path / "deployment.json"
        file.write_text(json.dumps(first))
        second = market.json("intent", "deploy", "--factory", first["factory"])
        assert second["settlement"] != first["settlement"]
        assert second["tokens"] == {}
        assert market.json("intent", "use", str(file)) == first
        file.write_text(json.dumps({"format": "boomerang-devnet/1", "intents": second}))
        assert market.json("intent", "use", str(file)) == second
        first["settlement"] = "0x" + "11" * 20
        file.write_text(json.dumps(first))
        assert "no settlement at" in market.error("intent", "use", str(file), code=2)
        file.write_text("{")
        assert "not JSON" in market.error("intent", "use", str(file), code=2)

    def test_names_of_one_s_own(self, market: Shell, tmp_path: Path) -> None:
        deployed = market.json("intent", "deploy", "--market")
        gold = {"address": deployed["tokens"]["A"]["address"], "decimals": 6}
        file = tmp_path / "names.json"
        file.write_text(json.dumps({"tokens": {"Gold": gold}}))
        made = submit(
            market,
            "swap 1 $Gold -> $D for at least 1 $D",
            "alice",
            "--tokens",
            str(file),
            "--out",
            str(tmp_path / "x.json"),
        )
        assert made["allowed"] == str(10**6)
        assert market.error("intent", "deploy", code=2)
        bad = ("intent", "deploy", "--factory", deployed["factory"], "--pair-code-hash", "0x12")
        assert "64 hexadecimal" in market.error(*bad, code=2)

    def test_nothing_is_known(self, shell: Shell) -> None:
        said = shell.error("intent", "list", code=2, name="NoSettlement")
        assert "boomerang intent deploy" in said


class TestSolver:
    def test_once(self, market: Shell, relay: str) -> None:
        one = submit(market, SNIPPET, "alice", "--relay", relay)["hash"]
        submit(market, COUNTER, "bob", "--relay", relay)
        told = market.json("solver", "--dry-run", "--relay", relay)
        assert one in told["wouldSettle"]
        assert market.json("intent", "show", one)["status"] == "open"
        ran = market("solver", "--once", "--relay", relay, "--log", "json", "--poll", "0.1")
        events = [json.loads(line)["event"] for line in ran.stderr.splitlines()]
        assert events[:3] == ["started", "settling", "sent"]
        assert events[-1] == "stopped"
        assert market.json("intent", "show", one)["status"] == "filled"
        said = market("solver", "--dry-run", "--relay", relay).stdout
        assert "Left out: " + one in said

    def test_the_relay_command_ends_with_sigterm(self, market: Shell, tmp_path: Path) -> None:
        log = tmp_path / "relay.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "boomerang.cli", "intents-relay", "--port", "0", "--json"],
                stdout=subprocess.PIPE,
                stderr=out,
                text=True,
            )
        try:
            assert process.stdout is not None
            told = ""
            while not told.rstrip().endswith("}"):
                told += process.stdout.readline()
            url = json.loads(told)["url"]
            made = submit(market, SNIPPET, "alice", "--relay", url)
            assert (
                market.json("intent", "list", "--relay", url)["intents"][0]["hash"] == made["hash"]
            )
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.communicate()
