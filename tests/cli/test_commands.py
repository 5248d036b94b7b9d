"""Every command on the embedded chain, in this process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from boomerang.cli import cli
from boomerang.cli.look import topic_text
from boomerang.cli.networks import Connection
from boomerang.cli.values import AMOUNT, amount, clock, span
from boomerang.store import Store


@dataclass
class Shell:
    """Runs commands on one store, and says what they must end with."""

    home: Path

    def __call__(self, *words: str, code: int = 0, typed: str | None = None) -> Result:
        result = CliRunner(mix_stderr=False).invoke(cli, list(words), input=typed)
        said = f"{words}: {result.exit_code}\n{result.stdout}\n{result.stderr}"
        assert result.exit_code == code, said
        return result

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code).stdout)

    def error(self, *words: str, code: int, name: str | None = None) -> str:
        """The message of a failure, which is the same for people and machines."""
        told = self.json(*words, code=code)["error"]
        assert told["exitCode"] == code
        assert name is None or told["name"] == name
        return str(told["message"])

    def phases(self) -> dict[str, str]:
        found = self.json("status")["commitments"]
        return {one["name"] or one["id"]: one["phase"] for one in found}

    def store(self) -> Store:
        return Store(self.home)


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    home = tmp_path / "home"
    monkeypatch.setenv("BOOMERANG_HOME", str(home))
    for name in ("BOOMERANG_NETWORK", "BOOMERANG_ACCOUNT", "BOOMERANG_REGISTRY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("BOOMERANG_HIDE_BLOCKS", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(home)


@pytest.fixture
def shell(empty: Shell) -> Shell:
    """With a registry whose windows outlast a slow machine."""
    sets = ["sealDelay=50", "revealWindow=300", "offerCutoff=200", "declineDelay=100"]
    words = [word for one in sets for word in ("--set", one)]
    empty("deploy", "--period", "600", *words)
    return empty


@pytest.fixture
def chicken(shell: Shell) -> Shell:
    """A1 by alice and B1 by bob, ready to be sealed."""
    shell("publish", "Dare", "--as", "A1", "--account", "alice", "--bond", "100")
    shell("publish", "Dare", "--as", "B1", "--account", "bob", "--bond", "100")
    shell("embedded", "advance", "60")
    return shell


class TestGames:
    def test_chicken_from_publish_to_resolve(self, chicken: Shell, tmp_path: Path) -> None:
        assert chicken.phases() == {"A1": "Tentative", "B1": "Tentative"}
        chicken("seal", "B1", "revert if kept(A1)", "--account", "bob")
        chicken("seal", "A1", "keep", "--account", "alice")
        assert chicken.phases() == {"A1": "Sealed", "B1": "Sealed"}
        early = chicken.error("open", "B1", code=1, name="Boomerang_TooEarly")
        assert early.startswith("B1 cannot be opened yet: from ")
        chicken("embedded", "advance", "600")
        assert chicken.phases() == {"A1": "Revealing", "B1": "Revealing"}
        opened = chicken("open", "B1", "--account", "bob").stdout
        assert opened.strip() == "B1 is Pending: it waits for A1"
        waiting = chicken.json("status", "B1")["commitments"][0]
        assert waiting["decisionText"] == "revert if kept(A1)"
        assert len(waiting["waitsFor"]) == 1
        assert chicken("open", "A1", "--account", "alice").stdout.strip() == "A1 is Kept."
        assert chicken("resolve").stdout.strip() == "B1: RevertedByDecision"
        assert chicken.phases() == {"A1": "Kept", "B1": "RevertedByDecision"}
        assert "nothing to resolve" in chicken("resolve").stdout
        svg, html = tmp_path / "t.svg", tmp_path / "t.html"
        shown = chicken("timeline", "--svg", str(svg), "--html", str(html)).stdout
        assert "A1 KEPT, B1 REVERTED" in shown
        assert svg.read_text().startswith("<svg")
        assert "<html" in html.read_text()
        listed = chicken.json("timeline")
        assert [one["event"] for one in listed["events"]] == [
            *("Published", "Published", "Sealed", "Sealed", "Opened", "Opened", "Resolved")
        ]
        assert listed["outcome"] == "A1 KEPT, B1 REVERTED"
        only = chicken.json("timeline", "A1")
        assert {one["name"] for one in only["events"]} == {"A1"}
        assert "KEPT" in chicken("status").stdout

    def test_the_bargain_with_offers(self, chicken: Shell) -> None:
        published = chicken.json(
            *("publish", "Stop, pay Alice 1", "--as", "B2", "--account", "bob"),
            *("--pay", "alice=1", "--guard", "not kept(A1)"),
        )
        assert published["name"] == "B2"
        first = chicken.json("offer", "B2", "--to", "A1", "--account", "bob")
        assert first["depth"] == 1
        assert "B2 is offered to B1" in chicken("offer", "B2", "--to", "B1").stdout
        one = chicken("status", "A1").stdout
        assert "offer by" in one
        assert "B2" in one
        chicken("seal", "B1", "revert if kept(A1) or kept(B2)")
        chicken("seal", "A1", "revert if kept(B2)")
        chicken("embedded", "advance", "60")
        chicken("seal", "B2", "keep")
        chicken("embedded", "advance", "600")
        chicken("open", "A1")
        chicken("open", "B1")
        chicken("open", "B2")
        resolved = chicken.json("resolve")["resolved"]
        assert set(resolved.values()) == {"RevertedByDecision"}
        assert chicken.phases() == {
            "A1": "RevertedByDecision",
            "B1": "RevertedByDecision",
            "B2": "Kept",
        }

    def test_declining(self, chicken: Shell) -> None:
        chicken("publish", "Stop", "--as", "B2", "--account", "bob")
        chicken("offer", "B2", "--to", "A1")
        message = chicken.error(
            *("decline", "A1", "--offer", "B2"), code=1, name="Boomerang_TooEarly"
        )
        assert message.startswith("too early to decline, for A1: from ")
        chicken("embedded", "advance", "100")
        assert "declines the offer of B2" in chicken("decline", "A1", "--offer", "B2").stdout
        assert "(declined)" in chicken("status", "A1").stdout
        chicken.error("decline", "A1", "--offer", "B2", code=1, name="Boomerang_Declined")
        assert "declines all offers" in chicken("decline", "A1", "--all").stdout
        assert "all offers" in chicken("status", "A1").stdout
        assert chicken.json("status", "A1")["commitments"][0]["declinesAll"] is True
        chicken.error("decline", "A1", code=2)
        chicken.error("decline", "A1", "--all", "--offer", "B2", code=2)
        chicken.error("seal", "A1", "keep if kept(B2)", code=2, name="WouldBeInvalid")
        told = chicken("timeline").stdout
        assert "declines all offers" in told

    def test_revoking(self, chicken: Shell) -> None:
        assert chicken("revoke", "A1", "--account", "alice").stdout.strip() == "A1 is revoked."
        assert chicken.phases()["A1"] == "Revoked"
        chicken.error("revoke", "A1", code=1, name="Boomerang_WrongPhase")
        chicken.error("revoke", "B1", "--account", "alice", code=1, name="Boomerang_NotCommitter")

    def test_exposing_oneself_from_the_store(self, chicken: Shell) -> None:
        chicken("seal", "A1", "keep")
        exposed = chicken.json("expose", "A1", "--account", "carol")
        assert exposed["reward"] == 50
        assert chicken.phases()["A1"] == "Exposed"
        assert "exposes A1: keep" in chicken("timeline").stdout

    def test_exposing_and_opening_with_what_one_was_told(self, chicken: Shell) -> None:
        chicken("seal", "A1", "keep")
        chicken("seal", "B1", "revert")
        store = chicken.store()
        salts = {o.record.text: "0x" + o.record.salt.hex() for o in store.contents().openings}
        chicken.error("expose", "A1", "keep", "--salt", "0x" + "00" * 32, code=1)
        chicken.error("expose", "A1", "keep", code=2)
        chicken.error("expose", "A1", "keep", "--salt", "0xzz", code=2)
        chicken("expose", "A1", "keep", "--salt", salts["keep"], "--account", "carol")
        chicken("embedded", "advance", "600")
        opened = chicken.json(
            "open", "B1", "revert", "--salt", salts["revert"], "--account", "dave"
        )
        assert opened["phase"] == "RevertedByDecision"

    def test_silence_lapses(self, chicken: Shell) -> None:
        chicken("seal", "A1", "keep")
        chicken("embedded", "advance", "1000")
        assert chicken.phases() == {"A1": "Unrevealed", "B1": "Unsealed"}
        chicken.error("open", "A1", code=1, name="Boomerang_WrongPhase")
        assert set(chicken.json("resolve", "A1", "B1")["resolved"].values()) == {
            "Unrevealed",
            "Unsealed",
        }
        told = chicken("timeline").stdout
        assert "never opened" in told
        assert "never sealed" in told

    def test_a_cover_is_shown_only_once_it_is_credible(self, shell: Shell) -> None:
        words = ("--account", "alice", "--bond", "1e3", "--cover", "1000")
        shell("publish", "Dare", "--as", "A1", *words)
        assert "not yet" in shell("status", "A1").stdout
        shell("decline", "A1", "--all")
        assert "not yet" in shell("status", "A1").stdout  # it may still join a group
        shell("embedded", "advance", "401")
        assert "against gains up to 1000 wei" in shell("status", "A1").stdout
        assert "1000 wei" in shell("status").stdout

    def test_an_opening_with_a_cover_brings_the_keys_it_needs(self, shell: Shell) -> None:
        for name, who in (("A1", "alice"), ("B1", "bob")):
            shell("publish", "x", "--as", name, "--account", who, "--bond", "9", "--cover", "9")
        shell("embedded", "advance", "60")
        shell("seal", "A1", "keep")
        shell("seal", "B1", "keep if kept(A1)")
        shell("embedded", "advance", "600")
        shell("open", "A1")
        assert shell.json("open", "B1", "--account", "carol")["phase"] == "Kept"

    def test_drawing(self, shell: Shell) -> None:
        shell("publish", "x", "--as", "A1", "--account", "alice")
        assert "nothing to draw" in shell("draw").stdout
        shell("embedded", "advance", "5")
        assert "Their order is A1" in shell("draw", "A1").stdout
        assert shell.json("status", "A1")["commitments"][0]["draw"] > 0
        assert "records the draw" in shell("timeline").stdout

    def test_withdrawing(self, shell: Shell) -> None:
        shell.error("withdraw", "--account", "alice", code=1, name="Boomerang_NothingOwed")

    def test_publications_say_what_they_are_made_of(self, shell: Shell) -> None:
        made = shell.json(
            *("publish", "Dare", "--account", "alice", "--topic", "chicken", "--nonce", "7")
        )
        assert made["nonce"] == 7
        found = shell.json("status", made["id"][:12])["commitments"][0]
        assert found["topic"] == "0x" + b"chicken".hex().ljust(64, "0")
        (kept,) = shell.store().contents().publications
        assert kept.record.key.nonce == 7
        assert kept.status.value == "confirmed"
        same = ("publish", "Dare", "--account", "alice", "--topic", "chicken", "--nonce", "7")
        shell.error(*same, code=1, name="Boomerang_AlreadyPublished")
        shell.error("publish", "--account", "alice", "--topic", "0xzz", code=2)
        shell.error("publish", "--account", "alice", "--topic", "x" * 33, code=2)
        shell.error("publish", "--account", "alice", "--pay", "bob", code=2)
        shell.error("publish", "--account", "alice", "--cover", "1", code=1)
        shell.error("publish", "--account", "alice", "--guard", "kept(", code=2)


class TestSeals:
    def test_what_would_be_invalid_needs_force(self, chicken: Shell) -> None:
        message = chicken.error("seal", "A1", "keep if kept(B1)", code=2, name="WouldBeInvalid")
        assert "made no offer" in message
        assert "--force" in message
        assert chicken.store().contents().openings == []
        forced = chicken("seal", "A1", "keep if kept(B1)", "--force")
        assert "will end as InvalidDecision" in forced.stderr
        chicken("embedded", "advance", "600")
        assert chicken.json("open", "A1")["phase"] == "InvalidDecision"

    def test_bytes_may_be_sealed_too(self, chicken: Shell) -> None:
        chicken.error("seal", "A1", "0xff", code=2, name="WouldBeInvalid")
        chicken.error("seal", "A1", "0xf", code=2)
        chicken("seal", "A1", "0x01")
        chicken("seal", "B1", "0xff", "--force")
        chicken("embedded", "advance", "600")
        assert chicken.json("open", "A1")["phase"] == "Kept"
        assert chicken.json("open", "B1")["phase"] == "InvalidDecision"
        assert "malformed" in chicken.json("status", "B1")["commitments"][0]["decisionText"]

    def test_a_second_seal_is_refused_and_the_first_still_opens(self, chicken: Shell) -> None:
        chicken("seal", "A1", "keep")
        chicken.error("seal", "A1", "revert", code=1, name="Boomerang_WrongPhase")
        kept = chicken.store().contents().openings
        assert {o.record.text: o.status.value for o in kept} == {
            "keep": "confirmed",
            "revert": "refused",
        }
        chicken("embedded", "advance", "600")
        assert chicken.json("open", "A1")["phase"] == "Kept"

    def test_too_early_to_seal(self, shell: Shell) -> None:
        shell("publish", "Dare", "--as", "A1", "--account", "alice")
        shell.error("seal", "A1", "keep", code=1, name="Boomerang_TooEarly")

    def test_opening_without_the_opening(self, chicken: Shell, tmp_path: Path) -> None:
        chicken.error("open", "A1", code=1, name="Boomerang_WrongPhase")
        chicken("seal", "A1", "keep")
        chicken("embedded", "advance", "600")
        for path in (chicken.home / "records").glob("opening-*"):
            path.rename(tmp_path / path.name)
        assert chicken.json("status", "A1")["commitments"][0]["openingInStore"] == "missing"
        assert "no opening of" in chicken.error("open", "A1", code=4, name="NoOpening")

    def test_a_damaged_opening_is_named_and_restored(self, chicken: Shell, tmp_path: Path) -> None:
        chicken("seal", "A1", "keep")
        chicken("store", "export", str(tmp_path / "backup"))
        chicken("embedded", "advance", "600")
        (path,) = (chicken.home / "records").glob("opening-*")
        path.write_text("{")
        assert path.name in chicken.error("open", "A1", code=4, name="RecordDamaged")
        assert path.name in chicken("status").stderr
        assert chicken("store", "check", code=4).stderr.count("damaged") == 1
        assert chicken.json("store", "restore", str(tmp_path / "backup"))["repaired"] == 1
        chicken("open", "A1")

    def test_what_cannot_be_stored_is_not_sent(
        self, chicken: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from boomerang.store import disk

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(disk, "sync", full)
            message = chicken.error("seal", "A1", "keep", code=4, name="StoreNotWritable")
        assert "Nothing was sent" in message
        assert chicken.phases()["A1"] == "Tentative"

    def test_openings_wait_for_blocks_and_are_hidden_meanwhile(
        self, chicken: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BOOMERANG_HIDE_BLOCKS", "1000")
        chicken("seal", "A1", "revert if kept(B1) or not kept(B1)", "--force")
        chicken("embedded", "advance", "600")
        chicken("open", "A1", "--now")
        shown = chicken.json("status", "A1")["commitments"][0]
        assert shown["decision"] is None
        assert shown["decisionText"] is None
        assert shown["decisionHidden"] is True
        assert "not shown" in chicken("status", "A1").stdout
        assert "revert if" not in chicken("timeline").stdout
        assert "too few blocks" in chicken("timeline").stdout
        (opened,) = (e for e in chicken.json("timeline")["events"] if e["event"] == "Opened")
        assert opened["decision"] is None
        assert "Opened" not in chicken("watch", "--from-start", "--for", "0", "--json").stdout
        monkeypatch.setenv("BOOMERANG_HIDE_BLOCKS", "1")
        assert chicken.json("status", "A1")["commitments"][0]["decisionHidden"] is False
        assert "Opened" in chicken("watch", "--from-start", "--for", "0", "--json").stdout
        monkeypatch.setenv("BOOMERANG_HIDE_BLOCKS", "x")
        chicken.error("status", "A1", code=2)

    def test_an_opening_does_not_wait_until_it_is_too_late(
        self, chicken: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BOOMERANG_HIDE_BLOCKS", "1000")
        chicken("seal", "A1", "keep")
        chicken("embedded", "advance", "780")
        assert "half of the window" in chicken("open", "A1").stderr
        assert chicken.phases()["A1"] == "Kept"

    def test_the_store_catches_up_with_the_chain(
        self, chicken: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lost(self: Store, *_: Any, **__: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Store, "mark", lost)
            chicken("seal", "A1", "keep", code=130)
            chicken("publish", "x", "--account", "carol", code=130)
        (opening,) = chicken.store().contents().openings
        assert opening.status.value == "planned"
        chicken("status")
        contents = chicken.store().contents()
        assert [o.status.value for o in contents.openings] == ["confirmed"]
        assert {p.status.value for p in contents.publications} == {"confirmed"}


class TestDecisions:
    def test_check(self, chicken: Shell) -> None:
        checked = chicken.json("decision", "check", "--what", "B1", "revert if kept(A1)")
        assert checked["valid"] is True
        assert checked["says"] == "open"
        assert [atom["name"] for atom in checked["atoms"]] == ["A1"]
        assert [case["says"] for case in checked["cases"]] == ["revert", "keep"]
        shown = chicken("decision", "check", "--what", "B1", "revert if kept(A1)").stdout
        assert "It waits for A1." in shown
        invalid = chicken("decision", "check", "--what", "A1", "revert if kept(B1)", code=1)
        assert "no: NotOffered" in invalid.stdout
        plain = chicken("decision", "check", "--what", "A1", "keep").stdout
        assert "waits for nothing and says keep" in plain
        broken = chicken("decision", "check", "--what", "A1", "0x06", code=1).stdout
        assert "malformed" in broken

    def test_what_if(self, chicken: Shell) -> None:
        words = ("decision", "check", "--what", "B1", "revert if kept(A1)")
        assert "If A1 kept: revert." in chicken(*words, "--if", "A1=kept").stdout
        assert chicken.json(*words, "--if", "A1=reverted")["thenSays"] == "keep"
        chicken.error(*words, "--if", "A1", code=2)
        chicken.error(*words, "--if", "A1=maybe", code=2)
        chicken.error(*words, "--if", "Z9=kept", code=2)

    def test_encode_and_decode(self, chicken: Shell) -> None:
        encoded = chicken("decision", "encode", "revert if kept(A1)").stdout.strip()
        assert encoded.startswith("0x06")
        assert encoded.endswith("02")
        decoded = chicken("decision", "decode", encoded).stdout.strip()
        assert decoded == "revert if kept(A1)"
        assert chicken.json("decision", "encode", "keep")["encoded"] == "0x01"
        assert chicken.json("decision", "decode", encoded)["plain"].startswith("revert if kept(0x")
        chicken.error("decision", "decode", "0x07", code=2, name="MalformedDecision")
        chicken.error("decision", "decode", "07x", code=2)

    def test_without_any_registry(self, empty: Shell) -> None:
        assert empty("decision", "encode", "revert").stdout.strip() == "0x00"
        assert empty("decision", "decode", "0x00").stdout.strip() == "revert"

    def test_mistakes_are_shown_where_they_are(self, chicken: Shell) -> None:
        message = chicken.error("seal", "A1", "revert if kept(B9)", code=2, name="UnknownName")
        assert "line 1, column" in message
        assert (
            "did you mean 'B1'?" in chicken("decision", "encode", "keep if kept(B9)", code=2).stderr
        )
        chicken.error("seal", "A1", "revert unless kept(B1)", code=2, name="DecisionSyntaxError")


class TestNames:
    def test_the_address_book(self, chicken: Shell) -> None:
        book = chicken.json("names")["names"]
        assert sorted(book) == ["A1", "B1"]
        shown = chicken("names").stdout
        assert book["A1"] in shown
        chicken("names", "add", "mine", book["A1"][:10])
        assert chicken.json("status", "mine")["commitments"][0]["id"] == book["A1"]
        assert chicken.json("status", book["A1"][:10])["commitments"][0]["id"] == book["A1"]
        chicken("names", "remove", "mine")
        message = chicken.error("status", "B2", code=2, name="UnknownReference")
        assert message == "nothing is known by the name 'B2'; did you mean 'B1'?"
        chicken.error("status", "mine", code=2)
        chicken.error("names", "remove", "mine", code=2)
        chicken.error("names", "add", "1x", book["A1"], code=2)
        chicken.error("names", "add", "B1", book["A1"], code=2, name="NameTaken")
        chicken.error("status", "0x" + "00" * 25, code=1, name="Boomerang_UnknownCommitment")

    def test_a_name_is_not_used_twice(self, chicken: Shell) -> None:
        words = ("publish", "x", "--as", "A1", "--account", "carol")
        assert "boomerang names remove A1" in chicken.error(*words, code=2, name="NameTaken")
        assert len(chicken.phases()) == 2

    def test_a_chain_begun_anew_frees_its_names(self, chicken: Shell) -> None:
        done = chicken.json("embedded", "reset")
        assert Path(done["kept"]).exists()
        assert done["forgotten"] == ["A1", "B1"]
        assert chicken.store().read_json("names.json") == {}
        chicken.error("status", code=2, name="NoRegistry")
        chicken("deploy")
        assert "Nothing was published" in chicken("status").stdout
        assert "Nothing was published" in chicken("timeline").stdout
        chicken("publish", "x", "--as", "A1", "--account", "alice")
        assert len(chicken.phases()) == 1

    def test_reset_is_for_the_embedded_chain_only(self, empty: Shell) -> None:
        assert empty.json("embedded", "reset")["kept"] is None
        empty.error("embedded", "reset", "--network", "devnet", code=2)

    def test_no_names_yet(self, shell: Shell) -> None:
        assert "No names yet" in shell("names").stdout

    def test_a_book_that_makes_no_sense(self, chicken: Shell) -> None:
        path = chicken.home / "names.json"
        place = next(iter(json.loads(path.read_text())))
        path.write_text(json.dumps({place: {"A1": 7}}))
        chicken.error("names", code=2)


class TestStoreCommands:
    def test_list_hides_what_is_secret(self, chicken: Shell) -> None:
        assert "empty" not in chicken("store", "list").stdout
        chicken("seal", "A1", "keep")
        (opening,) = chicken.store().contents().openings
        salt = opening.record.salt.hex()
        hidden = chicken("store", "list").stdout + chicken("store", "list", "--json").stdout
        assert salt not in hidden
        assert '"text"' not in hidden
        revealed = chicken.json("store", "list", "--reveal")["openings"][0]
        assert (revealed["salt"], revealed["text"]) == ("0x" + salt, "keep")
        assert "keep" in chicken("store", "list", "--reveal").stdout

    def test_an_empty_store(self, empty: Shell) -> None:
        assert "empty" in empty("store", "list").stdout
        assert empty.json("store", "check")["openings"] == 0
        assert "0 records" in empty("store", "check").stdout

    def test_export_and_restore_elsewhere(self, chicken: Shell, tmp_path: Path) -> None:
        chicken("seal", "A1", "keep")
        backup, word = tmp_path / "backup", tmp_path / "word"
        word.write_text("correct horse\n")
        export = ("store", "export", str(backup), "--password-file", str(word))
        assert chicken.json(*export)["encrypted"] is True
        chicken.error(*export, code=4)
        other = ("--store", str(tmp_path / "other"))
        restore = ("store", "restore", str(backup), *other)
        chicken.error(*restore, code=2)
        wrong = tmp_path / "wrong"
        wrong.write_text("horse")
        chicken.error(*restore, "--password-file", str(wrong), code=4, name="WrongPassword")
        done = chicken.json(*restore, "--password-file", str(word))
        assert done["added"] == 6
        assert "6 were there already" in chicken(*restore, "--password-file", str(word)).stdout
        wrong.write_text("")
        chicken.error(*restore, "--password-file", str(wrong), code=2)

    def test_a_plain_export_warns(self, chicken: Shell, tmp_path: Path) -> None:
        assert "salts in the clear" in chicken("store", "export", str(tmp_path / "x")).stderr
        chicken.error("store", "export", str(tmp_path / "y"), "--password", code=2)

    def test_a_store_that_others_can_read_is_refused(self, chicken: Shell) -> None:
        chicken.home.chmod(0o755)
        message = chicken.error("seal", "A1", "keep", code=4, name="StoreNotPrivate")
        assert f"chmod 700 '{chicken.home}'" in message
        chicken.home.chmod(0o700)
        chicken("seal", "A1", "keep")


class TestRegistries:
    def test_deploy_with_presets_and_changes(self, empty: Shell) -> None:
        made = empty.json("deploy", "--preset", "sepolia", "--fee", "1gwei", "--min-bond", "7")
        assert made["parameters"]["period"] == 900
        assert made["parameters"]["fee"] == 10**9
        assert empty.json("parameters")["parameters"] == made["parameters"]
        assert "7 wei" in empty("parameters").stdout
        published = empty.json("publish", "x", "--account", "alice")
        assert published["bond"] == 7
        empty.error("deploy", "--set", "period", code=2)
        empty.error("deploy", "--set", "period=x", code=2)
        empty.error("deploy", "--set", "colour=7", code=2)
        for change, said in (
            ("period=1", "sealDelay must be from 1 to 0, one less than the period; it is 5"),
            ("period=99999999", "period must be at most 31536000 seconds"),
            ("revealWindow=0", "revealWindow must be at least 1; it is 0"),
            ("offerCutoff=3", "offerCutoff must be from 11, one more than declineDelay, to 59"),
            ("drawDelay=201", "drawDelay must be from 1 to 200 blocks; it is 201"),
            ("exposerShare=9001", "exposerShare must be at most 9000"),
        ):
            words = ("deploy", "--set", change)
            assert said in empty.error(*words, code=2, name="Boomerang_BadParameter")
        empty.error("deploy", "--preset", "none", code=2)

    def test_presets_are_listed(self, empty: Shell) -> None:
        assert "mainnet" in empty("parameters", "--presets").stdout
        assert empty.json("parameters", "--presets")["demo"]["parameters"]["period"] == 60

    def test_another_registry_may_be_named(self, chicken: Shell) -> None:
        first = chicken.json("parameters")["registry"]
        chicken("deploy")
        assert chicken.phases() == {}
        assert len(chicken.json("status", "--registry", first)["commitments"]) == 2
        chicken.error("status", "--registry", "0x" + "11" * 20, code=2, name="NoRegistry")
        chicken.error("status", "--registry", "0x12", code=2)

    def test_nothing_deployed(self, empty: Shell) -> None:
        assert "boomerang deploy" in empty.error("status", code=2, name="NoRegistry")


class TestAccounts:
    def test_who_acts(self, chicken: Shell) -> None:
        assert "--account is needed" in chicken.error("publish", "x", code=2, name="NoAccount")
        assert "alice" in chicken.error("publish", "x", "--account", "zoe", code=2)
        address = "0x" + "ab" * 20
        chicken("embedded", "fund", address, "1000")
        made = chicken.json("publish", "x", "--account", address)
        assert made["committer"].lower() == address
        chicken.error("seal", "A1", "keep", "--account", "bob", code=1)

    def test_on_real_networks_questions_fail_closed(
        self, chicken: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        accounts = {"alice": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"}
        monkeypatch.setattr(Connection, "harmless", property(lambda self: False))
        chicken.error("revoke", "A1", code=2, name="NoAccount")
        message = chicken.error("revoke", "A1", "--account", "alice", code=2, name="NotConfirmed")
        assert "--yes" in message
        assert chicken.phases()["A1"] == "Tentative"
        chicken("revoke", "A1", "--account", accounts["alice"], "--yes")
        assert chicken.phases()["A1"] == "Revoked"
        monkeypatch.setattr("boomerang.chains.embedded.EmbeddedChain.accounts", lambda self: [])
        assert "test chains only" in chicken.error("seal", "B1", "keep", "--account", "bob", code=2)

    def test_a_question_can_be_answered(
        self, chicken: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Connection, "harmless", property(lambda self: False))
        monkeypatch.setattr("boomerang.cli.options.is_terminal", lambda: True)
        asked = chicken("revoke", "A1", "--account", "alice", code=2, typed="n\n").stderr
        assert "Revoke A1, for good?" in asked
        chicken("revoke", "A1", "--account", "alice", typed="y\n")
        assert chicken.phases()["A1"] == "Revoked"


class TestNetworks:
    def test_unknown_ones(self, empty: Shell) -> None:
        assert "ethereum:sepolia:node" in empty.error("status", "--network", "moon", code=2)
        message = empty.error("status", "--network", "http://127.0.0.1:9", code=3)
        assert "cannot be reached" in message
        assert "boomerang devnet" in empty.error("status", "--network", "devnet", code=3)

    def test_a_damaged_chain_file(self, chicken: Shell) -> None:
        (chicken.home / "embedded.chain").write_text("[]\n")
        chicken.error("status", code=4, name="ChainFileError")

    def test_clock(self, chicken: Shell) -> None:
        before = chicken.json("embedded", "now")
        advanced = chicken.json("embedded", "advance", "50")
        assert advanced["time"] >= before["time"] + 50
        assert "after block" in chicken("embedded", "now").stdout
        chicken("embedded", "advance", "0", code=2)


class TestWatch:
    def test_it_tells_what_happens(self, chicken: Shell) -> None:
        chicken("seal", "A1", "keep")
        chicken("embedded", "advance", "600")
        chicken("open", "A1")
        told = chicken("watch", "--from-start", "--for", "0").stdout
        assert "alice publishes A1: Dare, bond 100 wei  → A1 Tentative" in told
        assert "alice seals A1" in told
        assert "opens A1: keep  → A1 Kept" in told
        assert "B1 froze without a seal: reverted" in told
        lines = chicken("watch", "--from-start", "--for", "0", "--json").stdout.splitlines()
        assert [json.loads(line)["event"] for line in lines] == [
            *("Published", "Published", "Sealed", "Opened", "Phase")
        ]
        assert chicken("watch", "--for", "0").stdout == ""
        assert chicken("watch", "--until-final").stdout == ""

    def test_it_follows(self, chicken: Shell) -> None:
        from boomerang.cli.options import App, running
        from boomerang.cli.watch import Watcher

        with running(App(json=True)) as app:
            watcher = Watcher(app)
            watcher.skip()
            chicken("seal", "A1", "keep")
            told: list[Any] = []
            watcher._say = lambda data, at, text: told.append((data["event"], text))  # type: ignore[method-assign]
            watcher.look()
            chicken("publish", "late", "--account", "carol", "--as", "C1")
            watcher.look()
            chicken("embedded", "advance", "600")
            watcher.look()
            assert [event for event, _ in told] == ["Sealed", "Published", *["Phase"] * 3]
            assert not watcher.all_final()
            watcher.told[0], watcher.told[1] = watcher.told[1], watcher.told[0]
            told.clear()
            watcher.look()
            assert told[0][0] == "Reorganised"
            assert len(told) == 5


class TestWords:
    """Errors speak in names and clock times."""

    def test_too_early_and_too_late(self, shell: Shell) -> None:
        made = shell.json("publish", "Dare", "--as", "A1", "--account", "alice")
        told = shell.json("seal", "A1", "keep", code=1)["error"]
        assert told["name"] == "Boomerang_TooEarly"
        assert told["message"] == (
            f"A1 cannot be sealed yet: from {clock(made['sealFrom'])}, in 49 s "
            "(let time pass: boomerang embedded advance 49)"
        )
        assert told["arguments"] == {
            "id": made["id"],
            "opensAt": made["sealFrom"],
            "time": made["sealFrom"] - 49,
        }
        shell("embedded", "advance", "700")
        shown = shell("seal", "A1", "keep", code=1).stderr
        assert "A1" in shown
        assert made["id"][:10] not in shown

    def test_too_late_to_offer(self, shell: Shell) -> None:
        first = shell.json("publish", "x", "--as", "A1", "--account", "alice")
        shell("embedded", "advance", "395")
        shell("publish", "y", "--as", "B1", "--account", "bob")
        shell("embedded", "advance", "50")
        told = shell.error("offer", "B1", "--to", "A1", code=1, name="Boomerang_TooLate")
        assert told.startswith("too late to offer, for A1: until ")
        assert told.endswith(" s ago")
        assert str(first["freezeAt"])[:6] not in told

    def test_whose_it_is(self, chicken: Shell) -> None:
        message = chicken.error(
            *("seal", "B1", "keep", "--account", "alice"), code=1, name="Boomerang_NotCommitter"
        )
        assert message == "B1 is bob's, not alice's"

    def test_phases(self, chicken: Shell) -> None:
        chicken("seal", "A1", "keep")
        told = chicken.error("revoke", "A1", code=1, name="Boomerang_WrongPhase")
        assert told == "A1 is Sealed, which does not allow this"

    def test_reasons_of_a_check(self, chicken: Shell) -> None:
        checked = chicken.json("decision", "check", "--what", "A1", "keep if kept(B1)", code=1)
        (why,) = checked["reasons"]
        assert "B1" in why
        assert "0x" not in why
        assert checked["atoms"][0]["why"] == why

    def test_want_of_money(self, shell: Shell) -> None:
        shell("embedded", "fund", "carol", str(10**16))
        message = shell.error(
            *("publish", "x", "--account", "carol", "--bond", "1ether"), code=1, name="TxRejected"
        )
        assert message == "carol has 0.01 ETH, and this takes 1 ETH"

    def test_words_of_the_grammar_are_no_names(self, shell: Shell) -> None:
        for word in ("keep", "If", "least", "true"):
            message = shell.error("publish", "x", "--account", "alice", "--as", word, code=2)
            assert "decisions use it as a word" in message

    def test_lists_of_accounts_are_short(self, shell: Shell) -> None:
        message = shell.error("publish", "x", "--account", "zoe", code=2)
        assert message.endswith("There are alice, bob, carol, dave, erin, frank, …")


class TestStatus:
    def test_everything_that_was_said(self, chicken: Shell) -> None:
        words = ("--topic", "chicken", "--pay", "alice=1ether", "--guard", "not kept(A1)")
        more = ("--bond", "9", "--cover", "7")
        chicken("publish", "Stop", "--as", "B2", "--account", "bob", *words, *more)
        one = chicken.json("status", "B2")["commitments"][0]
        assert one["payments"] == [
            {
                "to": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
                "who": "alice",
                "token": None,
                "amount": 10**18,
            }
        ]
        assert one["guardText"] == "not kept(A1)"
        assert (one["tip"], one["deadline"], one["cover"]) == (None, None, 7)
        assert one["credibleCover"] is None
        shown = chicken("status", "B2").stdout
        for said in ("chicken", "alice 1 ETH", "not kept(A1)", "7 wei claimed", "not yet: "):
            assert said in shown
        assert f"second {str(one['freezeAt'])[:5]}" not in shown

    def test_what_is_final_has_no_deadline(self, chicken: Shell) -> None:
        assert chicken.json("status", "A1")["commitments"][0]["nextDeadline"] > 0
        chicken("revoke", "A1")
        assert chicken.json("status", "A1")["commitments"][0]["nextDeadline"] is None

    def test_topics_that_are_no_text(self) -> None:
        assert topic_text("0x" + b"chicken".hex().ljust(64, "0")) == "chicken"
        assert topic_text("0x" + "ff" * 32) == "0x" + "ff" * 32
        assert topic_text("0x07") == "0x07"


class TestTime:
    def test_it_stands_still_while_one_types(self, empty: Shell) -> None:
        """README's walk-through, whatever the wall clock says meanwhile."""
        empty("deploy", "--account", "alice")
        empty("publish", "Dare", "--as", "A1", "--account", "alice")
        before = empty.json("embedded", "now")["time"]
        empty("publish", "Dare", "--as", "B1", "--account", "bob")
        empty("status")
        assert empty.json("embedded", "now")["time"] == before + 1
        empty("embedded", "advance", "10")
        empty("seal", "B1", "revert if kept(A1)", "--account", "bob")
        empty("seal", "A1", "keep", "--account", "alice")
        empty("embedded", "advance", "60")
        empty("open", "B1", "--account", "bob")
        empty("open", "A1", "--account", "alice")
        empty("resolve", "--account", "carol")
        assert empty.phases() == {"A1": "Kept", "B1": "RevertedByDecision"}
        assert "only when you advance it" in empty("embedded", "--help").stdout


class TestFiles:
    """What cannot be written is the fault of whoever named it, not the program's."""

    def test_pictures(self, chicken: Shell) -> None:
        for option in ("--svg", "--html"):
            message = chicken.error("timeline", option, "/nonexistent/x", code=2)
            assert message == "cannot write /nonexistent/x: No such file or directory"

    def test_exports(self, chicken: Shell) -> None:
        message = chicken.error("store", "export", "/nonexistent/x", code=2)
        assert message.startswith("cannot write /nonexistent/x: ")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
    @pytest.mark.parametrize("words", [["status"], ["status", "--json"], ["nonsense", "--json"]])
    def test_a_full_disk(self, chicken: Shell, words: list[str]) -> None:
        with Path("/dev/full").open("w") as full:
            run = subprocess.run(
                [sys.executable, "-m", "boomerang.cli", *words],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
            )
        assert run.returncode == 2
        assert "Traceback" not in run.stderr
        assert "Exception" not in run.stderr
        if words[0] == "status":
            assert run.stderr == "Error: cannot write the output: No space left on device\n"

    def test_output_that_is_not_unicode(self, chicken: Shell) -> None:
        run = subprocess.run(
            [sys.executable, "-m", "boomerang.cli", "timeline"],
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        )
        assert run.returncode == 0, run.stderr
        assert b"A1" in run.stdout


class TestProgram:
    def test_the_version_as_an_option(self, empty: Shell) -> None:
        first = empty("version").stdout.splitlines()[0]
        assert empty("--version").stdout.strip() == first

    def test_the_nearest_command_is_suggested(self, empty: Shell) -> None:
        message = empty.error("stauts", code=2, name="UsageError")
        assert message == "No such command 'stauts'. Did you mean 'status'?"
        assert empty.error("qqqqq", code=2) == "No such command 'qqqqq'."

    def test_exit_codes_are_listed(self, empty: Shell) -> None:
        shown = empty("--help").stdout
        for code in ("0  fine", "1  refused", "70  a fault", "130  stopped", "141  whoever"):
            assert code in shown

    def test_version(self, empty: Shell) -> None:
        assert empty("version").stdout.startswith("boomerang 0.")
        assert set(empty.json("version")) == {"boomerang", "python", "packages"}

    def test_every_command_has_help(self, empty: Shell) -> None:
        top = empty("--help").stdout
        for name in cli.list_commands(None):  # type: ignore[arg-type]
            assert name in top
            if name not in ("play", "demo"):
                assert "Usage" in empty(name, "--help").stdout

    def test_help_imports_no_chain(self) -> None:
        code = (
            "import sys\nfrom boomerang.cli import cli\n"
            "try:\n    cli(['--help'])\nexcept SystemExit: pass\n"
            "heavy = {'ape', 'web3', 'eth_tester', 'pyrevm', 'eth_abi', 'rich', 'lark', 'yaml'}\n"
            "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
        )
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert run.stderr.strip() == "[]"

    def test_usage_errors(self, empty: Shell) -> None:
        assert "Usage" in empty("seal", code=2).stderr
        empty.error("nonsense", code=2, name="UsageError")
        empty.error("store", "restore", "no-such-file", code=2)

    def test_an_unforeseen_error_has_no_traceback_unless_asked(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError("oops")

        monkeypatch.setattr("boomerang.cli.look.describe", broken)
        shell("publish", "x", "--account", "alice")
        plain = shell("status", code=70).stderr
        assert "ZeroDivisionError: oops" in plain
        assert "Traceback" not in plain
        assert "Traceback" in shell("status", "--debug", code=70).stderr

    def test_as_a_module(self, empty: Shell) -> None:
        run = subprocess.run(
            [sys.executable, "-m", "boomerang.cli", "status"],
            capture_output=True,
            text=True,
            env={**os.environ, "BOOMERANG_HOME": str(empty.home)},
        )
        assert run.returncode == 2
        assert run.stderr.startswith("Error: no registry is known")

    def test_a_reader_that_leaves(self, chicken: Shell) -> None:
        for words in ("timeline --json", "seal A9 keep --json", "nonsense --json"):
            command = f"'{sys.executable}' -m boomerang.cli {words} | true"
            run = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True)
            assert run.stderr == ""


@pytest.mark.parametrize(
    ("text", "wei"),
    [
        ("7", 7),
        ("1e18", 10**18),
        ("0.5 ether", 5 * 10**17),
        ("20gwei", 2 * 10**10),
        ("1_000", 1000),
    ],
)
def test_amounts(text: str, wei: int) -> None:
    assert AMOUNT.convert(text, None, None) == wei


@pytest.mark.parametrize("text", ["", "x", "-1", "0.5", "1 dollar", "1e-3", "0.1 wei"])
def test_amounts_that_are_none(text: str) -> None:
    import click

    with pytest.raises(click.BadParameter):
        AMOUNT.convert(text, None, None)


def test_amounts_for_people() -> None:
    assert [amount(n) for n in (0, 250, 10**18, 15 * 10**15)] == [
        *("0 wei", "250 wei", "1 ETH", "0.015 ETH")
    ]
    assert [span(n) for n in (5, -5, 300, 10000)] == [
        *("in 5 s", "5 s ago", "in 5 min 0 s", "in 2 h 46 min")
    ]
