"""`boomerang version`."""

from __future__ import annotations

import platform
from importlib import metadata

import click

import boomerang
from boomerang.cli.options import App, shared

_PARTS = ("eth-ape", "web3", "pyrevm", "py-evm", "eth-tester", "click")


@click.command()
@shared(chain=False, store=False)
def version(app: App) -> None:
    """What is installed: this program, the contract in it, and what both stand on."""
    parts = {}
    for part in _PARTS:
        try:
            parts[part] = metadata.version(part)
        except metadata.PackageNotFoundError:
            parts[part] = "not installed"
    data = {
        "boomerang": boomerang.__version__,
        "python": platform.python_version(),
        "packages": parts,
    }
    app.show(
        data,
        lambda: "\n".join(
            [
                f"boomerang {boomerang.__version__}",
                f"python {data['python']}",
                *(f"{name} {number}" for name, number in parts.items()),
            ]
        ),
    )
