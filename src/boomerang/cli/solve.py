"""`boomerang solve` and `verify-solution`: auctions in files; no chain is asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.options import App, shared, writing
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.intents.auction import Auction, LeftOut, Solution, Verdict

_FILE_LIMIT = 200 * 1024 * 1024
_SHOWN = 20


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="About how long the solver may take.",
)
@click.option(
    "--gap",
    type=click.FloatRange(min=0),
    default=1e-6,
    show_default=True,
    help="How near to the best is near enough, as a share of it.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The solution's file.")
@shared(chain=False, store=False)
def solve(app: App, file: Path, time_limit: float, gap: float, out: Path | None) -> None:
    """The best batch of the auction in FILE: fills, prices, and the bound that they prove.

    `--json` prints the solution, which `boomerang verify-solution` checks without any solver.
    """
    from boomerang.intents.auction import dumps, load, to_json
    from boomerang.intents.solver import solve as solve_auction

    auction = load(file)
    found = solve_auction(auction, time_limit=time_limit, gap=gap)
    if out is not None:
        with writing(out):
            out.write_text(dumps(auction, found) + "\n")
    app.show(to_json(auction, found), lambda: _view(auction, found))


@click.command("verify-solution")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("solution", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@shared(chain=False, store=False)
def verify(app: App, file: Path, solution: Path) -> None:
    """Check that SOLUTION holds for the auction in FILE: every rule, and the bound, exactly.

    No solver is asked. It ends with 1 and the name of the first rule that is broken. What could
    still be matched is told; that breaks no rule.
    """
    from boomerang.intents import auction as auctions

    auction = auctions.load(file)
    if solution.stat().st_size > _FILE_LIMIT:
        raise InvalidInput(f"{solution} is larger than any solution")
    try:
        text = solution.read_text("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(f"{solution} is no text") from None
    verdict = auctions.verify(auction, auctions.loads(auction, text))
    app.show(
        {
            "good": True,
            "objective": _text(verdict.objective),
            "bound": _text(verdict.bound),
            "gap": _text(verdict.gap),
            "leftOut": [
                {"intents": list(one.intents), "amounts": [str(n) for n in one.amounts]}
                for one in verdict.left_out
            ],
        },
        lambda: "\n".join([_verdict(verdict), *_left_out(verdict.left_out)]),
    )


def _verdict(verdict: Verdict) -> str:
    most = f"{_number(verdict.bound)}{_share(verdict.gap, verdict.bound)}"
    return f"It holds: surplus {_number(verdict.objective)}, at most {most}."


def _text(value: Any) -> str:
    from boomerang.intents.auction.solution import decimal_text

    return decimal_text(value)


def _number(value: Any) -> str:
    return f"{float(value):.9g}"


def _share(gap: Any, bound: Any) -> str:
    return f" (gap {float(gap / bound):.2g})" if bound else ""


def _left_out(found: Sequence[LeftOut]) -> list[str]:
    lines = [f"Could still be matched: {', '.join(one.intents)}" for one in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"… and {len(found) - _SHOWN} more")
    return lines


def _view(auction: Auction, found: Solution) -> Any:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from boomerang.intents.language.amounts import scaled

    def amount(units: int, token: bytes) -> str:
        known = auction.tokens[token]
        return f"{scaled(units, known.decimals)} {known.name}"

    parts: list[Any] = []
    if found.fills:
        table = Table("intent", "branch", "sells", "buys", "with", box=None)
        for (n, branch), fill in sorted(found.fills.items()):
            intent = auction.items[n].intent
            sold = amount(fill.sold, intent.sell)
            bought = amount(fill.bought, intent.branches[branch].buy)
            table.add_row(auction.items[n].id, str(branch), sold, bought, ", ".join(fill.partners))
        parts.append(table)
    else:
        parts.append(Text("Nothing can be filled."))
    if found.pools:
        pools = Table("pool", "in", "out", box=None)
        for n, (given, taken) in sorted(found.pools.items()):
            pool = auction.pools[n]
            into, out = (
                ", ".join(amount(u, t) for u, t in zip(flows, pool.tokens, strict=True) if u)
                for flows in (given, taken)
            )
            pools.add_row(pool.id, into, out)
        parts.append(pools)
    prices = Table("prices", "swaps", "routes", box=None)
    for token in sorted(auction.tokens.values(), key=lambda one: one.name):
        shown = [
            ""
            if layer.get(token.address) is None
            else _number(layer[token.address] * 10**token.decimals)
            for layer in (found.duals.swaps, found.duals.routes)
        ]
        prices.add_row(token.name, *shown)
    parts.append(prices)
    parts.append(
        Text(
            f"Surplus {_number(found.objective)}, at most {_number(found.bound)}"
            f"{_share(found.gap, found.bound)}, in {found.seconds:.2f} s."
        )
    )
    parts += [Text(line) for line in _left_out(found.left_out)]
    parts += [Text(f"Note: {note}") for note in found.notes]
    return Group(*parts)


__all__ = ["solve", "verify"]
