"""What a commitment does when it is kept: from options, and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boomerang.cli.values import AMOUNT, amount, clock, full, span
from boomerang.errors import InvalidInput
from boomerang.identity import ZERO_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.cli.options import App
    from boomerang.client import Commitment
    from boomerang.content import Asset, Call, Clauses

CALL_GAS = 200_000
"""What a call gets that does not say."""

TIME_TO_RETRY = 3600
"""Seconds between the latest resolution and a deadline that is not given."""

_CALL_KEYS = ("target", "amount", "data", "gas", "remainder")


# ---- from options ------------------------------------------------------------------------------


def asset(app: App, text: str) -> Asset:
    """`5`, `0.1ether`, or `5@TOKEN`: of a token in its smallest unit."""
    from boomerang.content import Asset

    value, at, token = text.partition("@")
    units = AMOUNT.convert(value, None, None)
    return Asset(app.connection.address(token) if at else ZERO_ADDRESS, units)


def clauses(
    app: App,
    payments: tuple[str, ...] = (),
    guard: str = "",
    escrow: tuple[str, ...] = (),
    calls: tuple[str, ...] = (),
    tip: str | None = None,
    deadline: str | None = None,
) -> Clauses | None:
    """The clauses that options name; None where they name none. Without `escrow`, the escrow is
    what payments, calls and tip name.
    """
    if not any((payments, guard, escrow, calls, tip, deadline)):
        return None
    from dataclasses import replace

    from boomerang.content import Clauses, Payment, by_token
    from boomerang.decisions import encode, parse_expression

    paid = []
    for text in payments:
        who, equals, value = text.partition("=")
        if not equals:
            raise InvalidInput(f"--pay takes WHO=AMOUNT, not {text!r}")
        what = asset(app, value)
        paid.append(Payment(app.connection.address(who), what.token, what.amount))
    made = Clauses.covering(
        paid,
        [_call(app, text) for text in calls],
        None if tip is None else asset(app, tip),
        _deadline(app, deadline, needed=bool(calls)),
        encode(parse_expression(guard, app.names)) if guard else b"",
    )
    if escrow:
        made = replace(made, escrow=by_token(asset(app, text) for text in escrow))
    return made


def _call(app: App, text: str) -> Call:
    """`target=WHO,amount=5@TOKEN,data=0x…,gas=N,remainder=WHO`."""
    from boomerang.content import Call

    given = dict.fromkeys(_CALL_KEYS, "")
    for part in text.split(","):
        key, equals, value = part.partition("=")
        if key.strip() not in given or not equals:
            raise InvalidInput(f"--call takes {', '.join(f'{k}=…' for k in _CALL_KEYS)}: {part!r}")
        given[key.strip()] = value.strip()
    for key in ("target", "remainder"):
        if not given[key]:
            raise InvalidInput(f"--call must say {key}=…")
    try:
        data = bytes.fromhex(given["data"].removeprefix("0x"))
        gas = int(given["gas"] or CALL_GAS)
    except ValueError:
        raise InvalidInput(f"--call: data is 0x…, gas a number, not {text!r}") from None
    what = asset(app, given["amount"] or "0")
    address = app.connection.address
    back = address(given["remainder"])
    return Call(address(given["target"]), what.token, what.amount, gas, data, back)


def _deadline(app: App, text: str | None, *, needed: bool) -> int:
    """A Unix second, or `+N`: so many from now. Calls without one have an hour to be retried."""
    now = app.connection.chain.now()
    if text is None:
        return app.connection.registry.earliest_deadline(now) + TIME_TO_RETRY if needed else 0
    digits = text.removeprefix("+")
    if not digits.isdecimal():
        raise InvalidInput(f"--deadline takes a Unix second, or +SECONDS from now, not {text!r}")
    return int(digits) + (now if text.startswith("+") else 0)


def warn_of_traps(app: App, made: Clauses, committer: str) -> None:
    """Say what others will not trust."""
    for index, call in enumerate(made.calls):
        if call.remainder_to == committer:
            app.warn(
                f"what call {index} leaves goes to the committer: a call that fails is then a way "
                "to get the escrow back, and nobody should rely on it"
            )


# ---- for people --------------------------------------------------------------------------------


def units(token: str | None, amount_: int) -> str:
    """An amount of ether, or of a token."""
    return amount(amount_) if token in (None, ZERO_ADDRESS) else f"{amount_} of {token}"


def described(app: App, of: Commitment) -> dict[str, Any]:
    """What happens when it is kept, and how far that is, for machines."""
    from boomerang import decisions
    from boomerang.errors import BoomerangError

    connection = app.connection
    model, now = connection.state.model, connection.chain.now()
    found = of.content.clauses
    execution = model.execution(of.id, now)
    data: dict[str, Any] = {
        "escrow": [],
        "payments": [],
        "calls": [],
        "guard": None,
        "guardText": None,
        "guardWaitsFor": [],
        "tip": None,
        "deadline": None,
        "execution": execution.name,
        "outstanding": [],
    }
    if found is None:
        return data
    try:
        guard = decisions.format_expression(decisions.decode(found.guard), app.names)
    except BoomerangError:
        guard = full(found.guard)
    failed = model.outstanding(of.id)
    return data | {
        "escrow": [_asset(one.token, one.amount) for one in found.escrow],
        "payments": [
            {"to": one.to, "who": connection.who(one.to), **_asset(one.token, one.amount)}
            for one in found.payments
        ],
        "calls": [
            {
                "target": one.target,
                "who": connection.who(one.target),
                "gas": one.gas,
                "data": full(one.data),
                "remainderTo": one.remainder_to,
                **_asset(one.token, one.amount),
            }
            for one in found.calls
        ],
        "guard": full(found.guard) if found.guard else None,
        "guardText": guard if found.guard else None,
        "guardWaitsFor": [full(one) for one in model.guard_pending_on(of.id, now)],
        "tip": _asset(found.tip.token, found.tip.amount) if found.tip.amount else None,
        "deadline": found.deadline or None,
        "outstanding": [i for i in range(len(found.calls)) if failed >> i & 1],
    }


def _asset(token: str, amount_: int) -> dict[str, Any]:
    return {"token": None if token == ZERO_ADDRESS else token, "amount": amount_}


def add_rows(app: App, one: dict[str, Any], add: Callable[[str, str], None]) -> None:
    """The rows of a table about one commitment, from what `described` gives."""
    from rich.markup import escape

    now = app.connection.chain.now()
    for asset_ in one["escrow"]:
        add("escrow", units(asset_["token"], asset_["amount"]))
    for payment in one["payments"]:
        add("pays", f"{payment['who']} {units(payment['token'], payment['amount'])}")
    for index, call in enumerate(one["calls"]):
        failed = " (failed)" if index in one["outstanding"] else ""
        spends = f" with {units(call['token'], call['amount'])}" if call["amount"] else ""
        back = app.connection.who(call["remainderTo"])
        add(f"call {index}", f"{call['who']}{spends}, the rest to {back}{failed}")
    if one["guardText"]:
        waits = [app.names.label(bytes.fromhex(known[2:])) for known in one["guardWaitsFor"]]
        waiting = f" (waits for {', '.join(waits)})" if waits else ""
        add("only if", escape(one["guardText"]) + waiting)
    if one["tip"]:
        add("tip", units(one["tip"]["token"], one["tip"]["amount"]))
    if one["deadline"]:
        add("deadline", f"{clock(one['deadline'])} ({span(one['deadline'] - now)})")
    if one["execution"] != "NOTHING":
        from boomerang.model import Execution

        add("execution", Execution[one["execution"]].value)


def possible(app: App, of: Commitment) -> list[str]:
    """What can be done with a commitment now, as commands."""
    from boomerang.model import Phase

    connection = app.connection
    state, now, label = connection.state, connection.chain.now(), app.names.label(of.id)
    phase = state.phase(of.id, now)
    seal_from = of.published.time + connection.registry.parameters().seal_delay
    words = {
        Phase.TENTATIVE: [f"seal {label} DECISION"] * (now >= seal_from) + [f"revoke {label}"],
        Phase.SEALED: [f"expose {label} (by whoever knows the decision)"],
        Phase.REVEALING: [f"open {label}"],
    }
    can = list(words.get(phase, ()))
    model = state.model
    if model.resolvable(of.id, now):
        can.append(f"resolve {label}")
    execution = model.execution(of.id, now)
    if execution.ready:
        can.append(f"execute {label} ({execution.value})")
    if of.content.clauses is not None and model.outstanding(of.id):
        verb = "retry" if now <= of.content.clauses.deadline else "release"
        failed = described(app, of)["outstanding"]
        can += [f"{verb} {label} --call {index}" for index in failed]
    return can


__all__ = [
    "add_rows",
    "asset",
    "clauses",
    "described",
    "possible",
    "units",
    "warn_of_traps",
]
