"""Structured logs: one JSON object a line on stderr, or something to read on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class Journal(Protocol):
    """What is told as it happens. Times are Unix seconds, hashes and ids 0x and hexadecimal."""

    def debug(self, event: str, **values: Any) -> Any: ...

    def info(self, event: str, **values: Any) -> Any: ...

    def warning(self, event: str, **values: Any) -> Any: ...

    def error(self, event: str, **values: Any) -> Any: ...


def open_journal(
    now: Callable[[], float],
    *,
    stream: TextIO | None = None,
    level: str = "info",
    human: bool = False,
    **always: Any,
) -> Journal:
    """A journal that writes to `stream` (stderr). Each line has `time` by the keeper's clock."""

    def stamp(_: Any, __: str, values: Any) -> Any:
        values["time"] = round(now(), 3)
        return values

    out = sys.stderr if stream is None else stream
    show: Any = (
        structlog.dev.ConsoleRenderer(colors=out.isatty())
        if human
        else structlog.processors.JSONRenderer(default=_plain)
    )
    journal: Journal = structlog.wrap_logger(
        structlog.PrintLogger(out),
        processors=[stamp, structlog.processors.add_log_level, show],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        context_class=dict,
    ).bind(**always)
    return journal


def _plain(value: Any) -> Any:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
