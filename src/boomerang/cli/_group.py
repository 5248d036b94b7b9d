"""A click group that imports a command only when it is run, and turns typed errors into exit codes.

`boomerang --help` reads the list below and nothing else: no chain, no web3, no ape.
"""

from __future__ import annotations

import difflib
import importlib
import json
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from boomerang.errors import BoomerangError

BAD_INPUT = 2
BROKEN = 70
"""Exit code of an error that nobody foresaw: a fault of this program."""


class Told(Exception):
    """A typed error, with what to say of it to people who were in a certain place."""

    def __init__(self, error: BoomerangError, message: str, exit_code: int) -> None:
        """`message` stands for the error's own."""
        super().__init__(message)
        self.error = error
        self.exit_code = exit_code


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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named first; the nearest is suggested where there is none."""
        word = args[0]
        if not word.startswith("-") and word not in self.lazy:
            close = difflib.get_close_matches(word, self.lazy, n=1, cutoff=0.5)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise click.UsageError(f"No such command {word!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

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
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, ValueError, OSError):
                stream.reconfigure(errors="replace")  # type: ignore[union-attr]
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
            _abandon(sys.stdout)
            sys.exit(141)
        except Exception as error:
            sys.exit(_end(error, machine, debug))
        sys.exit(code if isinstance(code, int) else 0)


def _end(error: Exception, machine: bool, debug: bool) -> int:
    """Say what went wrong and choose the exit code."""
    from boomerang.errors import BoomerangError, ChainError

    told = error
    if isinstance(told, Told):
        error = told.error
    if isinstance(error, BoomerangError):
        code = told.exit_code if isinstance(told, Told) else error.exit_code
        name, raw = type(error).__name__, None
        if isinstance(error, ChainError):
            name, raw = error.name, error.arguments
        report(str(told), name, code, machine, debug, raw=raw)
        return code
    if isinstance(error, OSError) and error.errno is not None:
        where = f"use {error.filename}" if error.filename else "write the output"
        if not error.filename:
            _abandon(sys.stdout)
        text = f"cannot {where}: {error.strerror}"
        report(text, "NotWritable", BAD_INPUT, machine and bool(error.filename), debug)
        return BAD_INPUT
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
    raw: Mapping[str, object] | None = None,
) -> None:
    """One line on stderr for people, one object on stdout for machines; nobody need listen."""
    stream = sys.stdout if machine else sys.stderr
    try:
        if debug:
            traceback.print_exc()
        if machine:
            told: dict[str, object] = {"name": name, "message": message, "exitCode": code}
            if raw is not None:
                told["arguments"] = {key: _raw(value) for key, value in raw.items()}
            click.echo(json.dumps({"error": told}))
        else:
            if ctx is not None:
                click.echo(ctx.get_usage(), err=True)
            click.echo(f"{click.style('Error', fg='red', bold=True)}: {message}", err=True)
        stream.flush()
    except (OSError, ValueError):  # closed, or full: there is no place left to say anything
        _abandon(stream)


def _raw(value: object) -> object:
    return f"0x{value.hex()}" if isinstance(value, bytes) else value


def _abandon(stream: Any) -> None:
    """Let what is still unwritten go nowhere, so that the interpreter does not fail on it last."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
