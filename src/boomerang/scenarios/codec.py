"""The registry's calls as bytes, by the ABI that ships with the package."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

from boomerang.parameters import Parameters, abi_name
from boomerang.scenarios import actions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.identity import Key, Terms
    from boomerang.scenarios.actions import Action


@cache
def _artifact() -> dict[str, Any]:
    text = files("boomerang").joinpath("artifacts", "Boomerang.json").read_text("utf-8")
    result: dict[str, Any] = json.loads(text)
    return result


@cache
def _entry(kind: str, name: str | None = None) -> dict[str, Any]:
    return next(
        entry
        for entry in _artifact()["abi"]
        if entry["type"] == kind and (name is None or entry.get("name") == name)
    )


def _type(item: dict[str, Any]) -> str:
    kind: str = item["type"]
    if kind.startswith("tuple"):
        inner = ",".join(_type(component) for component in item["components"])
        return f"({inner}){kind.removeprefix('tuple')}"
    return kind


def encode_call(function: str, arguments: Sequence[object]) -> bytes:
    """Selector and arguments."""
    types = [_type(item) for item in _entry("function", function)["inputs"]]
    return keccak(text=f"{function}({','.join(types)})")[:4] + encode(types, arguments)


def decode_output(function: str, data: bytes) -> tuple[Any, ...]:
    """What a view answered."""
    types = [_type(item) for item in _entry("function", function)["outputs"]]
    return tuple(decode(types, data))


def deployment(parameters: Parameters) -> bytes:
    """The code that deploys a registry with these parameters."""
    (item,) = _entry("constructor")["inputs"]
    by_name = {
        abi_name(name): getattr(parameters, name) for name in Parameters.__dataclass_fields__
    }
    values = tuple(by_name[component["name"]] for component in item["components"])
    code = bytes.fromhex(_artifact()["bytecode"].removeprefix("0x"))
    return code + encode([_type(item)], [values])


def call(action: Action) -> bytes:
    """The call data of an action."""
    match action:
        case actions.Publish(key, content):
            texts = (content.topic, content.statement, content.clauses_bytes)
            return encode_call("publish", (key.nonce, key.bond, key.cover, texts))
        case actions.Draw(ids):
            return encode_call("draw", (ids,))
        case actions.Seal(key, seal):
            return encode_call("seal", (key.terms.hash(), seal, b""))
        case actions.Revoke(key):
            return encode_call("revoke", (_terms(key.terms),))
        case actions.Expose(key, decision, salt):
            return encode_call("expose", (_key(key), decision, salt))
        case actions.Open(key, decision, salt, dependencies):
            keys = [_key(one) for one in dependencies]
            return encode_call("open", (_key(key), decision, salt, keys))
        case actions.Offer(key, target):
            return encode_call("offer", (key.terms.hash(), target))
        case actions.Decline(key, None):
            return encode_call("declineAll", (key.terms.hash(),))
        case actions.Decline(key, offering):
            return encode_call("decline", (key.terms.hash(), offering))
        case actions.Resolve(resolutions):
            pairs = [(_key(key), decision) for key, decision in resolutions]
            return encode_call("resolve", (pairs,))
        case actions.Withdraw(to):
            return encode_call("withdraw", (to,))


def gas_limit(action: Action) -> int:
    """Ample for an action, and small enough for many in one block of an ordinary node."""
    size = len(call(action))
    return 400_000 + 250 * size


def _terms(terms: Terms) -> tuple[object, ...]:
    return (terms.nonce, terms.bond, terms.cover, terms.content_hash)


def _key(key: Key) -> tuple[object, ...]:
    return (key.committer, *_terms(key.terms))
