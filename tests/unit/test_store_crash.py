"""The process is killed at every system call that the store makes, before it and after it.

Whatever `plan_opening` returned was, for all the store knows, sent. So the one thing that must
never happen is that a record was returned and is not there afterwards.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from boomerang.content import Content
from boomerang.identity import Domain, Key
from boomerang.store import Store

if TYPE_CHECKING:
    from pathlib import Path

DRIVER = """
import os, signal, sys
from pathlib import Path
from boomerang.content import Content
from boomerang.identity import Domain, Key
from boomerang.store import Store, disk

home, point, when, nth = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
store = Store(home)
calls = 0

def instrument(name):
    plain = getattr(disk, name)
    def call(*args):
        global calls
        hit = name == point
        calls += hit
        if hit and calls == nth and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        if hit and calls == nth and when == "within":  # half of the bytes, then the end
            plain(args[0], args[1][: len(args[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        answer = plain(*args)
        if hit and calls == nth and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
    setattr(disk, name, call)

for name in ("create", "write", "sync", "rename", "sync_directory"):
    instrument(name)
for nonce in range(3):
    key = Key("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", nonce, 0, 0, Content().hash())
    kept = store.plan_opening(Domain(1, "0x5FbDB2315678afecb367f032d93F642f64180aa3"), key, b"\\x01", "keep")
    os.write(1, f"{kept.digest}\\n".encode())  # from here on it may be on chain
"""  # noqa: E501

POINTS = [
    *((call, when) for call in ("create", "write", "rename") for when in ("before", "after")),
    ("write", "within"),
    *((call, when) for call in ("sync", "sync_directory") for when in ("before", "after")),
]


@pytest.mark.parametrize(("point", "when"), POINTS)
@pytest.mark.parametrize("nth", [1, 2])
def test_nothing_that_may_be_sent_is_lost(tmp_path: Path, point: str, when: str, nth: int) -> None:
    home = tmp_path / "home"
    run = subprocess.run(
        [sys.executable, "-c", DRIVER, str(home), point, when, str(nth)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == -9, run.stderr
    sent = run.stdout.split()
    assert len(sent) < 3
    store = Store(home)
    before = store.contents()
    assert before.damaged == []
    assert set(sent) <= {kept.digest for kept in before.openings}

    # The store goes on working, tidies up what the dead process left, and throws no salt away.
    whole = []
    for path in store.records_path.glob(".*.tmp"):
        try:
            whole.append(json.loads(path.read_text())["body"]["salt"])
        except ValueError:
            assert (point, when) in {("create", "after"), ("write", "before"), ("write", "within")}
    key = Key("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", 9, 0, 0, Content().hash())
    domain = Domain(1, "0x5FbDB2315678afecb367f032d93F642f64180aa3")
    kept = store.plan_opening(domain, key, b"\x01", "keep")
    after = store.contents()
    assert after.damaged == []
    assert not list(store.records_path.glob(".*.tmp"))
    assert {k.digest for k in before.openings} | {kept.digest} <= {k.digest for k in after.openings}
    assert set(whole) <= {"0x" + k.record.salt.hex() for k in after.openings}


def test_a_full_disk_is_an_error_before_anything_is_sent(tmp_path: Path) -> None:
    """The system itself refuses to write more than a few bytes to any file."""
    limit = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
    )
    code = DRIVER.replace("import os, signal, sys", "import os, signal, sys\n" + limit)
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "home"), "none", "before", "1"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert run.stdout == ""
    assert "StoreNotWritable" in run.stderr
    assert Store(tmp_path / "home").contents().openings == []
