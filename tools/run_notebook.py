"""Runs the notebooks of docs/notebooks from top to bottom, and writes their outputs into them.

    python tools/run_notebook.py

What differs from run to run (times, the kernel's version, ids of cells' executions) is left out, so
that a notebook changes only where its results do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat as untyped
from nbclient import NotebookClient

nbformat: Any = untyped
NOTEBOOKS = Path(__file__).resolve().parent.parent / "docs" / "notebooks"
TIMEOUT = 600
"""Seconds that one cell may take."""


def execute(path: Path) -> Any:
    """The notebook at this path with the outputs of a fresh kernel. Raises CellExecutionError."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(notebook, timeout=TIMEOUT, kernel_name="python3", record_timing=False)
    client.execute(cwd=str(path.parent))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = nbformat.from_dict({"kernelspec": kernel})
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
        if cell.cell_type == "code":  # what goes to stderr is about the machine
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
    return notebook


def main() -> None:
    """Run them all."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        nbformat.write(execute(path), path)
        print(path.name)


if __name__ == "__main__":
    main()
