"""Permits for the tokens of an escrow, made with what the chain says: fundings ready to publish.

    funding = by_permits(registry, content.clauses.escrow, alice, deadline, signer)
    registry.publish(content, funding=funding, sender=alice)

Nothing is sent here. Deadlines are Unix seconds, the last in which a permit is good.
"""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING, Any

from boomerang.chains.base import CallReverted, Tx
from boomerang.client.abi import Function, UnexpectedAnswer
from boomerang.errors import InvalidInput
from boomerang.identity import Domain, Key
from boomerang.relay import fundings
from boomerang.relay.messages import PERMIT2, Permit, Permit2Transfer, SigningDomain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boomerang.chains.base import Chain
    from boomerang.client.registry import Registry
    from boomerang.content import Asset
    from boomerang.relay.messages import TypedDataSigner


class NoPermits(InvalidInput):
    """A token whose permits cannot be signed: it has none, or of another kind than ERC-2612."""

    def __init__(self, token: str, why: str) -> None:
        self.token = token
        super().__init__(f"{token} takes no permits (ERC-2612): {why}")


class NoPermit2(InvalidInput):
    """Permit2 is not there, or may not move the owner's tokens."""


@cache
def _function(name: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Function:
    def listed(kinds: tuple[str, ...]) -> list[dict[str, str]]:
        return [{"name": "", "type": kind} for kind in kinds]

    return Function({"name": name, "inputs": listed(inputs), "outputs": listed(outputs)})


_ERC5267 = ("bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]")
_KNOWN_FIELDS = b"\x0f"  # name, version, chain id, contract; no salt


def _ask(chain: Chain, token: str, function: Function, *values: Any) -> Any:
    """The answer, or None from a contract that has none."""
    try:
        answer = chain.call(Tx(token, token, function.encode(*values)))
        return function.decode(answer) if answer else None
    except (CallReverted, UnexpectedAnswer):
        return None


def domain_of(chain: Chain, token: str) -> SigningDomain:
    """The EIP-712 domain for a token's permits: as it says itself (ERC-5267), else of its name and
    version, where its `DOMAIN_SEPARATOR` agrees. NoPermits where neither leads anywhere.
    """
    told = _ask(chain, token, _function("eip712Domain", (), _ERC5267))
    separator = _ask(chain, token, _function("DOMAIN_SEPARATOR", (), ("bytes32",)))
    found: SigningDomain | None = None
    if told is not None and told[0] == _KNOWN_FIELDS and not told[6]:
        found = SigningDomain(told[1], told[2], chain.chain_id, token)
    elif told is None and separator is not None:
        name = _ask(chain, token, _function("name", (), ("string",)))
        version = _ask(chain, token, _function("version", (), ("string",)))
        if name is not None:
            found = SigningDomain(name, "1" if version is None else version, chain.chain_id, token)
    if found is None:
        raise NoPermits(token, "it does not say for which domain they would be")
    if separator is not None and separator != found.separator():
        raise NoPermits(token, "its domain is not made of name, version, chain and address")
    return found


def by_permits(
    registry: Registry,
    escrow: Iterable[Asset],
    owner: str,
    deadline: int,
    signer: TypedDataSigner,
) -> bytes:
    """Funding by one ERC-2612 permit for each token of the escrow, each for exactly its amount.
    Raises NoPermits. They are good once, and for any commitment of the owner's.
    """
    chain = registry.chain
    signed = []
    for asset in fundings.tokens(tuple(escrow)):
        domain = domain_of(chain, asset.token)
        nonces = _function("nonces", ("address",), ("uint256",))
        nonce = _ask(chain, asset.token, nonces, owner)
        if nonce is None:
            raise NoPermits(asset.token, "it counts none")
        spender = registry.contracts.enforcer
        permit = Permit(owner, spender, asset.amount, nonce, deadline)
        signed.append(fundings.SignedPermit.sign(permit, domain, signer))
    return fundings.by_permits(signed)


def by_permit2(
    registry: Registry,
    key: Key,
    escrow: Iterable[Asset],
    deadline: int,
    signer: TypedDataSigner,
    nonce: int | None = None,
) -> bytes:
    """Funding by one Permit2 signature, good for the commitment of this key alone. `nonce` is any
    that the owner has not used with Permit2: random where none is given.

    Raises NoPermit2 where Permit2 is not on this chain. The owner must have let it move the tokens
    (an allowance to `relay.messages.PERMIT2`), once for all.
    """
    chain, domain = registry.chain, registry.domain
    if not chain.code(PERMIT2):
        raise NoPermit2(f"Permit2 ({PERMIT2}) is not on chain {chain.chain_id}")
    transfer = permit2_transfer(domain, registry.contracts.enforcer, key, escrow, deadline, nonce)
    signed = fundings.SignedPermit2.sign(transfer, chain.chain_id, signer)
    return fundings.by_permit2(signed)


def permit2_transfer(
    domain: Domain,
    enforcer: str,
    key: Key,
    escrow: Iterable[Asset],
    deadline: int,
    nonce: int | None = None,
) -> Permit2Transfer:
    """What is signed for `by_permit2`."""
    chosen = secrets.randbits(256) if nonce is None else nonce
    tokens = fundings.tokens(tuple(escrow))
    return Permit2Transfer(tokens, enforcer, chosen, deadline, domain.commitment_id(key))


__all__ = [
    "NoPermit2",
    "NoPermits",
    "by_permit2",
    "by_permits",
    "domain_of",
    "permit2_transfer",
]
