"""Signatures: what has to be signed (EIP-712), by keys and by accounts with code (ERC-1271)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from eth_keys.datatypes import PrivateKey, Signature
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.content import content_hash
from boomerang.identity import ZERO_ADDRESS, Key
from stateful.calls import account, left, word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boomerang.identity import Domain
    from stateful.calls import Action

# The public keys' owners: nothing here is secret (boomerang.chains.base.DEV_MNEMONIC).
_PRIVATE = {
    "alice": "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "bob": "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "carol": "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "dave": "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "erin": "47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
}
SIGNERS = {DEV_ACCOUNTS[name]: PrivateKey(bytes.fromhex(k)) for name, k in _PRIVATE.items()}
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@cache
def sign(who: str, digest: bytes) -> bytes:
    """The 65 bytes of an ECDSA signature."""
    made = SIGNERS[who].sign_msg_hash(digest)
    return made.to_bytes()[:64] + bytes([27 + made.v])


@cache
def recover(digest: bytes, signature: bytes) -> str:
    """Who signed, by the contract's rules: the zero address for what is no signature."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        return ZERO_ADDRESS
    if int.from_bytes(signature[32:64], "big") > ORDER // 2:
        return ZERO_ADDRESS
    try:
        made = Signature(signature[:64] + bytes([signature[64] - 27]))
        return str(made.recover_public_key_from_msg_hash(digest).to_checksum_address())
    except (BadSignature, ValidationError):
        return ZERO_ADDRESS


def by_code(who: str, digest: bytes) -> bytes:
    """What an account with the mock's code accepts as its signature."""
    return keccak(account(who) + digest)


_DOMAIN = keccak(
    text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)


def separator(name: str, chain_id: int, contract: str) -> bytes:
    """The domain separator of a contract, of version 1."""
    words = keccak(text=name) + keccak(text="1") + word(chain_id) + account(contract)
    return keccak(_DOMAIN + words)


_PERMIT = keccak(
    text="Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)


def permit(domain: bytes, owner: str, spender: str, value: int, nonce: int, deadline: int) -> bytes:
    """What to sign to let somebody move one's tokens (ERC-2612)."""
    words = account(owner), account(spender), word(value), word(nonce), word(deadline)
    return keccak(b"\x19\x01" + domain + keccak(_PERMIT + b"".join(words)))


class Signatures:
    """What registry and groups want signed, for each kind of request."""

    _SEAL = keccak(text="SealRequest(bytes25 id,bytes23 seal,bytes extra,uint256 deadline)")
    _REVOKE = keccak(text="RevokeRequest(bytes25 id,uint256 deadline)")
    _PUBLISH = keccak(
        text="PublishRequest(uint256 stake,bytes32 topic,bytes body,uint256 deadline)"
    )
    _OFFER = keccak(
        text="OfferRequest(bytes25 id,bytes25 target,bytes25 floor,uint8 depth,uint256 deadline)"
    )
    _DECLINE = keccak(text="DeclineRequest(bytes25 id,bytes25 offering,uint256 deadline)")
    _JOIN = keccak(text="JoinRequest(bytes25 id,bytes32 group,uint256 deadline)")

    def __init__(self, domain: Domain, groups: str) -> None:
        self._ids = domain
        self._registry = separator("Boomerang", domain.chain_id, domain.registry)
        self._groups = separator("Boomerang Groups", domain.chain_id, groups)

    def seal(self, id: bytes, seal: bytes, extra: bytes, deadline: int) -> bytes:
        """What to sign to have one's commitment sealed."""
        return self._hash(self._SEAL + left(id) + left(seal) + keccak(extra) + word(deadline))

    def revoke(self, id: bytes, deadline: int) -> bytes:
        """What to sign to have one's commitment revoked."""
        return self._hash(self._REVOKE + left(id) + word(deadline))

    def publish(self, stake: int, topic: bytes, body: bytes, deadline: int) -> bytes:
        """What to sign to have a commitment published."""
        words = word(stake) + topic + keccak(body) + word(deadline)
        return self._hash(self._PUBLISH + words)

    def offer(self, id: bytes, target: bytes, floor: bytes, depth: int, deadline: int) -> bytes:
        """What to sign to have an offer made that records exactly this floor and depth."""
        ids = left(id) + left(target) + left(floor)
        return self._hash(self._OFFER + ids + word(depth) + word(deadline))

    def decline(self, id: bytes, offering: bytes, deadline: int) -> bytes:
        """What to sign to have an offer declined, or all (zeros)."""
        return self._hash(self._DECLINE + left(id) + left(offering) + word(deadline))

    def join(self, id: bytes, ids: Sequence[bytes], deadline: int) -> bytes:
        """What to sign to have one's commitment join a group."""
        group = keccak(word(0x20) + word(len(ids)) + b"".join(left(i) for i in ids))
        request = self._JOIN + left(id) + group + word(deadline)
        return keccak(b"\x19\x01" + self._groups + keccak(request))

    def of(self, action: Action) -> tuple[str, bytes]:
        """Whose signature a relayed action needs, and of what."""
        name, a = action.name, action.args
        if name == "publishFor":
            committer, stake, topic, body, _, deadline, _ = a
            return committer, self.publish(stake, topic, body, deadline)
        key: Key = a[0]
        id = self._ids.commitment_id(key)
        kinds: dict[str, Callable[..., bytes]] = {
            "sealFor": self.seal,
            "revokeFor": self.revoke,
            "offerFor": self.offer,
            "declineFor": self.decline,
            "joinFor": self.join,
        }
        return key.committer, kinds[name](id, *a[1:-1])

    def signer(self, action: Action, coded: bool) -> str:
        """Who has signed a relayed action, as the contract finds it: the committer, where its code
        accepts the signature and that counts. `coded` says whether it has code.
        """
        committer, digest = self.of(action)
        signature: bytes = action.args[-1]
        counts = action.name not in ("sealFor", "revokeFor")
        if coded and counts and signature == by_code(committer, digest):
            return committer
        return recover(digest, signature)

    def id_of(self, action: Action) -> bytes:
        """The commitment that a relayed action is about."""
        if action.name == "publishFor":
            committer, stake, topic, body = action.args[:4]
            return self._ids.id_of(committer, stake, content_hash(topic, body))
        return self._ids.commitment_id(action.args[0])

    def _hash(self, message: bytes) -> bytes:
        return keccak(b"\x19\x01" + self._registry + keccak(message))
