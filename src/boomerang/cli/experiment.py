"""`boomerang experiment`: measure what the protocol claims."""

from __future__ import annotations

import shlex
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.options import App, shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import RenderableType

    from boomerang.experiments.findings import Finding
    from boomerang.experiments.results import Result

_OUT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/experiments"),
    show_default=True,
    help="The folder of results.",
)
_CHECK = click.option("--check", is_flag=True, help="End with 1 if a claim does not hold.")


class Experiments(click.Group):
    """`list`, `report`, `all`, and the experiments by name, found when one is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The fixed ones, then the experiments."""
        from boomerang.experiments import names

        return [*super().list_commands(ctx), *names()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Any of them. Raises UnknownExperiment."""
        fixed = super().get_command(ctx, cmd_name)
        if fixed is not None:
            return fixed
        from boomerang.experiments import names
        from boomerang.experiments.errors import UnknownExperiment

        if cmd_name not in names() and "." not in cmd_name:
            raise UnknownExperiment(cmd_name, ["all", "list", "report", *names()])
        if "." in cmd_name and "" not in sys.path:
            sys.path.insert(0, "")  # one's own experiments, as `python -m` finds them
        return _command(cmd_name, f"Measure {cmd_name}, and write the results page.")


@click.group(cls=Experiments)
def experiment() -> None:
    """Measure what the protocol claims, and put it beside the closed forms.

    What is measured already is not measured again. See docs/experiments.md.
    """
    from boomerang.experiments import require_extra

    require_extra()


@experiment.command("list")
@shared(chain=False, store=False)
def list_(app: App) -> None:
    """Every experiment, and what it claims."""
    from boomerang.experiments import find, names

    every = sorted((find(name) for name in names()), key=lambda one: (one.letter or "~", one.name))
    data = [
        {
            "name": one.name,
            "letter": one.letter,
            "title": one.title,
            "claim": one.claim,
            "unavailable": one.unavailable(),
        }
        for one in every
    ]

    def view() -> RenderableType:
        from rich.table import Table

        table = Table(box=None, padding=(0, 2, 0, 0))
        for head in ("", "name", "what it is about"):
            table.add_column(head)
        for one in data:
            why = f" (not here: {one['unavailable']})" if one["unavailable"] else ""
            table.add_row(one["letter"], one["name"], f"{one['title']}{why}")
        return table

    app.show({"experiments": data}, view)


@experiment.command()
@click.argument("own", nargs=-1)
@_OUT
@click.option(
    "--markdown",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page here too, plots in a folder of the same name beside it.",
)
@_CHECK
@shared(chain=False, store=False)
def report(app: App, own: tuple[str, ...], out: Path, markdown: Path | None, check: bool) -> None:
    """Write the results page again, from the tables in the folder.

    OWN: experiments of yours, by their modules' names, that shall be in it too.
    """
    if not any(out.glob("*.parquet")):
        from boomerang.experiments.errors import NotMeasured

        raise NotMeasured(out, "no tables; run an experiment first")
    _tell(app, out, check, own, None, markdown)


def _command(name: str, line: str) -> click.Command:
    """The command that measures one, or all."""

    def run(app: App, **options: Any) -> None:
        _measure(app, name, **options)

    command: Any = shared(chain=False, store=False)(run)
    for option in (
        click.option(
            "--preset",
            type=click.Choice(["small", "full"]),
            default="small",
            show_default=True,
            help="How much of it.",
        ),
        click.option(
            "--config",
            "file",
            type=click.Path(dir_okay=False, path_type=Path),
            help="YAML whose keys replace the preset's.",
        ),
        click.option(
            "--seed",
            type=click.IntRange(0, 2**63 - 1),
            default=1,
            show_default=True,
            help="All chance comes from it.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(0, 1024),
            help="Processes; 0 for this one. [default: one for each core]",
        ),
        click.option("--dask", metavar="ADDRESS", help="A Dask scheduler, tcp://host:port."),
        _OUT,
        _CHECK,
    ):
        command = option(command)
    made: click.Command = click.command(name, help=line)(command)
    return made


experiment.add_command(_command("all", "Measure all of them, and write the results page."))


def _measure(
    app: App,
    name: str,
    *,
    preset: str,
    file: Path | None,
    seed: int,
    workers: int | None,
    dask: str | None,
    out: Path,
    check: bool,
) -> None:
    from boomerang.errors import BoomerangError
    from boomerang.experiments import find, names
    from boomerang.experiments.config import by_experiment, configure, read_file
    from boomerang.experiments.errors import TaskFailed, Unavailable
    from boomerang.experiments.runner import Order, crew_for, measure

    own = {} if file is None else read_file(file)
    if name == "all":
        own = by_experiment(own, str(file))
    elif file is not None:
        own = {name: own}
    chosen = [find(one) for one in (names() if name == "all" else [name])]
    # Those that need the machine to themselves come last, when the workers have nothing to do.
    chosen.sort(key=lambda one: (one.exclusive, one.letter or "~", one.name))
    command = ["boomerang", "experiment", name, "--preset", preset, "--seed", str(seed)]
    command += [] if file is None else ["--config", file.name]
    orders = [
        Order(
            one, configure(one, preset, own.get(one.name)), preset, seed, out, shlex.join(command)
        )
        for one in chosen
    ]
    trouble: BoomerangError | None = None
    with crew_for(workers, dask) as crew:
        for order in orders:
            try:
                with _progress(app, order.experiment.name) as tell:
                    measure(order, crew, tell)
            except (TaskFailed, Unavailable) as error:
                if name != "all":
                    raise
                # The others can be measured all the same.
                app.warn(str(error))
                if isinstance(error, TaskFailed):
                    trouble = trouble or error
    measured = [order.experiment.name for order in orders]
    _tell(app, out, check, measured, set(measured))
    if trouble is not None:
        raise trouble


@contextmanager
def _progress(app: App, name: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; elsewhere a line at the beginning and one at the end."""
    if app.json or not sys.stderr.isatty():
        last = (-1, 0)

        def tell(done: int, everything: int) -> None:
            nonlocal last
            if last[0] < 0 and done:
                app.log(f"{name}: {done} of {everything} tasks were done before")
            if done == everything and last[0] != done:
                app.log(f"{name}: all of {everything} tasks are done")
            last = (done, everything)

        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(f"{name:10}", total=None)
        yield lambda done, everything: bar.update(task, completed=done, total=everything)


def _tell(
    app: App,
    out: Path,
    check: bool,
    names: Iterable[str],
    only: set[str] | None,
    markdown: Path | None = None,
) -> None:
    """Write the page; show the findings (of `only` those experiments); judge them, if asked."""
    from boomerang.errors import ExpectationFailed
    from boomerang.experiments import report as page
    from boomerang.experiments.findings import Verdict
    from boomerang.experiments.results import as_json

    results = [
        one
        for one in page.write(out, names, markdown)
        if only is None or one.experiment.name in only
    ]
    app.show(as_json(results), lambda: _view(results))
    app.log(f"Results: {out / 'index.html'}")
    wrong = [f.what for one in results for f in one.findings if f.verdict is Verdict.FAILS]
    if check and wrong:
        raise ExpectationFailed(f"{len(wrong)} claims do not hold: {'; '.join(wrong)}")


def _line(one: Result, finding: Finding) -> str:
    from boomerang.experiments.report import number

    measured, told = finding.measured, f"{one.experiment.name}: {finding.what}:"
    if measured is not None:
        ends = " to ".join(number(end) for end in measured.interval)
        told += f" {number(measured.value)} {finding.unit}".rstrip() + f" ({ends})"
    if finding.expected is not None:
        told += f", expected {finding.relation} {number(finding.expected)}"
    return f"{told}: {finding.verdict.value}"


def _view(results: list[Result]) -> RenderableType:
    from rich.table import Table

    from boomerang.experiments.report import number

    if not sys.stdout.isatty():  # for files and pipes: a line each, never folded
        return "\n".join(_line(one, finding) for one in results for finding in one.findings)

    table = Table(box=None, padding=(0, 2, 0, 0))
    for head in ("", "what", "measured", "95% interval", "expected", "verdict"):
        table.add_column(head, justify="right" if head in ("measured", "expected") else "left")
    for one in results:
        if one.missing is not None:
            table.add_row(one.experiment.name, one.missing, "", "", "", "not tested")
        for finding in one.findings:
            measured = finding.measured
            interval = ""
            if measured is not None and measured.interval[0] != measured.interval[1]:
                interval = " to ".join(number(end) for end in measured.interval)
            table.add_row(
                one.experiment.name,
                finding.what,
                "" if measured is None else f"{number(measured.value)} {finding.unit}".rstrip(),
                interval,
                "" if finding.expected is None else number(finding.expected),
                finding.verdict.value,
            )
    return table
