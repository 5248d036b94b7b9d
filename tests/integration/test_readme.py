"""The README says what is: its transcript, commands, code, links and numbers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from boomerang.parameters import Parameters

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BIN = Path(sys.executable).parent


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def run(directory: Path, *command: str | Path, text: str | None = None) -> str:
    environment = {
        "HOME": str(directory),
        "BOOMERANG_HOME": str(directory / "store"),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        command,
        cwd=directory,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_transcript_is_the_demo_s(tmp_path: Path) -> None:
    printed = [line.rstrip() for line in run(tmp_path, BIN / "boomerang", "demo").splitlines()]
    transcript = [line.rstrip() for line in block("console").splitlines()]
    assert transcript[0] == "$ make demo"
    assert printed[: len(transcript) - 1] == transcript[1:]


def test_the_picture_is_the_demo_s(tmp_path: Path) -> None:
    run(tmp_path, BIN / "boomerang", "demo", "--out", "drawn")
    drawn = (tmp_path / "drawn" / "chicken.svg").read_text()
    assert (ROOT / "docs" / "images" / "chicken.svg").read_text() == drawn


def test_the_commands_play_a_game(tmp_path: Path) -> None:
    printed = run(tmp_path, "bash", "-e", text=block("bash"))
    states = {line.split()[0]: line for line in printed.splitlines()[-2:]}
    assert "KEPT" in states["A1"]
    assert "REVERTED (by its decision)" in states["B1"]


def test_the_code_runs(tmp_path: Path) -> None:
    assert run(tmp_path, sys.executable, "-", text=block("python")).startswith("False (")


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))])
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)", text):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target


def test_the_parameters_are_the_defaults() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (\d+)", README, re.MULTILINE))
    defaults = Parameters()
    for name in ("period", "sealDelay", "revealWindow", "offerCutoff", "declineDelay", "maxDepth"):
        assert int(rows[name]) == defaults.to_abi()[name]
    assert rows["drawDelay"] == str(defaults.draw_delay)
    assert int(rows["exposerShare"]) * 100 == defaults.exposer_share
