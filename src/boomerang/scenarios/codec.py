"""The registry's calls as bytes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from boomerang.artifacts import load
from boomerang.client.abi import Interface
from boomerang.parameters import abi_name
from boomerang.scenarios import actions

if TYPE_CHECKING:
    from boomerang.identity import Key
    from boomerang.parameters import Parameters
    from boomerang.scenarios.actions import Action


@cache
def interface() -> Interface:
    """The registry's, by the ABI that ships with the package."""
    return Interface(load("Boomerang"))


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
        case actions.Resolve(resolutions):
            return view("resolve", [(_key(key), decision) for key, decision in resolutions])
        case actions.Withdraw(to):
            return view("withdraw", to)


def gas_limit(action: Action) -> int:
    """Ample for an action, and small enough for many in one block of an ordinary node."""
    return 400_000 + 250 * len(call(action))


def _key(key: Key) -> tuple[object, ...]:
    return (key.committer, key.stake, key.content_hash)
