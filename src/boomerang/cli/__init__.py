"""The command line.

Results are on stdout (with `--json` one object), all else on stderr.
Exit codes are in `_CODES`.
"""

from __future__ import annotations

import click

from boomerang import __version__
from boomerang.cli._group import LazyGroup

_COMMANDS = {
    "demo": ("boomerang.cli.demo:demo", "Play both worked examples and draw them."),
    "experiment": (
        "boomerang.cli.experiment:experiment",
        "Measure what the protocol claims, and report it.",
    ),
    "play": ("boomerang.cli.play:play", "Play a scenario file on any kind of chain."),
    "deploy": ("boomerang.cli.deploy:deploy", "Deploy a registry; later commands remember it."),
    "publish": ("boomerang.cli.act:publish", "Publish a tentative commitment."),
    "offer": ("boomerang.cli.act:offer", "Invite an earlier commitment to depend on yours."),
    "decline": ("boomerang.cli.act:decline", "Decline an offer, or all, for good."),
    "revoke": ("boomerang.cli.act:revoke", "Take a commitment back, openly, before its seal."),
    "draw": ("boomerang.cli.act:draw", "Record the order of commitments of one block."),
    "seal": ("boomerang.cli.sealing:seal", "Store and seal the decision: keep or revert, if …"),
    "expose": ("boomerang.cli.sealing:expose", "Show a sealed decision before the freeze."),
    "open": ("boomerang.cli.sealing:open_", "Open a seal after the freeze."),
    "resolve": ("boomerang.cli.act:resolve", "Resolve whatever is due."),
    "group": ("boomerang.cli.group:group", "Commitments that depend on one another."),
    "intent": ("boomerang.cli.intent:intent", "Programs that trade, and meet each other."),
    "solve": ("boomerang.cli.solve:solve", "The best batch of an auction, with its proof."),
    "verify-solution": ("boomerang.cli.solve:verify", "Check a solution without any solver."),
    "settle": ("boomerang.cli.settle:settle", "Settle intents on the chain, in one batch."),
    "solver": ("boomerang.cli.solver:solver", "Settle whatever meets, unattended."),
    "intents-relay": ("boomerang.cli.intents_relay:serve", "Keep signed intents for solvers."),
    "relay": ("boomerang.cli.relay:relay", "Sign for others to send; send what others signed."),
    "execute": ("boomerang.cli.execute:execute", "Carry out what is kept; escrows go home else."),
    "retry": ("boomerang.cli.execute:retry", "Make a call that failed."),
    "release": ("boomerang.cli.execute:release", "Give up a call that failed, past its deadline."),
    "owed": ("boomerang.cli.execute:owed", "What could not be delivered, and to whom."),
    "withdraw": ("boomerang.cli.execute:withdraw", "Collect what could not be delivered."),
    "show": ("boomerang.cli.look:show", "Everything about one commitment."),
    "status": ("boomerang.cli.look:status", "How commitments stand, one or all."),
    "efg": ("boomerang.cli.efg:efg", "A game with the protocol around it, for game solvers."),
    "timeline": ("boomerang.cli.look:timeline", "Who did what when; also as a picture."),
    "match": ("boomerang.cli.match:match", "Let agents play a game, and see what comes of it."),
    "agent": ("boomerang.cli.agent:agent", "Play a game by itself, with a key of its own."),
    "keeper": ("boomerang.cli.keeper:keeper", "Seal, open and settle in time, unattended."),
    "watch": ("boomerang.cli.watch:watch", "Follow the chain live."),
    "decision": ("boomerang.cli.decision:decision", "Check, encode and decode decisions."),
    "names": ("boomerang.cli.names:names", "The address book of commitments."),
    "store": ("boomerang.cli.openings:store", "Salts and openings: list, export, restore, check."),
    "parameters": ("boomerang.cli.look:parameters", "The registry's parameters."),
    "embedded": ("boomerang.cli.embedded:embedded", "The built-in chain: let time pass, reset."),
    "devnet": ("boomerang.cli.devnet:devnet", "Start a local node with a registry on it."),
    "version": ("boomerang.cli.version:version", "What is installed."),
}

_CODES = """\b
Exit codes:
    0  fine
    1  refused by the chain's rules, or an expectation failed
    2  bad input, or a file that cannot be written
    3  the chain cannot be reached, or cannot do that
    4  the store of openings
    5  the keeper: something was late, or missed
   70  a fault of the program
  130  stopped by Ctrl-C
  141  whoever read the output left
"""


@click.group(
    cls=LazyGroup,
    lazy=_COMMANDS,
    epilog=_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="boomerang", message="%(prog)s %(version)s")
def cli() -> None:
    """Credible commitments for agents on Ethereum.

    Publish a commitment; before it freezes, seal whether to keep or revert it, depending on others'
    if you like; open the seal; the chain works out who is bound.

    Without further ado all this happens on a chain built into the program, for which `--account
    alice` (or bob, carol, …) pays; time passes there only when you let it: `boomerang embedded
    advance 10`. `--network` names another chain.
    """


def main() -> None:
    """What the console script `boomerang` runs."""
    cli()


__all__ = ["cli", "main"]
