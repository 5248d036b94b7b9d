"""`boomerang efg`: a game with the protocol around it as an extensive form, for other tools."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.options import App, shared, writing
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boomerang.games import Game
    from boomerang.games.efg import Offer, Protocol, Tree
    from boomerang.games.efg.equilibria import Equilibrium

_AROUND = ("boomerang", "blind", "race", "turns")


class Exact(click.ParamType):
    """A number without rounding: 100, 0.1 or 3/11."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> Fraction:
        try:
            return Fraction(value)
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is no number such as 100, 0.1 or 3/11", param, ctx)


EXACT = Exact()


@click.command()
@click.argument("game")
@click.option(
    "--around",
    type=click.Choice(_AROUND),
    default="boomerang",
    show_default=True,
    help="What is around the game: all act blind, race irrevocably, or take turns.",
)
@click.option("--bond", "bonds", type=EXACT, multiple=True, help="In utils: one for all, or each.")
@click.option("--fee", type=EXACT, default="0", help="Burned by every publication, utils.")
@click.option(
    "--order",
    "orders",
    multiple=True,
    metavar="NAME,NAME[=P]",
    help="Who publishes when, by players' names; several with their probabilities.",
)
@click.option("--together", type=EXACT, default="0", help="Probability of one block for all.")
@click.option(
    "--openings",
    default="first",
    show_default=True,
    metavar="first|last|NAME,NAME",
    help="Who opens when: who is first, who is last, or these players one after the other.",
)
@click.option("--no-silence", is_flag=True, help="First commitments are always opened.")
@click.option(
    "--silence",
    type=click.Choice(["revert", "keep"]),
    default="revert",
    help="What an unopened commitment comes to; `keep` is no rule of the registry.",
)
@click.option(
    "--conditions",
    type=click.Choice(["all", "revert", "none"]),
    default="all",
    show_default=True,
    help="Which conditions may be sealed: also `keep if`, only `revert if`, or none.",
)
@click.option(
    "--publish",
    "published",
    multiple=True,
    metavar="NAME=ACTION,…",
    help="What a player publishes, which then may not abstain.",
)
@click.option("--ruthless", multiple=True, metavar="NAME=P", help="Probability of keeping always.")
@click.option(
    "--offer",
    metavar="BY,TO,ACTION,AMOUNT…",
    help="BY may offer TO a commitment to ACTION that pays one of the amounts.",
)
@click.option("--revokes", is_flag=True, help="Who makes the offer revokes its first commitment.")
@click.option("--blindness", type=EXACT, default="0", help="Of a race: that neither sees.")
@click.option("--unit", type=EXACT, default="1", help="Payoffs in units of so many utils.")
@click.option("--solve", is_flag=True, help="Solve it subgame by subgame (needs pygambit).")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file.")
@shared(chain=False, store=False)
def efg(app: App, game: str, out: Path | None, solve: bool, **options: Any) -> None:
    """GAME with Boomerang around it in Gambit's EFG format, for pygambit and OpenSpiel.

    GAME is one of the catalogue (chicken, or public_goods:players=3), or a JSON file. Payoffs are
    exact. Without -o the text goes to stdout; with --solve what each does in equilibrium goes there
    instead. See docs/efg.md.
    """
    from boomerang.agents.spec import game as read
    from boomerang.games.efg import in_units, to_efg

    tree = in_units(_tree(read(game), options), options["unit"])
    text = to_efg(tree)
    if out is not None:
        with writing(out):
            out.write_text(text, "utf-8")
    data: dict[str, Any] = {
        "title": tree.title,
        "players": list(tree.players),
        "nodes": sum(1 for _ in tree.nodes()),
        "informationSets": len(tree.infosets),
    }
    if solve:
        from boomerang.games.efg.equilibria import rollback

        found = rollback(tree)
        data["payoffs"] = [str(payoff) for payoff in found.payoffs]
        app.show(data, lambda: _solution(tree, found))
    elif out is not None:
        told = f"{out}: {data['nodes']} nodes, {data['informationSets']} information sets."
        app.show({**data, "file": str(out)}, lambda: told)
    else:
        app.show({**data, "efg": text}, lambda: click.echo(text, nl=False))


def _tree(game: Game, options: dict[str, Any]) -> Tree:
    from boomerang.games.efg import blind_tree, boomerang_tree, race_tree, turns_tree

    around = options["around"]
    if around == "blind":
        return blind_tree(game)
    if around == "race":
        return race_tree(game, options["blindness"])
    if around == "turns":
        return turns_tree(game, _one_order(game, options["orders"]))
    return boomerang_tree(game, _protocol(game, options))


def _protocol(game: Game, options: dict[str, Any]) -> Protocol:
    from boomerang.games.efg import Protocol

    seats = len(game.players)
    bonds = options["bonds"] or (Fraction(0),)
    openings = options["openings"]
    publishable = None
    if options["published"]:
        chosen = dict(_pairs("--publish", options["published"], game))
        publishable = tuple(
            tuple(chosen[seat].split(",")) if seat in chosen else game.actions[seat]
            for seat in range(seats)
        )
    return Protocol(
        order=_orders(game, options["orders"]),
        bonds=bonds * seats if len(bonds) == 1 else bonds,
        together=options["together"],
        fee=options["fee"],
        openings=openings if openings in ("first", "last") else _seats(game, openings),
        silence=options["silence"],
        publishable=publishable,
        may_abstain=publishable is None,
        may_be_silent=not options["no_silence"],
        conditions=options["conditions"],
        ruthless={
            seat: _number("--ruthless", chance)
            for seat, chance in _pairs("--ruthless", options["ruthless"], game)
        },
        offer=_offer(game, options["offer"], options["revokes"]),
    )


def _orders(game: Game, given: Sequence[str]) -> tuple[int, ...] | dict[tuple[int, ...], Fraction]:
    if len(given) < 2 and not any("=" in one for one in given):
        return _one_order(game, given)
    orders = {}
    for one in given:
        names, _, chance = one.partition("=")
        orders[_seats(game, names)] = _number("--order", chance)
    return orders


def _one_order(game: Game, given: Sequence[str]) -> tuple[int, ...]:
    if len(given) > 1:
        raise InvalidInput("turns have one --order")
    return _seats(game, given[0]) if given else tuple(range(len(game.players)))


def _offer(game: Game, text: str | None, revokes: bool) -> Offer | None:
    from boomerang.games.efg import Offer

    if text is None:
        return None
    parts = text.split(",")
    if len(parts) < 4:
        raise InvalidInput(f"--offer is BY,TO,ACTION,AMOUNT and more amounts, not {text!r}")
    by, to = _seats(game, ",".join(parts[:2]))
    amounts = tuple(_number("--offer", amount) for amount in parts[3:])
    return Offer(by, to, parts[2], amounts, revokes=revokes)


def _seats(game: Game, names: str) -> tuple[int, ...]:
    return tuple(_seat(game, name.strip()) for name in names.split(","))


def _seat(game: Game, name: str) -> int:
    if name not in game.players:
        raise InvalidInput(
            f"no player of {game.name} is called {name!r}: {', '.join(game.players)}"
        )
    return game.players.index(name)


def _pairs(option: str, given: Iterable[str], game: Game) -> list[tuple[int, str]]:
    pairs = []
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not value:
            raise InvalidInput(f"{option} takes a name, = and a value, not {one!r}")
        pairs.append((_seat(game, name.strip()), value))
    return pairs


def _number(option: str, text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise InvalidInput(f"{option}: {text!r} is no number such as 100, 0.1 or 3/11") from None


def _solution(tree: Tree, found: Equilibrium) -> Any:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from boomerang.games.efg.equilibria import stages

    table = Table("who knows what", "does", box=None)
    for infoset, action in stages(found, tree):
        table.add_row(Text(infoset), Text(action))
    pays = ", ".join(f"{n} {p}" for n, p in zip(tree.players, found.payoffs, strict=True))
    told = [Text(f"Payoffs: {pays}")]
    if found.ties:
        told.append(Text(f"{len(found.ties)} ties were broken for the first action."))
    return Group(table, *told)


__all__ = ["efg"]
