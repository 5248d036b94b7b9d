"""Commands of enforcement: execute, retry, release, owed, withdraw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.act import commitment, done_data
from boomerang.cli.clauses import units
from boomerang.cli.options import App, shared
from boomerang.cli.values import full
from boomerang.identity import ZERO_ADDRESS

if TYPE_CHECKING:
    from boomerang.client import Done


@click.command()
@click.argument("what", nargs=-1)
@click.option("--tip-to", metavar="WHO", help="Who receives the tip; default: who executes.")
@shared(acts=True)
def execute(app: App, what: tuple[str, ...], tip_to: str | None) -> None:
    """Carry out what WHAT says, now that its outcome is final: payments and calls where it is kept
    and its guard true; else the escrow goes home. Anyone may, once.

    Without arguments: everything that can be.
    """
    from boomerang.client import events

    connection = app.connection
    ids = [commitment(app, reference).id for reference in what]
    if not what:
        ids = connection.state.executable(connection.chain.now())
    if not ids:
        app.show({"executed": {}}, lambda: "There is nothing to execute now.")
        return
    actor = connection.anyone()
    receiver = actor.address if tip_to is None else connection.address(tip_to)
    done: dict[str, dict[str, Any]] = {}
    said = []
    for known in ids:
        of, label = connection.state.commitments[known], app.names.label(known)
        tx = connection.registry.enforcer.tx_execute(of, receiver, sender=actor.address)
        acted = connection.act(tx, actor)
        (came,) = (e for e in acted.events if isinstance(e, events.Executed | events.Refunded))
        failed = came.failed if isinstance(came, events.Executed) else 0
        indices = [i for i in range(failed.bit_length()) if failed >> i & 1]
        done[full(known)] = {"result": came.name, "failed": indices, **done_data(acted)}
        if isinstance(came, events.Refunded):
            said.append(f"{label}: the escrow went home.")
        else:
            said.append(f"{label} is carried out." + "".join(_failed(label, i) for i in indices))
        said += _undelivered(app, acted)
    app.show({"executed": done}, lambda: "\n".join(said))


def _failed(label: str, index: int) -> str:
    return f"\n  Call {index} failed: boomerang retry {label} --call {index}"


def _undelivered(app: App, done: Done) -> list[str]:
    from boomerang.client import events

    return [
        f"  {app.connection.who(one.account)} did not take {units(one.token, one.amount)}: "
        "it is owed (boomerang withdraw)"
        for one in done.events
        if isinstance(one, events.EscrowCredited)
    ]


_CALL = click.option(
    "--call", "index", type=click.IntRange(0), default=0, help="Its place in the content, from 0."
)


@click.command()
@click.argument("what")
@_CALL
@shared(acts=True)
def retry(app: App, what: str, index: int) -> None:
    """Make a call of WHAT that failed, until the content's deadline. Anyone may."""
    _made_up_for(app, what, index, "tx_retry", "was made")


@click.command()
@click.argument("what")
@_CALL
@shared(acts=True)
def release(app: App, what: str, index: int) -> None:
    """After the deadline: give what a failed call of WHAT would have spent to whom it names."""
    _made_up_for(app, what, index, "tx_release", "is given up; its amount goes where it says")


def _made_up_for(app: App, what: str, index: int, build: str, said: str) -> None:
    connection = app.connection
    of = commitment(app, what)
    actor = connection.anyone()
    tx = getattr(connection.registry.enforcer, build)(of, index, sender=actor.address)
    done = connection.act(tx, actor)
    app.show(
        {"what": full(of.id), "call": index, **done_data(done)},
        lambda: "\n".join(
            [f"Call {index} of {app.names.label(of.id)} {said}.", *_undelivered(app, done)]
        ),
    )


@click.command()
@click.argument("who", nargs=-1)
@shared()
def owed(app: App, who: tuple[str, ...]) -> None:
    """What could not be delivered, to some accounts or all: of the registry, and of escrows."""
    connection = app.connection
    state = connection.state.model.state
    wanted = [connection.address(name) for name in who]
    listed = [
        {"account": account, "from": "registry", "token": None, "amount": units_}
        for account, units_ in state.owed.items()
    ]
    listed += [
        {
            "account": account,
            "from": "enforcer",
            "token": None if token == ZERO_ADDRESS else token,
            "amount": units_,
        }
        for (account, token), units_ in state.credits.items()
    ]
    found = [one for one in listed if not wanted or one["account"] in wanted]
    app.show(
        {"owed": found},
        lambda: (
            "\n".join(
                f"{connection.who(str(one['account']))}: {_text(one)} ({one['from']})"
                for one in found
            )
            or "Nothing is owed."
        ),
    )


def _text(one: dict[str, Any]) -> str:
    return units(one["token"], one["amount"])


@click.command()
@click.option("--to", metavar="ADDRESS", help="Where to; default: the account itself.")
@click.option("--token", metavar="TOKEN", help="Only this of an escrow's; `eth` for ether.")
@shared(acts=True)
def withdraw(app: App, to: str | None, token: str | None) -> None:
    """Collect what could not be delivered: bonds and rewards, and what escrows paid, of every
    token.
    """
    connection = app.connection
    actor = connection.actor()
    registry, enforcer = connection.registry, connection.registry.enforcer
    target = actor.address if to is None else connection.address(to)
    credited = connection.state.model.state.credits
    tokens = [of for account, of in credited if account == actor.address]
    if token is not None:
        tokens = [ZERO_ADDRESS if token.lower() == "eth" else connection.address(token)]
    bonds = 0 if token is not None else registry.owed(actor.address)
    owing = {one: enforcer.owed(actor.address, one) for one in tokens}
    texts = [units(None, bonds)] if bonds or not tokens else []
    texts += [units(one, owing[one]) for one in tokens]
    app.confirm(f"Send {', '.join(texts)} to {target}?")
    txs = [registry.tx_withdraw(target, sender=actor.address)] if bonds or not tokens else []
    txs += [enforcer.tx_withdraw(one, target, sender=actor.address) for one in tokens]
    done = [done_data(connection.act(tx, actor)) for tx in txs]
    app.show(
        {
            "to": target,
            "amount": bonds,
            "assets": [
                {"token": None if one == ZERO_ADDRESS else one, "amount": owing[one]}
                for one in tokens
            ],
            **done[-1],
        },
        lambda: f"{', '.join(texts)} sent to {target}.",
    )
