"""`boomerang seal` is killed at every point between planning and the last word of its report.

Whenever a seal is on chain afterwards, its opening must be in the store, and `boomerang open` must
work. The driver is the real program with wrapped system calls; it kills itself by SIGKILL.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from boomerang.cli import cli
from boomerang.store import Store

DRIVER = """
import os, signal, sys
from boomerang.cli import cli
from boomerang.cli.networks import Connection
from boomerang.store import disk

point, when, nth = sys.argv[1], sys.argv[2], int(sys.argv[3])
calls = 0

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def instrument(owner, name):
    plain = getattr(owner, name)
    def call(*args, **kwargs):
        global calls
        hit = name == point
        calls += hit
        hit = hit and calls == nth
        if hit and when == "before":
            die()
        if hit and when == "within":
            plain(args[0], args[1][: len(args[1]) // 2])
            die()
        answer = plain(*args, **kwargs)
        if hit and when == "after":
            die()
        return answer
    setattr(owner, name, call)

for name in ("create", "write", "sync", "rename", "sync_directory"):
    instrument(disk, name)
instrument(Connection, "send")
cli(sys.argv[4:])
"""

# The first record is the opening, written before the seal is sent; the second is the mark after it.
POINTS = [
    (call, when, 1)
    for call in ("create", "write", "sync", "rename", "sync_directory", "send")
    for when in ("before", "after")
]
POINTS += [("write", "within", 1), ("write", "within", 2)]
POINTS += [("create", "before", 2), ("rename", "before", 2), ("sync_directory", "after", 2)]


def run(home: Path, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The program with something wrong about it, as a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(home),
    )


def environment(home: Path) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if "BOOMERANG" not in name}
    return {**env, "BOOMERANG_HOME": str(home)}


def ask(home: Path, *words: str) -> Any:
    """The program as it is, in this process."""
    done = CliRunner(mix_stderr=False).invoke(cli, [*words, "--store", str(home), "--json"])
    assert done.exit_code == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a chain on which A1 can be sealed for the next hour."""
    home = tmp_path_factory.mktemp("crash") / "home"
    ask(home, "deploy", "--period", "4000", "--set", "revealWindow=2000")
    ask(home, "publish", "Dare", "--as", "A1", "--account", "alice", "--bond", "100")
    ask(home, "embedded", "advance", "10")
    return home


@pytest.mark.parametrize(("point", "when", "nth"), POINTS)
def test_no_opening_is_lost(
    prepared: Path, tmp_path: Path, point: str, when: str, nth: int
) -> None:
    home = tmp_path / "home"
    shutil.copytree(prepared, home)
    killed = run(home, DRIVER, point, when, str(nth), "seal", "A1", "keep")
    assert killed.returncode == -9, killed.stdout + killed.stderr

    a1 = ask(home, "status", "A1")["commitments"][0]
    store = Store(home)
    assert store.contents().damaged == []
    sent = nth == 2 or (point, when) == ("send", "after")
    assert a1["phase"] == ("Sealed" if sent else "Tentative")
    if not sent:
        # Whatever of it is left on disk does no harm, and sealing works.
        ask(home, "seal", "A1", "keep")
    else:
        assert a1["openingInStore"] == "yes"
        (opening,) = store.contents().openings
        assert opening.status.value == "confirmed"  # `status` has matched it with the chain
    ask(home, "embedded", "advance", "4000")
    opened = ask(home, "open", "A1")
    assert opened["phase"] == "Kept"


def test_a_store_that_cannot_be_written_sends_nothing(prepared: Path, tmp_path: Path) -> None:
    """The system refuses to let any file in the store grow."""
    home = tmp_path / "home"
    shutil.copytree(prepared, home)
    limit = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
    )
    words = ("none", "before", "1", "seal", "A1", "keep", "--json")
    refused = run(home, limit + DRIVER, *words)
    assert refused.returncode == 4
    told = json.loads(refused.stdout)["error"]
    assert told["name"] == "StoreNotWritable"
    assert "Nothing was sent" in told["message"]
    assert ask(home, "status", "A1")["commitments"][0]["phase"] == "Tentative"


def test_two_processes_seal_at_once(prepared: Path, tmp_path: Path) -> None:
    """One of them lands; both openings are kept; the one that counts is found."""
    home = tmp_path / "home"
    shutil.copytree(prepared, home)
    env = environment(home)
    command = [sys.executable, "-m", "boomerang.cli", "seal", "A1"]
    racing = [
        subprocess.Popen([*command, word], env=env, stdout=-3, stderr=-3)
        for word in ("keep", "revert")
    ]
    codes = sorted(process.wait(120) for process in racing)
    assert codes == [0, 1]
    assert len(Store(home).contents().openings) == 2
    ask(home, "embedded", "advance", "4000")
    won = {"Kept": "keep", "RevertedByDecision": "revert"}
    phase = ask(home, "open", "A1")["phase"]
    counted = [o for o in Store(home).contents().openings if o.status.value == "confirmed"]
    assert [o.record.text for o in counted] == [won[phase]]


@pytest.mark.parametrize("wait", [0.1, 0.3, 0.5, 0.8])
def test_killed_from_outside_at_any_time(prepared: Path, tmp_path: Path, wait: float) -> None:
    home = tmp_path / "home"
    shutil.copytree(prepared, home)
    env = environment(home)
    command = [sys.executable, "-m", "boomerang.cli", "seal", "A1", "keep"]
    process = subprocess.Popen(command, env=env, stdout=-3, stderr=-3)
    time.sleep(wait)
    process.kill()
    process.wait()
    a1 = ask(home, "status", "A1")["commitments"][0]
    assert a1["openingInStore"] in ({"yes"} if a1["phase"] == "Sealed" else {None, "planned"})
