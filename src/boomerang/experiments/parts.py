"""What tasks gave, each in a file of its own: nothing is computed twice, or half believed."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from boomerang.experiments.errors import CannotWrite
from boomerang.experiments.tasks import canonical

if TYPE_CHECKING:
    from pathlib import Path

    from boomerang.experiments.tasks import PlainRow, Task


class Parts:
    """The part files of one experiment, in a folder. A file that is cut short, or holds another
    task than its name says, counts as missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, task: Task) -> Path:
        """Where a task's rows are, once it is done."""
        return self.folder / f"{task.key}.json"

    def read(self, task: Task) -> list[PlainRow] | None:
        """What the task gave; None if it is not done."""
        try:
            raw = json.loads(self.path(task).read_text("utf-8"))
            body, digest = raw["body"], raw["sha256"]
            rows = [dict(zip(body["columns"], row, strict=True)) for row in body["rows"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        same = hashlib.sha256(canonical(body).encode()).hexdigest() == digest
        return rows if same and body.get("task") == self._about(task) and rows else None

    def write(self, task: Task, rows: list[PlainRow]) -> None:
        """Keep what a task gave: after this neither a kill nor a power cut loses it."""
        body = {
            "task": self._about(task),
            "columns": list(rows[0]),
            "rows": [list(row.values()) for row in rows],
        }
        digest = hashlib.sha256(canonical(body).encode()).hexdigest()
        write_whole(self.path(task), canonical({"body": body, "sha256": digest}).encode())

    @staticmethod
    def _about(task: Task) -> dict[str, object]:
        return {
            "experiment": task.experiment,
            "cell": task.cell,
            "replicate": task.replicate,
            "seed": task.seed,
            "key": task.key,
        }


def write_whole(path: Path, data: bytes) -> None:
    """The whole file, synced, under its name, or nothing; makes its folder. Raises CannotWrite."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise CannotWrite(path, error.strerror or str(error)) from error
