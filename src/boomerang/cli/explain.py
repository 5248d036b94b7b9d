"""What went wrong, in names and clock times: ids, addresses and Unix seconds are for machines."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from boomerang.chains.base import TxRejected
from boomerang.cli.values import amount, clock, span
from boomerang.errors import ChainError, NotCommitter, SignatureExpired, TooEarly, TooLate

if TYPE_CHECKING:
    from boomerang.cli.options import App

DONE = {
    "seal": "sealed",
    "open": "opened",
    "expose": "exposed",
    "revoke": "revoked",
    "draw": "drawn",
    "resolve": "resolved",
    "execute": "executed",
}
"""What the commands do to the commitment that they are given."""

_ID = re.compile(r"0x[0-9a-f]{50}(?![0-9a-f])|0x[0-9a-f]{8}…")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}(?![0-9a-fA-F])")
_SECOND = re.compile(r"\bsecond ([0-9]{9,11})\b")
_WEI = re.compile(r"\b([0-9]{13,}) wei\b")


def plainly(app: App, text: str) -> str:
    """A sentence with ids, addresses, seconds and large amounts as people know them."""
    connection, names = app.connection, app.names
    now = connection.chain.now()

    def name(match: re.Match[str]) -> str:
        start = match[0][2:].rstrip("…")
        found = [known for known in names.ids() if known.hex().startswith(start)]
        return names.label(found[0]) if len(found) == 1 else match[0]

    text = _ID.sub(name, text)
    text = _ADDRESS.sub(lambda match: connection.who(match[0]), text)
    text = _SECOND.sub(lambda m: f"{clock(int(m[1]))} ({span(int(m[1]) - now)})", text)
    return _WEI.sub(lambda match: amount(int(match[1])), text)


def explain(app: App, error: ChainError | TxRejected, command: str = "") -> str:
    """What the chain refused, for people; `command` is what they asked for."""
    if isinstance(error, TxRejected):
        return _rejected(app, error)
    label, done = app.names.label, DONE.get(command)
    if isinstance(error, TooEarly):
        when = f"from {clock(error.opens_at)}, {span(error.opens_at - error.time)}"
        if app.network == "embedded":
            wait = max(1, error.opens_at - app.connection.chain.now())
            when += f" (let time pass: boomerang embedded advance {wait})"
        if done:
            return f"{label(error.id)} cannot be {done} yet: {when}"
        return f"too early to {command or 'do this'}, for {label(error.id)}: {when}"
    if isinstance(error, TooLate):
        when = f"until {clock(error.closed_at)}, {span(error.closed_at - error.time)}"
        if error.closed_at >= error.time:
            when = f"until {clock(error.closed_at)}, just now"
        if done:
            return f"{label(error.id)} cannot be {done} any more: {when}"
        return f"too late to {command or 'do this'}, for {label(error.id)}: {when}"
    if isinstance(error, SignatureExpired):
        late = span(error.deadline - error.time)
        return f"the signature was good until {clock(error.deadline)}, {late}"
    if isinstance(error, NotCommitter):
        said = _whose(app, error)
        if said is not None:
            return said
    return plainly(app, error.explain())


def _whose(app: App, error: NotCommitter) -> str | None:
    """The commitment of somebody else that was meant: the id is what it would be, were it theirs.

    The content is the same then, and so are nonce, bond and cover.
    """
    connection = app.connection
    domain = connection.registry.domain
    for known, one in connection.state.commitments.items():
        theirs = replace(one.key, committer=error.account)
        if one.key.committer != error.account and domain.commitment_id(theirs) == error.id:
            owner, account = connection.who(one.key.committer), connection.who(error.account)
            return f"{app.names.label(known)} is {owner}'s, not {account}'s"
    return None


def _rejected(app: App, error: TxRejected) -> str:
    """A transaction that no block could hold: for want of money, mostly."""
    connection, sender = app.connection, error.tx.sender
    has = connection.chain.balance(sender)
    if has < error.tx.value:
        return (
            f"{connection.who(sender)} has {amount(has)}, and this takes {amount(error.tx.value)}"
        )
    return plainly(app, str(error))
