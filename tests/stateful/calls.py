"""Actions as they are sent to the contract: what a generator makes, and what a failure is made of.

Everything in an action is concrete (bytes, seconds, block numbers), so that any part of a sequence
can be left out and the rest still means the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from eth_utils.crypto import keccak

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boomerang.identity import Key


@dataclass(frozen=True, slots=True)
class Action:
    """One call. `sender` is who the contract sees; `relayed` says that somebody else made that
    account (it has code) call. `signer` is the address that a signature recovers to, or the account
    whose code accepts it. `opening` is what a seal was made of, for whoever describes the action.

    Some names stand for no function of the contracts. `settle`: everything that can be resolved and
    executed is, and must then be final. Those in OUTSIDE change the world around the contracts.
    """

    block: int
    time: int
    sender: str
    name: str
    args: tuple[Any, ...] = ()
    value: int = 0
    relayed: bool = False
    signer: str = ""
    opening: tuple[bytes, bytes] | None = None


def word(value: int) -> bytes:
    """An unsigned integer."""
    return value.to_bytes(32, "big")


def left(value: bytes) -> bytes:
    """A short `bytesN`."""
    return value.ljust(32, b"\0")


def account(address: str) -> bytes:
    """An address."""
    return bytes.fromhex(address[2:]).rjust(32, b"\0")


def tail(value: bytes) -> bytes:
    """The length and content of `bytes`, padded."""
    return word(len(value)) + value + bytes(-len(value) % 32)


def key_words(key: Key) -> bytes:
    """A `Key`: committer, stake, content hash."""
    return account(key.committer) + word(key.stake) + key.content_hash


class _Late(bytes):
    """Something without a fixed size, which stands behind everything that has one."""


def _late(value: bytes) -> _Late:
    return _Late(tail(value))


def _ids(ids: Sequence[bytes]) -> _Late:
    return _Late(word(len(ids)) + b"".join(left(i) for i in ids))


def _many(items: Sequence[bytes]) -> _Late:
    """An array of things without a fixed size."""
    return _Late(word(len(items)) + _tuple(*(_Late(item) for item in items)))


def _tuple(*parts: bytes) -> bytes:
    offset = sum(32 if isinstance(part, _Late) else len(part) for part in parts)
    head, behind = [], []
    for part in parts:
        if isinstance(part, _Late):
            head.append(word(offset))
            behind.append(part)
            offset += len(part)
        else:
            head.append(part)
    return b"".join((*head, *behind))


def _publish(stake: int, topic: bytes, body: bytes) -> bytes:
    return _tuple(word(stake), topic, _late(body))


def _publish_funded(stake: int, topic: bytes, body: bytes, funding: bytes) -> bytes:
    return _tuple(word(stake), topic, _late(body), _late(funding))


def _publish_for(
    committer: str,
    stake: int,
    topic: bytes,
    body: bytes,
    funding: bytes,
    deadline: int,
    signature: bytes,
) -> bytes:
    content = topic, _late(body), _late(funding)
    return _tuple(account(committer), word(stake), *content, word(deadline), _late(signature))


def _draw(ids: Sequence[bytes]) -> bytes:
    return _tuple(_ids(ids))


def _seal(stake: int, content: bytes, seal: bytes) -> bytes:
    return word(stake) + content + left(seal)


def _seal_with_data(stake: int, content: bytes, seal: bytes, extra: bytes) -> bytes:
    return _tuple(word(stake), content, left(seal), _late(extra))


def _seal_for(key: Key, seal: bytes, extra: bytes, deadline: int, signature: bytes) -> bytes:
    return _tuple(key_words(key), left(seal), _late(extra), word(deadline), _late(signature))


def _revoke(stake: int, content: bytes) -> bytes:
    return word(stake) + content


def _revoke_for(key: Key, deadline: int, signature: bytes) -> bytes:
    return _tuple(key_words(key), word(deadline), _late(signature))


def _expose(key: Key, decision: bytes, salt: bytes) -> bytes:
    return _tuple(key_words(key), _late(decision), salt)


def _open(stake: int, content: bytes, decision: bytes, salt: bytes) -> bytes:
    return _tuple(word(stake), content, _late(decision), salt)


def _open_for(key: Key, decision: bytes, salt: bytes, dependencies: Sequence[Key]) -> bytes:
    keys = _Late(word(len(dependencies)) + b"".join(key_words(k) for k in dependencies))
    return _tuple(key_words(key), _late(decision), salt, keys)


def _offer(stake: int, content: bytes, target: bytes) -> bytes:
    return word(stake) + content + left(target)


def _offer_for(
    key: Key, target: bytes, floor: bytes, depth: int, deadline: int, signature: bytes
) -> bytes:
    words = key_words(key), left(target), left(floor), word(depth), word(deadline)
    return _tuple(*words, _late(signature))


def _decline_for(key: Key, offering: bytes, deadline: int, signature: bytes) -> bytes:
    return _tuple(key_words(key), left(offering), word(deadline), _late(signature))


def _resolve(resolutions: Sequence[tuple[Key, bytes]]) -> bytes:
    return _tuple(_many([_tuple(key_words(key), _late(d)) for key, d in resolutions]))


def _join(stake: int, content: bytes, ids: Sequence[bytes]) -> bytes:
    return _tuple(word(stake), content, _ids(ids))


def _join_for(key: Key, ids: Sequence[bytes], deadline: int, signature: bytes) -> bytes:
    return _tuple(key_words(key), _ids(ids), word(deadline), _late(signature))


def _resolve_group(ids: Sequence[bytes], decisions: Sequence[bytes]) -> bytes:
    return _tuple(_ids(ids), _many([tail(decision) for decision in decisions]))


def _execute(key: Key, topic: bytes, body: bytes, tip_to: str) -> bytes:
    return _tuple(key_words(key), topic, _late(body), account(tip_to))


def _retry(key: Key, topic: bytes, body: bytes, index: int) -> bytes:
    return _tuple(key_words(key), topic, _late(body), word(index))


def _two(first: str, second: str) -> bytes:
    return account(first) + account(second)


def _approve(_token: str, spender: str, amount: int) -> bytes:
    return account(spender) + word(amount)


def _become_token(manner: int, watched: str) -> bytes:
    return word(manner) + account(watched)


def _become_account(_who: str, manner: int) -> bytes:
    return word(manner)


_KEY = "(address,uint256,bytes32)"

REGISTRY, ENFORCER, GROUPS = "registry", "enforcer", "groups"


class Function(NamedTuple):
    """Which contract has it, how it is called there, and how its arguments are encoded."""

    where: str
    signature: str
    encode: Callable[..., bytes]

    @property
    def kinds(self) -> str:
        """The types of its arguments."""
        return self.signature[self.signature.index("(") + 1 : -1]


FUNCTIONS: dict[str, Function] = {
    name: Function(where, f"{called}({kinds})", encoder)
    for name, where, called, kinds, encoder in (
        ("publish", REGISTRY, "publish", "uint256,bytes32,bytes", _publish),
        (
            "publishFunded",
            REGISTRY,
            "publishFunded",
            "uint256,bytes32,bytes,bytes",
            _publish_funded,
        ),
        (
            "publishFor",
            REGISTRY,
            "publishFor",
            "address,uint256,bytes32,bytes,bytes,uint256,bytes",
            _publish_for,
        ),
        ("draw", REGISTRY, "draw", "bytes25[]", _draw),
        ("seal", REGISTRY, "seal", "uint256,bytes32,bytes23", _seal),
        (
            "sealWithData",
            REGISTRY,
            "sealWithData",
            "uint256,bytes32,bytes23,bytes",
            _seal_with_data,
        ),
        ("sealFor", REGISTRY, "sealFor", f"{_KEY},bytes23,bytes,uint256,bytes", _seal_for),
        ("revoke", REGISTRY, "revoke", "uint256,bytes32", _revoke),
        ("revokeFor", REGISTRY, "revokeFor", f"{_KEY},uint256,bytes", _revoke_for),
        ("expose", REGISTRY, "expose", f"{_KEY},bytes,bytes32", _expose),
        ("open", REGISTRY, "open", "uint256,bytes32,bytes,bytes32", _open),
        ("openFor", REGISTRY, "openFor", f"{_KEY},bytes,bytes32,{_KEY}[]", _open_for),
        ("offer", REGISTRY, "offer", "uint256,bytes32,bytes25", _offer),
        (
            "offerFor",
            REGISTRY,
            "offerFor",
            f"{_KEY},bytes25,bytes25,uint8,uint256,bytes",
            _offer_for,
        ),
        ("decline", REGISTRY, "decline", "uint256,bytes32,bytes25", _offer),
        ("declineAll", REGISTRY, "declineAll", "uint256,bytes32", _revoke),
        ("declineFor", REGISTRY, "declineFor", f"{_KEY},bytes25,uint256,bytes", _decline_for),
        ("resolve", REGISTRY, "resolve", f"({_KEY},bytes)[]", _resolve),
        ("withdraw", REGISTRY, "withdraw", "address", account),
        ("deliver", REGISTRY, "deliver", "address", account),
        ("join", GROUPS, "join", "uint256,bytes32,bytes25[]", _join),
        ("joinFor", GROUPS, "joinFor", f"{_KEY},bytes25[],uint256,bytes", _join_for),
        ("resolveGroup", GROUPS, "resolve", "bytes25[],bytes[]", _resolve_group),
        ("execute", ENFORCER, "execute", f"{_KEY},bytes32,bytes,address", _execute),
        ("retry", ENFORCER, "retry", f"{_KEY},bytes32,bytes,uint256", _retry),
        ("release", ENFORCER, "release", f"{_KEY},bytes32,bytes,uint256", _retry),
        ("withdrawAsset", ENFORCER, "withdraw", "address,address", _two),
        ("deliverAsset", ENFORCER, "deliver", "address,address", _two),
    )
}

# What others do: allow the enforcer to take tokens; change manners.
OUTSIDE: dict[str, Function] = {
    "approve": Function("", "approve(address,uint256)", _approve),
    "changeToken": Function("", "become(uint8,address)", _become_token),
    "changeTarget": Function("", "become(bool)", word),
    "changeAccount": Function("", "become(uint8)", _become_account),
}

_ALL = FUNCTIONS | OUTSIDE
_SELECTORS = {name: keccak(text=function.signature)[:4] for name, function in _ALL.items()}
_ACT = keccak(text="act(address,uint256,bytes)")[:4]


def encode(action: Action) -> bytes:
    """The call data. By hand, because an ABI encoder would take longer than the call."""
    return _SELECTORS[action.name] + _ALL[action.name].encode(*action.args)


def relay(target: str, value: int, data: bytes) -> bytes:
    """The call data that makes an account with the mock's code send `data` to `target`."""
    return _ACT + account(target) + word(value) + word(0x60) + tail(data)


def question(signature: str, *words: bytes) -> bytes:
    """A view's call data, of words alone."""
    return keccak(text=signature)[:4] + b"".join(words)
