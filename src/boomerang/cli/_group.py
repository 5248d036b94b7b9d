"""A click group that imports a command only when it is run, and turns typed errors into exit codes.

`boomerang --help` reads the list below and nothing else: no chain, no web3, no ape.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import click

BAD_INPUT = 2
BROKEN = 70
"""Exit code of an error that nobody foresaw: a fault of this program."""


class LazyGroup(click.Group):
    """A group whose commands are named as `module:attribute`, each with its line of help."""

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        """Keep the names; import nothing."""
        super().__init__(*args, **kwargs)
        self.lazy = dict(lazy)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the list: that of a commitment's life."""
        return [*self.lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one that is wanted."""
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        module, attribute = self.lazy[cmd_name][0].split(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}:{attribute} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.lazy.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and end with the exit code that the error names; no traceback unless `--debug`."""
        words = list(sys.argv[1:] if args is None else args)
        if not standalone_mode:
            return super().main(words, prog_name, complete_var, standalone_mode=False, **extra)
        machine, debug = "--json" in words, "--debug" in words
        try:
            # Without standalone mode click returns the code of an Exit (of --help, say).
            code = super().main(words, prog_name, complete_var, standalone_mode=False, **extra)
            sys.stdout.flush()
        except click.UsageError as error:
            report(error.format_message(), "UsageError", BAD_INPUT, machine, debug, error.ctx)
            sys.exit(BAD_INPUT)
        except click.ClickException as error:
            report(error.format_message(), type(error).__name__, BAD_INPUT, machine, debug)
            sys.exit(BAD_INPUT)
        except (click.Abort, KeyboardInterrupt):
            report("stopped", "Stopped", 130, machine, debug)
            sys.exit(130)
        except BrokenPipeError:  # the reader of our output left, as `head` does
            sys.stderr.close()
            sys.exit(141)
        except Exception as error:
            sys.exit(_end(error, machine, debug))
        sys.exit(code if isinstance(code, int) else 0)


def _end(error: Exception, machine: bool, debug: bool) -> int:
    """Say what went wrong and choose the exit code."""
    from boomerang.errors import BoomerangError, ChainError

    if isinstance(error, BoomerangError):
        code = error.exit_code
        name = error.name if isinstance(error, ChainError) else type(error).__name__
        report(str(error), name, code, machine, debug)
        return code
    text = f"{type(error).__name__}: {error}"
    hint = "" if debug else " (a fault of boomerang's; --debug shows where)"
    report(text + hint, "InternalError", BROKEN, machine, debug)
    return BROKEN


def report(
    message: str,
    name: str,
    code: int,
    machine: bool,
    debug: bool,
    ctx: click.Context | None = None,
) -> None:
    """One line on stderr for people, one object on stdout for machines."""
    if debug:
        traceback.print_exc()
    if machine:
        click.echo(json.dumps({"error": {"name": name, "message": message, "exitCode": code}}))
        return
    if ctx is not None:
        click.echo(ctx.get_usage(), err=True)
    click.echo(f"{click.style('Error', fg='red', bold=True)}: {message}", err=True)
