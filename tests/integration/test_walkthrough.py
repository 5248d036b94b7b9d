"""docs/walkthrough.md, run as it stands: every command of its console blocks, in one shell, and
what each of them prints.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from boomerang.chains.anvil import AnvilNotFound, find_anvil
from boomerang.intents.client.uniswap import UniswapNotFound, find_package

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "walkthrough.md"
BIN = Path(sys.executable).parent
PATIENCE = 300.0
"""For the whole document, on a machine that does much else; alone it takes about 20 s."""
END = "end-of-command-7c0e"

missing = ""
try:
    find_anvil()
    find_package()
except (AnvilNotFound, UniswapNotFound) as error:
    missing = str(error)


@dataclass
class Command:
    """One command of a block, and what it is to print."""

    line: int
    text: str
    printed: list[str] = field(default_factory=list)


def commands(document: str) -> list[Command]:
    """All commands of all console blocks: `$ ` begins one, `> ` goes on with it."""
    found: list[Command] = []
    inside = False
    for number, line in enumerate(document.splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and line.startswith("$ "):
            found.append(Command(number, line[2:]))
        elif inside and line.startswith("> ") and not found[-1].printed:
            found[-1].text += "\n" + line[2:]
        elif inside:
            found[-1].printed.append(line.rstrip())
    return found


def fits(printed: list[str], wanted: list[str]) -> bool:
    """Whether lines are as the document has them: `…` in a line stands for anything there, a line
    of only `…` for any lines.
    """
    pattern = ""
    for line in wanted:
        if line == "…":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += "[^\\n]*?".join(re.escape(part) for part in line.split("…")) + r"[ ]*\n"
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in printed)) is not None


class Shell:
    """One bash for the whole document: variables and jobs last."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=directory,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._watchdog = threading.Timer(PATIENCE, self._kill)
        self._watchdog.daemon = True
        self._watchdog.start()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def run(self, text: str) -> list[str]:
        """What a command prints, on stdout and stderr."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{text}\necho {END}\n")
            self.process.stdin.flush()
        printed: list[str] = []
        for line in self.process.stdout:
            if line.rstrip() == END:
                return printed
            if line.rstrip().endswith(END):  # after a line without an end
                return [*printed, line.rstrip().removesuffix(END)]
            printed.append(line.rstrip("\n"))
        raise AssertionError(f"the shell ended, or {PATIENCE:g} s were over: {text}\n{printed}")

    def close(self) -> None:
        """End it, and whatever it left running."""
        self._watchdog.cancel()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self.process.wait(PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """In a directory of its own, with ports that the system chose."""
    environment = {
        "HOME": str(tmp_path),
        "BOOMERANG_HOME": str(tmp_path / "store"),
        "PATH": f"{BIN}{os.pathsep}{ROOT / 'build' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "200",
        "DEVNET_PORT": "0",
        "RELAY_PORT": str(free_port()),
        **{name: value for name, value in os.environ.items() if name.startswith("COV")},
    }
    made = Shell(tmp_path, environment)
    try:
        yield made
    finally:
        made.close()
        stop = [BIN / "boomerang", "devnet", "--stop"]  # if the document did not come so far
        subprocess.run(stop, env=environment, capture_output=True, check=False, timeout=PATIENCE)


@pytest.mark.anvil
@pytest.mark.network
@pytest.mark.skipif(bool(missing), reason=missing)
def test_the_walkthrough(shell: Shell) -> None:
    listed = commands(DOCUMENT.read_text("utf-8"))
    assert len(listed) > 20
    for command in listed:
        printed = shell.run(command.text)
        shown = "\n".join(printed)
        where = f"{DOCUMENT.name}:{command.line}: $ {command.text}\n{shown}"
        assert fits(printed, command.printed), where


def test_what_the_document_says_is_compared() -> None:
    text = "x\n```console\n$ a <<E\n> b\n> E\none …\n…\nend\n$ c\n```\n```sh\n$ d\n```\n"
    (first, second) = commands(text)
    assert (first.text, first.printed) == ("a <<E\nb\nE", ["one …", "…", "end"])
    assert (second.text, second.line, second.printed) == ("c", 9, [])
    assert fits(["one 1", "end"], first.printed)
    assert fits(["one 1", "more", "and more", "end  "], first.printed)
    assert not fits(["two 1", "end"], first.printed)
    assert not fits(["one 1", "end", "over"], first.printed)
    assert fits([], [])
    assert not fits(["x"], [])


def test_the_documented_programs_are_the_snippet() -> None:
    """The source document's program, letter for letter."""
    snippet = (
        "if exists swap $D -> $A at rate $A/$D <= 1000:\n"
        "    swap 500 $A -> $D\n"
        "else:\n"
        "    do nothing"
    )
    assert any(snippet in command.text for command in commands(DOCUMENT.read_text("utf-8")))
