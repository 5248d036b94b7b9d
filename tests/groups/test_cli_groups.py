"""`boomerang group …` on the embedded chain, in this process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from boomerang.cli import cli

if TYPE_CHECKING:
    from pathlib import Path


class Shell:
    """Runs commands on one store."""

    def __call__(self, *words: str, code: int = 0) -> str:
        result = CliRunner(mix_stderr=False).invoke(cli, list(words))
        assert result.exit_code == code, f"{words}: {result.stdout}\n{result.stderr}"
        return result.stdout if code == 0 else result.stderr

    def json(self, *words: str, code: int = 0) -> Any:
        result = CliRunner(mix_stderr=False).invoke(cli, [*words, "--json"])
        assert result.exit_code == code, f"{words}: {result.stdout}\n{result.stderr}"
        return json.loads(result.stdout)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A registry whose windows outlast a slow machine, with A1, B1 and C1 on it."""
    monkeypatch.setenv("BOOMERANG_HOME", str(tmp_path / "home"))
    for name in ("NETWORK", "ACCOUNT", "REGISTRY", "HIDE_BLOCKS"):
        monkeypatch.delenv(f"BOOMERANG_{name}", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    shell = Shell()
    sets = ["sealDelay=50", "revealWindow=300", "offerCutoff=200", "declineDelay=100"]
    shell("deploy", "--period", "600", *[word for one in sets for word in ("--set", one)])
    for name, owner in (("A1", "alice"), ("B1", "bob"), ("C1", "carol")):
        shell("publish", f"Plan of {owner}", "--as", name, "--account", owner, "--bond", "100")
        shell("embedded", "advance", "1")
    return shell


def joined(shell: Shell) -> Shell:
    shell("group", "join", "A1", "B1", "--account", "alice")
    shell("group", "join", "B1", "A1", "--account", "bob")
    shell("embedded", "advance", "60")
    return shell


def opened(shell: Shell, a1: str, b1: str) -> Shell:
    shell("seal", "A1", a1, "--account", "alice")
    shell("seal", "B1", b1, "--account", "bob")
    shell("embedded", "advance", "600")
    for name, owner in (("A1", "alice"), ("B1", "bob")):
        shell("open", name, "--account", owner)
    return shell


def test_join_and_show(shell: Shell) -> None:
    assert "There are no groups." in shell("group", "show")
    assert shell("group", "join", "A1", "B1", "--account", "alice").strip() == (
        "A1 has joined. Missing: B1."
    )
    (half,) = shell.json("group", "show")["groups"]
    assert (half["complete"], half["floor"], half["waitsFor"]) == (False, None, [])
    assert [(one["name"], one["joined"]) for one in half["members"]] in (
        [("A1", True), ("B1", False)],
        [("B1", False), ("A1", True)],
    )
    done = shell.json("group", "join", "B1", "A1", "--account", "bob")
    assert done["complete"]
    assert done["missing"] == []
    assert done["events"] == ["Joined", "Completed"]
    (whole,) = shell.json("group", "show", "A1")["groups"]
    assert (whole["complete"], whole["depth"], whole["cover"]) == (True, 0, 0)
    assert len(whole["waitsFor"]) == 2
    assert "A1" in shell("group", "show", "B1")
    status = shell.json("status", "A1")["commitments"][0]
    assert status["group"] == whole["group"]
    assert status["groupComplete"]
    assert status["floor"] == whole["floor"]
    told = shell("timeline")
    assert "joins A1 to a group with B1" in told
    assert "is complete" in told


def test_join_is_refused_in_words(shell: Shell) -> None:
    assert "has joined no group" in shell("group", "show", "C1", code=2)
    joined(shell)
    said = shell("group", "join", "A1", "C1", "--account", "alice", code=1)
    assert "A1 has joined a group" in said
    twice = shell.json("offer", "B1", "--to", "A1", "--account", "bob", code=1)["error"]
    assert twice["name"] == "Boomerang_InGroup"
    alone = shell.json("group", "join", "C1", "C1", "--account", "carol", code=1)["error"]
    assert alone["name"] == "Boomerang_MalformedGroup"


def test_preferences_are_for_members(shell: Shell) -> None:
    text = "keep if kept(A1) prefer 3 if kept(A1)"
    said = shell("seal", "B1", text, "--account", "bob", code=2)
    assert "only a member of a complete group may seal preferences" in said
    joined(shell)
    checked = shell.json("decision", "check", "keep if kept(B1) prefer 3 if true", "--what", "A1")
    assert checked["valid"]
    bad = shell.json("decision", "check", "keep prefer 3 if kept(C1)", "--what", "A1", code=1)
    assert bad["atoms"][0]["obstacle"] == "NotOffered"
    encoded = shell.json("decision", "encode", text)
    assert encoded["encoded"].startswith("0x07001a06")
    assert len(encoded["atoms"]) == 2
    assert shell("decision", "decode", encoded["encoded"]).strip() == text


def test_explain_and_resolve(shell: Shell) -> None:
    a1 = "keep if kept(B1) prefer 5 if kept(A1), -1 if kept(B1)"
    shell = opened(joined(shell), a1, "keep if kept(A1)")
    (pending,) = shell.json("status", "A1")["commitments"]
    assert (pending["phase"], pending["waitsFor"], pending["decisionText"]) == ("Pending", [], a1)
    words = (
        "consistent outcomes: A1 and B1 reverted | A1 and B1 kept; chosen: A1 and B1 kept, "
        "because it is worth most to A1 (4, the others 0 at most)"
    )
    said = shell("group", "explain", "B1")
    assert said.rstrip().endswith(words)
    assert f"A1: {a1}" in said
    found = shell.json("group", "explain", "A1")
    assert found["because"] == words
    assert len(found["consistent"]) == 2
    assert list(found["chosen"]["kept"].values()) == [True, True]
    assert list(found["chosen"]["worth"].values()) == [4, 0]
    assert found["resolvable"]
    assert found["broken"] == []
    refused = shell.json("resolve", "A1", code=1)["error"]
    assert refused["name"] == "Boomerang_InGroup"
    assert sorted(shell("group", "resolve").split("\n")) == ["", "A1: Kept", "B1: Kept"]
    assert "There is no group to resolve now." in shell("group", "resolve")
    # It can be explained afterwards just as well.
    assert shell.json("group", "explain", "A1")["because"] == words
    done = shell.json("group", "resolve", "A1", code=1)["error"]
    assert done["name"] == "Boomerang_WrongPhase"
    assert "resolves the group of" in shell("timeline")


def test_explain_a_contradiction(shell: Shell) -> None:
    shell = opened(joined(shell), "keep if kept(B1)", "revert if kept(A1)")
    said = shell("group", "explain", "A1")
    assert "consistent outcomes: none, the decisions contradict one another" in said
    assert "B1, whose decision cannot be followed, reverts" in said
    found = shell.json("group", "explain", "A1")
    assert found["consistent"] == []
    assert len(found["broken"]) == 1


def test_explain_waits(shell: Shell) -> None:
    joined(shell)
    shell("seal", "A1", "keep", "--account", "alice")
    shell("seal", "B1", "keep", "--account", "bob")
    shell("embedded", "advance", "600")
    opened_ = shell("open", "A1", "--account", "alice")
    assert opened_.strip() == "A1 is Pending: it waits for B1"
    waits = shell.json("group", "explain", "A1", code=1)["error"]
    assert waits["name"] == "Boomerang_DependencyPending"
    shell("embedded", "advance", "301")
    said = shell("group", "explain", "A1")
    assert "B1: Unrevealed, so reverted whatever the others do" in said
    assert "chosen: A1 kept, because no other is consistent" in said
    assert "A1: Kept" in shell("group", "resolve", "B1")
