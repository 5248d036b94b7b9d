"""`boomerang watch`: the chain as it happens."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import click

from boomerang.cli.options import App, shared
from boomerang.cli.values import clock
from boomerang.client import events as ev

if TYPE_CHECKING:
    from boomerang.client import Event


@click.command()
@click.option(
    "--interval",
    type=click.FloatRange(min=0.05),
    default=1.0,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--from-start", is_flag=True, help="Tell what has happened so far as well.")
@click.option(
    "--for",
    "limit",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="End after so long. Default: on Ctrl-C.",
)
@click.option("--until-final", is_flag=True, help="End when every commitment is final.")
@shared()
def watch(
    app: App, interval: float, from_start: bool, limit: float | None, until_final: bool
) -> None:
    """Follow the chain live: what people do, and what only time does.

    With --json every event is one line. Openings are not shown in the first few blocks after the
    freeze, where a reorganisation could make exposures of them: they are told once they are safe.
    """
    watcher = Watcher(app)
    if not from_start:
        watcher.skip()
    end = None if limit is None else time.monotonic() + limit
    try:
        while True:
            watcher.look()
            if until_final and watcher.all_final():
                return
            if end is not None and time.monotonic() >= end:
                return
            time.sleep(interval if end is None else min(interval, max(0, end - time.monotonic())))
    except KeyboardInterrupt:
        return


class Watcher:
    """What was told already, and what comes next."""

    def __init__(self, app: App) -> None:
        """Nothing was told yet."""
        from boomerang.cli.story import Teller

        self.app = app
        self.teller = Teller(app)
        self.told: list[Event] = []
        self.phases: dict[bytes, str] = {}
        self.waiting: list[Event] = []

    def skip(self) -> None:
        """Take note of what has happened so far, and do not tell it."""
        for event in self.app.connection.history:
            self.teller.tell(event)
            self.told.append(event)
        self._tell_time(silent=True)

    def look(self) -> None:
        """Tell what is new."""
        from boomerang.cli.story import Teller, is_hidden

        connection = self.app.connection
        connection.forget()
        self.app.names.learn(connection.known_ids())
        history = connection.history
        if history[: len(self.told)] != self.told:
            self._say(
                {"event": "Reorganised", "block": connection.chain.head().number},
                connection.chain.now(),
                "the chain was reorganised; told anew from here",
            )
            self.teller, self.told, self.waiting = Teller(self.app), [], []
        for event in history[len(self.told) :]:
            if isinstance(event, ev.Opened) and is_hidden(
                self.app, connection.state.commitments[event.id]
            ):
                self.waiting.append(event)
                self.teller.state.apply(event)
            else:
                self._tell(event)
            self.told.append(event)
        for event in list(self.waiting):
            if isinstance(event, ev.Opened) and not is_hidden(
                self.app, connection.state.commitments[event.id]
            ):
                self.waiting.remove(event)
                self._tell(event, known=True)
        self._tell_time()

    def all_final(self) -> bool:
        """Whether nothing is open any more."""
        connection = self.app.connection
        now = connection.chain.now()
        found = connection.state.commitments
        return bool(found) and all(connection.state.phase(one, now).final for one in found)

    def _tell(self, event: Event, known: bool = False) -> None:
        from boomerang.cli.story import event_data

        row = self.teller.retell(event) if known else self.teller.tell(event)
        if row is None:
            return
        states = ", ".join(f"{name} {phase}" for name, phase in row.states)
        said = f"{row.who} {row.what}".strip() + (f"  → {states}" if states else "")
        self._say(event_data(self.app, event), row.at, said)

    def _tell_time(self, silent: bool = False) -> None:
        """What only time did: freezes and lapses."""
        connection = self.app.connection
        state, now = connection.state, connection.chain.now()
        hidden = {event.id for event in self.waiting if isinstance(event, ev.Opened)}
        for known, one in state.commitments.items():
            phase = state.phase(known, now)
            before = self.phases.get(known)
            if before == phase.label or known in hidden:
                continue
            self.phases[known] = phase.label
            if silent or phase.label not in ("Revealing", "Unsealed", "Unrevealed"):
                continue
            at = one.freeze
            if phase.label == "Unrevealed":
                at += connection.registry.parameters().reveal_window + 1
            data = {"event": "Phase", "id": f"0x{known.hex()}", "phase": phase.label, "time": at}
            label = self.app.names.label(known)
            words = {
                "Revealing": f"{label} is frozen: openings are accepted",
                "Unsealed": f"{label} froze without a seal: reverted",
                "Unrevealed": f"{label} was not opened in time: reverted, its bond burned",
            }
            self._say(data, at, words[phase.label])

    def _say(self, data: dict[str, object], at: int, text: str) -> None:
        if self.app.json:
            click.echo(json.dumps(data))
        else:
            click.echo(f"{clock(at)}  {text}")
