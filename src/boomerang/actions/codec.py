"""The actions as call data, and where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from boomerang import actions
from boomerang.artifacts import load
from boomerang.client.contracts import ENFORCER, GROUPS, interface
from boomerang.client.tokens import functions
from boomerang.content import Content
from boomerang.errors import MalformedClauses
from boomerang.model import part_address
from boomerang.parameters import abi_name

if TYPE_CHECKING:
    from boomerang.actions import Action
    from boomerang.identity import Key
    from boomerang.parameters import Parameters


TRANSFER_GAS: Final = 250_000
"""Ample for one transfer of a token that the enforcer makes, with what it costs to start it."""

GROUP_GAS: Final = 1_000_000
"""Ample for completing a group of eight, and for resolving one."""

CALL_GAS: Final = 1_000_000
"""The same for a call, beside the gas that it names."""


def deployment(parameters: Parameters) -> bytes:
    """The code that deploys a registry with these parameters."""
    (inputs,) = (e["inputs"] for e in load("Boomerang").abi if e["type"] == "constructor")
    values = {abi_name(name): getattr(parameters, name) for name in parameters.__slots__}
    return interface().creation(tuple(values[item["name"]] for item in inputs[0]["components"]))


def view(function: str, *arguments: object) -> bytes:
    """The call data of a view."""
    return interface().functions[function].encode(*arguments)


def answer(function: str, data: bytes) -> Any:
    """What a view answered: one value alone, several as a tuple."""
    return interface().functions[function].decode(data)


def call(action: Action) -> bytes:
    """The call data of an action."""
    match action:
        case actions.Publish(key, topic, body):
            return view("publish", key.stake, topic, body)
        case actions.Draw(commitments):
            return view("draw", commitments)
        case actions.Seal(key, seal):
            return view("seal", key.stake, key.content_hash, seal)
        case actions.Revoke(key):
            return view("revoke", key.stake, key.content_hash)
        case actions.Expose(key, decision, salt):
            return view("expose", _key(key), decision, salt)
        case actions.Open(key, decision, salt, dependencies):
            if dependencies is None:
                return view("open", key.stake, key.content_hash, decision, salt)
            keys = [_key(one) for one in dependencies]
            return view("openFor", _key(key), decision, salt, keys)
        case actions.Offer(key, target):
            return view("offer", key.stake, key.content_hash, target)
        case actions.Decline(key, offering):
            if offering is None:
                return view("declineAll", key.stake, key.content_hash)
            return view("decline", key.stake, key.content_hash, offering)
        case actions.Join(key, ids):
            return _groups("join", key.stake, key.content_hash, ids)
        case actions.Settle(ids, decisions):
            return _groups("resolve", ids, decisions)
        case actions.Resolve(resolutions):
            return view("resolve", [(_key(key), decision) for key, decision in resolutions])
        case actions.Withdraw(to, token):
            return view("withdraw", to) if token is None else _enforcer("withdraw", token, to)
        case actions.Deliver(account, token):
            if token is None:
                return view("deliver", account)
            return _enforcer("deliver", account, token)
        case actions.Execute(key, topic, body, tip_to):
            return _enforcer("execute", _key(key), topic, body, tip_to)
        case actions.Retry(key, topic, body, index):
            return _enforcer("retry", _key(key), topic, body, index)
        case actions.Release(key, topic, body, index):
            return _enforcer("release", _key(key), topic, body, index)
        case actions.Approve(_, amount):
            raise TypeError(f"an approval of {amount} names its spender: `approval`")


def approval(enforcer: str, amount: int) -> bytes:
    """The call data of an approval, which a token takes."""
    return functions()["approve"].encode(enforcer, amount)


def destination(action: Action, registry: str) -> str:
    """The contract that an action is sent to."""
    match action:
        case actions.Approve(token):
            return token
        case actions.Execute() | actions.Retry() | actions.Release():
            return part_address(registry, 1)
        case actions.Withdraw(token=str()) | actions.Deliver(token=str()):
            return part_address(registry, 1)
        case actions.Join() | actions.Settle():
            return part_address(registry, 2)
        case _:
            return registry


def gas_limit(action: Action, data: bytes) -> int:
    """Ample for an action, and small enough for many in one block of an ordinary node."""
    more = GROUP_GAS if isinstance(action, actions.Join | actions.Settle) else 0
    return 400_000 + 250 * len(data) + _gas_for_clauses(action) + more


def _gas_for_clauses(action: Action) -> int:
    """What clauses may need: the enforcer starts nothing that could not have all of its gas."""
    if isinstance(action, actions.Withdraw | actions.Deliver):
        return TRANSFER_GAS
    if not isinstance(action, actions.Publish | actions.Execute | actions.Retry | actions.Release):
        return 0
    try:
        clauses = Content.decode(action.topic, action.body, action.key.has_clauses).clauses
    except MalformedClauses:
        return 0
    if clauses is None:
        return 0
    transfers = 2 * len(clauses.escrow) + len(clauses.payments) + 2
    if isinstance(action, actions.Publish):
        return transfers * TRANSFER_GAS
    calls = sum(CALL_GAS + 2 * call.gas for call in clauses.calls)
    return transfers * TRANSFER_GAS + calls


def _groups(function: str, *arguments: object) -> bytes:
    return interface(GROUPS).functions[function].encode(*arguments)


def _enforcer(function: str, *arguments: object) -> bytes:
    return interface(ENFORCER).functions[function].encode(*arguments)


def _key(key: Key) -> tuple[object, ...]:
    return (key.committer, key.stake, key.content_hash)
