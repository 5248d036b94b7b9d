"""`boomerang keeper` as people type it: on the built-in chain, and on anvil with SIGKILL."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from boomerang.chains.anvil import AnvilNotFound, find_anvil
from boomerang.cli import cli
from keeper.world import CHICKEN_PLAN

try:
    find_anvil()
    no_anvil = ""
except AnvilNotFound as error:
    no_anvil = str(error)


class Shell:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = {"BOOMERANG_HOME": str(home), "BOOMERANG_NETWORK": "embedded"}

    def run(self, *words: str, code: int = 0) -> Result:
        result = CliRunner(mix_stderr=False).invoke(cli, list(words), env=self.env)
        assert result.exit_code == code, result.stdout + result.stderr
        return result

    def ask(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json").stdout)

    def pass_time(self, seconds: int) -> None:
        self.run("embedded", "advance", str(seconds))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path / "home")
    made.run("deploy")
    return made


def publish(shell: Shell) -> Any:
    return shell.ask("publish", "Dare", "--as", "A1", "--account", "alice", "--bond", "100")


def phase(shell: Shell, name: str = "A1") -> str:
    known = shell.ask("names")["names"][name]
    return next(one["phase"] for one in shell.ask("status")["commitments"] if known in one.values())


def test_what_is_planned_is_sealed_opened_and_settled(shell: Shell) -> None:
    publish(shell)
    planned = shell.ask("keeper", "plan", "A1", "keep", "--at", "+30")
    assert planned["decision"] == "keep"
    (action,) = shell.ask("keeper", "status", "--account", "alice")["actions"]
    assert (action["kind"], action["isDue"], action["due"]) == ("seal", False, planned["at"])
    keep = ("keeper", "run", "--account", "alice", "--once")
    shell.run(*keep)
    assert phase(shell) == "Tentative"  # not yet
    shell.pass_time(30)
    shell.run(*keep)
    assert phase(shell) == "Sealed"
    shell.pass_time(30)
    shell.run(*keep)
    assert phase(shell) == "Revealing"
    shell.pass_time(12)
    shell.run(*keep)
    assert phase(shell) == "Kept"


def test_status_says_what_and_when_to_people(shell: Shell) -> None:
    publish(shell)
    shell.run("keeper", "plan", "A1", "keep")
    told = shell.run("keeper", "status", "--account", "alice").stdout
    assert "seal" in told
    assert "A1" in told
    shell.run("keeper", "unplan", "A1")
    assert "nothing to do" in shell.run("keeper", "status", "--account", "alice").stdout
    shell.run("keeper", "unplan", "A1", code=2)


def test_dry_run_sends_nothing(shell: Shell) -> None:
    publish(shell)
    shell.run("keeper", "plan", "A1", "keep", "--at", "+1")
    shell.pass_time(20)
    told = shell.ask("keeper", "run", "--account", "alice", "--dry-run")
    assert [one["isDue"] for one in told["actions"]] == [True]
    assert phase(shell) == "Tentative"


def test_a_plan_file_is_played(shell: Shell, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(CHICKEN_PLAN)
    plan.chmod(0o600)
    now = shell.ask("keeper", "status", "--account", "alice")["now"]
    words = ("--account", "alice", "--account", "bob", "--plan", str(plan), "--start", str(now))
    for _ in range(28):
        shell.run("keeper", "run", *words, "--once")
        shell.pass_time(4)
    ends = sorted(one["phase"] for one in shell.ask("status")["commitments"])
    assert ends == ["Kept", "RevertedByDecision"]


def test_a_plan_that_others_can_read_is_warned_of(shell: Shell, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(CHICKEN_PLAN)
    plan.chmod(0o644)
    words = ("--account", "alice", "--plan", str(plan), "--start", "now")
    assert "can be read by others" in shell.run("keeper", "status", *words).stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run",), "--account"),
        (("status", "--account", "alice", "--start", "soon"), "soon"),
        (("run", "--account", "alice", "--once", "--health", "x:y"), "--health"),
        (("run", "--account", "alice", "--once", "--rpc", "http://x"), "fail over"),
        (("run", "--account", "alice", "--once", "--warn-share", "0.9"), "shares"),
        (("plan", "Nobody", "keep"), "Nobody"),
    ],
)
def test_what_makes_no_sense_is_refused(shell: Shell, words: tuple[str, ...], says: str) -> None:
    if "--start" in words:
        plan = shell.home / "plan.yaml"
        plan.write_text(CHICKEN_PLAN)
        words = (*words, "--plan", str(plan))
    result = shell.run("keeper", *words, code=2)
    assert says in result.stderr


def test_a_decision_that_would_be_invalid_is_not_planned(shell: Shell) -> None:
    publish(shell)
    shell.ask("publish", "Stop", "--as", "B1", "--account", "bob")
    refused = shell.run("keeper", "plan", "A1", "keep if kept(B1)", code=2)
    assert "InvalidDecision" in refused.stderr
    shell.run("keeper", "plan", "A1", "keep if kept(B1)", "--force")


def test_what_is_missed_is_told_by_the_exit_status(shell: Shell) -> None:
    publish(shell)
    shell.run("keeper", "plan", "A1", "keep")
    shell.pass_time(100)  # nobody kept
    result = shell.run("keeper", "run", "--account", "alice", "--once", code=5)
    alerts = [json.loads(line) for line in result.stderr.splitlines() if '"alert"' in line]
    assert [one["alert_level"] for one in alerts] == ["missed"]


# ------------------------------------------------------------------------------------- anvil


@pytest.mark.anvil
@pytest.mark.network
@pytest.mark.campaign
@pytest.mark.skipif(bool(no_anvil), reason=f"there is no anvil binary: {no_anvil}")
def test_killed_by_the_kernel_it_still_opens_in_time(tmp_path: Path) -> None:
    """The program itself, on a node whose seconds are the wall's."""
    from boomerang.chains.anvil import Anvil

    home = tmp_path / "home"
    env = {name: value for name, value in os.environ.items() if "BOOMERANG" not in name}
    env["BOOMERANG_HOME"] = str(home)
    program = [sys.executable, "-m", "boomerang.cli"]

    def ask(*words: str) -> Any:
        done = subprocess.run(
            [*program, *words, "--json"], capture_output=True, text=True, timeout=120, env=env
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    with Anvil(genesis_time=None, automine=True, block_time=1) as node:
        env["BOOMERANG_NETWORK"] = node.url
        windows = ("period=30", "sealDelay=2", "revealWindow=60", "offerCutoff=20")
        ask("deploy", *(word for one in windows for word in ("--set", one)))
        made = ask("publish", "Dare", "--as", "A1", "--account", "alice", "--bond", "100")
        ask("keeper", "plan", "A1", "keep", "--at", "+10")
        log = (tmp_path / "log").open("w")
        started = 0
        keeper: subprocess.Popen[str] | None = None
        words = ["keeper", "run", "--account", "alice", "--until-final", "--poll", "0.5"]
        deadline = time.monotonic() + 150
        try:
            while time.monotonic() < deadline:
                keeper = subprocess.Popen(
                    [*program, *words, "--health", "0"],
                    stderr=log,
                    text=True,
                    env=env,
                )
                started += 1
                try:
                    keeper.wait(timeout=9 if started < 9 else 60)
                    break
                except subprocess.TimeoutExpired:
                    keeper.send_signal(signal.SIGKILL)
                    keeper.wait()
        finally:
            if keeper is not None and keeper.poll() is None:
                keeper.kill()
                keeper.wait()
            log.close()
        told = (tmp_path / "log").read_text()
        assert keeper is not None
        assert keeper.returncode == 0, told
        assert started > 2, told  # it was killed several times
        status = ask("status")["commitments"]
        assert [one["phase"] for one in status if made["id"] in one.values()] == ["Kept"]


@pytest.mark.anvil
@pytest.mark.network
@pytest.mark.skipif(bool(no_anvil), reason=f"there is no anvil binary: {no_anvil}")
def test_health_is_served_and_sigterm_ends_it(tmp_path: Path) -> None:
    import re

    from boomerang.chains.anvil import Anvil

    env = {name: value for name, value in os.environ.items() if "BOOMERANG" not in name}
    env["BOOMERANG_HOME"] = str(tmp_path / "home")
    program = [sys.executable, "-m", "boomerang.cli"]
    with Anvil(genesis_time=None, automine=True, block_time=1) as node:
        env["BOOMERANG_NETWORK"] = node.url
        subprocess.run([*program, "deploy"], check=True, capture_output=True, env=env, timeout=120)
        keeper = subprocess.Popen(
            [*program, "keeper", "run", "--account", "alice", "--health", "0", "--poll", "0.5"],
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        try:
            assert keeper.stderr is not None
            found = re.search(r"http://127.0.0.1:\d+", keeper.stderr.readline())
            assert found is not None
            deadline = time.monotonic() + 60
            body: dict[str, Any] = {}
            while not body.get("well") and time.monotonic() < deadline:
                try:
                    with urllib.request.urlopen(f"{found[0]}/health", timeout=5) as answer:  # noqa: S310 - ours
                        body = json.load(answer)
                except OSError:  # 503 until the first round is done
                    time.sleep(0.2)
            assert body["well"]
            with urllib.request.urlopen(f"{found[0]}/metrics", timeout=5) as answer:  # noqa: S310 - ours
                assert b"boomerang_keeper_rounds_total" in answer.read()
            keeper.terminate()
            rest = keeper.communicate(timeout=30)[1]
            assert keeper.returncode == 0, rest
            assert '"event": "stopped"' in rest
        finally:
            if keeper.poll() is None:
                keeper.kill()
                keeper.wait()


def test_until_final_ends_when_nothing_is_left(shell: Shell) -> None:
    publish(shell)
    shell.pass_time(61)  # never sealed: to be settled
    shell.run("keeper", "run", "--account", "alice", "--until-final", "--poll", "0.1")
    assert phase(shell) == "Unsealed"
    assert shell.ask("keeper", "status", "--account", "alice")["actions"] == []
