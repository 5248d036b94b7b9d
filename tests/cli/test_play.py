"""`boomerang play` and `boomerang demo`: what they print, write, and end with."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from boomerang.cli import cli

CHICKEN = """\
agents: {alice: 1000, bob: 1000}
steps:
  - {at: 1, by: alice, do: publish, as: A1, bond: 100}
  - {at: 30, by: alice, do: seal, what: A1, decision: keep}
  - {at: 61, by: alice, do: open, what: A1}
expect: {A1: Kept}
"""


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit code, stdout, stderr, as the console script gives them."""
    with pytest.raises(SystemExit) as ended:
        cli.main([*arguments], prog_name="boomerang")
    out, err = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else int(code is not None)), out, err


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(CHICKEN, encoding="utf-8")
    return path


def test_one_file_gives_a_timeline(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run("play", str(file), capsys=capsys)
    assert (code, err) == (0, "")
    assert "publishes A1, bond 100" in out
    assert out.rstrip().endswith("A1 KEPT")


def test_several_files_give_a_line_each(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run("play", str(file), "examples/chicken", "bargain-a", capsys=capsys)
    assert code == 0
    assert out.splitlines() == [
        "✓ own: A1 KEPT",
        "✓ chicken: A1 KEPT, B1 REVERTED, (10, -20)",
        "✓ bargain, to the letter: KEPT B1 and B2, REVERTED A1, (-19, 9)",
    ]


@pytest.mark.parametrize("chain", ["model", "pyrevm", "embedded", "tester"])
def test_json_is_one_object(chain: str, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run("play", str(file), "--chain", chain, "--json", capsys=capsys)
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer["name"] == "own"
    assert answer["commitments"]["A1"]["reason"] == "Kept"
    assert [step["error"] for step in answer["steps"]] == [None, None, None]
    assert all(isinstance(step["gas"], int) for step in answer["steps"]) is (chain != "model")
    assert answer["balances"] == {"alice": 1000, "bob": 1000}
    assert answer["conflicts"] == []
    assert "payoffs" not in answer


def test_json_of_several_files_is_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run("play", "chicken", "bargain-b", "--json", capsys=capsys)
    assert code == 0
    assert [answer["payoffs"] for answer in json.loads(out)] == [
        {"alice": 10, "bob": -20},
        {"alice": 11, "bob": -1},
    ]


@pytest.mark.anvil
@pytest.mark.network
def test_on_a_node_by_its_url(capsys: pytest.CaptureFixture[str]) -> None:
    """A node with its defaults: it mines by itself, and its gas costs something."""
    from boomerang.chains.anvil import Anvil

    with Anvil(automine=True, genesis_time=None) as node:
        code, out, err = run("play", "chicken", "bargain-b", "--chain", node.url, capsys=capsys)
        assert (code, err) == (0, "")
        assert "(11, -1)" in out
        code, out, _ = run("play", "all-seven", "--chain", node.url, "--json", capsys=capsys)
    assert code == 0
    assert json.loads(out)["chain"] == "anvil"


def test_a_claim_that_fails_ends_with_1(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(CHICKEN.replace("Kept}", "Exposed}"), encoding="utf-8")
    code, out, _ = run("play", str(file), capsys=capsys)
    assert code == 1
    assert "✗ A1 is Kept, not Exposed" in out
    code, out, _ = run("play", str(file), "--json", capsys=capsys)
    assert code == 1
    assert json.loads(out)["failures"] == ["A1 is Kept, not Exposed"]
    code, out, _ = run("play", "chicken", str(file), capsys=capsys)
    assert code == 1
    assert out.splitlines()[1:] == ["✗ own: A1 KEPT", "✗ A1 is Kept, not Exposed"]


def test_an_unmarked_refusal_ends_with_1(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(CHICKEN.replace("at: 30", "at: 5"), encoding="utf-8")
    code, out, _ = run("play", str(file), capsys=capsys)
    assert code == 1
    assert "✗ line 4: seal A1 by alice at 5 was refused with Boomerang_TooEarly (" in out


def test_nonsense_ends_with_2_and_its_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(CHICKEN.replace("do: seal", "do: seel"), encoding="utf-8")
    code, out, err = run("play", "chicken", str(file), capsys=capsys)
    assert (code, out) == (2, "")
    assert f"{file}:4: nobody can 'seel', did you mean 'seal'?" in err
    code, out, _ = run("play", str(file), "--json", capsys=capsys)
    assert code == 2
    error = json.loads(out)["error"]
    assert (error["exitCode"], error["file"], error["line"]) == (2, str(file), 4)
    assert error["message"].startswith(f"{file}:4: nobody can 'seel'")
    code, out, _ = run("play", "chickn", "--json", capsys=capsys)
    error = json.loads(out)["error"]
    assert (code, error["file"], error["line"]) == (2, "chickn", None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["play"], "Missing argument 'FILE...'"),
        (["play", "zzzzz"], "Error: no such file or shipped scenario 'zzzzz'\n"),
        (["play", "chickn"], "Error: no such file or shipped scenario 'chickn'; did you mean 'ch"),
        (["play", "example/chicken"], "did you mean 'examples/chicken'?"),
        (["play", "chicken", "--chain", "ganache"], "no chain is called 'ganache'"),
    ],
)
def test_wrong_calls_end_with_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(*arguments, capsys=capsys)
    assert (code, out) == (2, "")
    assert message in err


def test_a_node_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run("play", "chicken", "--chain", "http://127.0.0.1:1", capsys=capsys)
    assert (code, out) == (3, "")
    assert "cannot be reached" in err


def test_pictures_on_demand(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run("play", str(file), "--out", str(tmp_path / "drawn"), capsys=capsys)
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == ["own.html", "own.svg"]
    assert f"Drawn: {tmp_path / 'drawn' / 'own.svg'}" in err


@pytest.mark.parametrize("chain", ["embedded", "model", "tester"])
def test_the_demo(chain: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run("demo", "--chain", chain, "--out", str(tmp_path), capsys=capsys)
    assert code == 0
    lines = out.splitlines()
    assert "A1 KEPT, B1 REVERTED, (10, -20)" in lines
    assert "KEPT B1 and B2, REVERTED A1, (-19, 9)" in lines
    assert "KEPT B2, REVERTED A1 and B1, (11, -1)" in lines
    assert any(line.startswith("Conflict B1/B2: ") for line in lines)
    assert ("gas" in out) is (chain != "model")
    names = {
        f"{name}.{kind}"
        for name in ("chicken", "bargain-a", "bargain-b")
        for kind in ("svg", "html")
    }
    assert {path.name for path in tmp_path.iterdir()} == names
    assert all(f"Drawn: {tmp_path / name}" in err for name in names)


def test_the_demo_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run("demo", "--json", "--out", str(tmp_path), capsys=capsys)
    assert (code, err) == (0, "")
    assert [answer["conflicts"] for answer in json.loads(out)] == [[], [["B1", "B2"]], []]


def test_the_list_of_what_ships(capsys: pytest.CaptureFixture[str]) -> None:
    from boomerang.scenarios import library_files, locate

    code, out, err = run("play", "--list", capsys=capsys)
    assert (code, err) == (0, "")
    names = [line.split()[0] for line in out.splitlines()]
    assert {locate(name) for name in names} == set(library_files())
    code, out, _ = run("play", "--list", "--json", capsys=capsys)
    assert code == 0
    assert [one["name"] for one in json.loads(out)] == names
    assert all(one["description"] for one in json.loads(out))


def given(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))


def test_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(CHICKEN.encode(), monkeypatch)
    code, out, _ = run("play", "-", "--json", "--out", str(tmp_path), capsys=capsys)
    assert code == 0
    assert json.loads(out)["name"] == "stdin"
    assert (tmp_path / "stdin.svg").exists()
    given(CHICKEN.replace("do: seal", "do: seel").encode(), monkeypatch)
    code, _, err = run("play", "-", capsys=capsys)
    assert code == 2
    assert "stdin:4: nobody can 'seel'" in err
    given(b"\xff", monkeypatch)
    code, _, err = run("play", "-", capsys=capsys)
    assert code == 2
    assert "stdin: is not UTF-8 text" in err


def test_a_history_does_not_say_who_opened_and_resolved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anyone may, and logs do not tell."""
    monkeypatch.setenv("BOOMERANG_HOME", str(tmp_path))

    def act(*arguments: str) -> str:
        code, out, err = run(*arguments, capsys=capsys)
        assert code == 0, (arguments, err)
        return out

    sets = ["sealDelay=50", "revealWindow=300", "offerCutoff=200", "declineDelay=100"]
    words = [word for one in sets for word in ("--set", one)]
    act("deploy", "--account", "alice", "--period", "600", *words)
    act("publish", "--account", "alice", "--as", "A1", "Dare")
    act("publish", "--account", "bob", "--as", "B1", "Dare")
    act("embedded", "advance", "60")
    act("seal", "--account", "alice", "A1", "revert")
    act("embedded", "advance", "600")
    act("open", "--account", "alice", "A1")
    act("resolve", "--account", "carol", "B1")
    told = act("watch", "--from-start", "--for", "0")
    assert "somebody resolves B1" in told
    assert "somebody opens A1: revert" in told
    assert "bystander" not in told + act("timeline")
