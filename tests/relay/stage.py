"""Where relays are tried: a registry, tokens, the real Permit2, smart accounts, and who is about.

Alice signs and never sends. Bob relays. Mallory tries what she can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boomerang.artifacts import load
from boomerang.chains.base import DEV_ACCOUNTS, Receipt, Tx
from boomerang.chains.embedded import EmbeddedChain
from boomerang.chains.signers import dev_signer
from boomerang.client import Erc20, Registry
from boomerang.client.abi import Interface
from boomerang.content import Asset, Clauses, Content, Payment, by_token
from boomerang.errors import decode_error
from boomerang.identity import ZERO_ADDRESS, Key
from boomerang.parameters import Parameters
from boomerang.relay.messages import PERMIT2
from boomerang.relay.requests import PublishRequest
from findings.variants import attacker
from relay import permit2

if TYPE_CHECKING:
    from boomerang.chains.base import Chain
    from boomerang.relay.requests import Request

ALICE, BOB, CAROL, DAVE, EVE, MALLORY = list(DEV_ACCOUNTS.values())[:6]
SIGNER = dev_signer("alice")
FOREVER = (1 << 256) - 1
BOND, FEE, ETHER = 1000, 10, 50
TOKEN = Interface(load("TestToken"))
WALLET = attacker("SmartWallet")
IMPOSTOR = attacker("AttackWallet")


class Relays:
    """A registry with a fee, on a chain of its own or the one given."""

    def __init__(self, chain: Chain | None = None, registry: Registry | None = None) -> None:
        self.chain = chain or (registry.chain if registry else EmbeddedChain())
        self.registry = registry or Registry.deploy(self.chain, Parameters(fee=FEE), sender=CAROL)
        self.enforcer = self.registry.contracts.enforcer
        self._nonces = iter(range(1, 1000))
        permit2.install(self.chain)

    # --------------------------------------------------------------------------- contracts

    def deploy(self, interface: Interface, *values: Any) -> str:
        receipt = self.done(Tx(CAROL, None, interface.creation(*values)))
        assert receipt.contract is not None
        return receipt.contract

    def token(self, owner: str, amount: int = 10**21) -> str:
        """A new token, of which the owner has some."""
        token = self.deploy(TOKEN, "Gold", "GOLD")
        self.done(Tx(CAROL, token, TOKEN.functions["mint"].encode(owner, amount)))
        return token

    def tokens(self, owner: str, count: int = 2) -> list[str]:
        """Some, in ascending order, as an escrow wants them."""
        return sorted((self.token(owner) for _ in range(count)), key=lambda token: int(token, 16))

    def wallet(self, owner: str = ALICE) -> str:
        """A smart account of the owner's, with some ether."""
        wallet = self.deploy(Interface(WALLET.artifact()), owner)
        self.chain.set_balance(wallet, 10**18)
        return wallet

    def impostor(self, answer: bytes, refuses: bool = False) -> str:
        """Code that answers everything like this, ERC-1271's question too."""
        return self.deploy(Interface(IMPOSTOR.artifact()), answer, refuses)

    def perform(self, wallet: str, owner: str, tx: Tx) -> Tx:
        """What the wallet's owner sends to have the wallet send this."""
        functions = Interface(WALLET.artifact()).functions
        return Tx(owner, wallet, functions["perform"].encode(tx.to, tx.value, tx.data))

    # ------------------------------------------------------------------------ transactions

    def done(self, tx: Tx) -> Receipt:
        """Sent in the next second. Raises the error that it was refused with."""
        receipt = self.chain.send(tx)
        if not receipt.ok:
            raise decode_error(receipt.output)
        return receipt

    def at(self, time: int, *txs: Tx) -> None:
        """One block at that second. Raises as `done` does."""
        for receipt in self.chain.mine(time, txs):
            if not receipt.ok:
                raise decode_error(receipt.output)

    def raw(self, request: Request, sender: str = BOB) -> Receipt:
        """Sent as it is, past the checks that the client makes before it sends."""
        return self.done(self.registry.tx_relay(request, sender=sender))

    def approve(self, token: str, owner: str, spender: str, amount: int) -> None:
        self.done(Erc20(self.chain, token).tx_approve(owner, spender, amount))

    def let_permit2(self, owner: str, *tokens: str) -> None:
        """The allowance that everybody gives Permit2 once."""
        for token in tokens:
            self.approve(token, owner, PERMIT2, FOREVER)

    def balance(self, token: str, account: str) -> int:
        return Erc20(self.chain, token).balance_of(account)

    # ----------------------------------------------------------------------- publications

    def content(self, *tokens: str, ether: int = ETHER, amount: int = 7) -> Content:
        """Ether and so much of each token in escrow; all of it is paid to Dave if it is kept."""
        assets = [Asset(token, amount) for token in tokens]
        if ether:
            assets.append(Asset(ZERO_ADDRESS, ether))
        escrow = by_token(assets)
        payments = tuple(Payment(DAVE, asset.token, asset.amount) for asset in escrow)
        return Content(b"\x01" * 32, b"I share", Clauses(escrow, payments))

    def key(self, content: Content, committer: str = ALICE) -> Key:
        return content.key(committer, next(self._nonces), BOND)

    def publication(
        self,
        content: Content,
        key: Key,
        funding: bytes = b"",
        deadline: int = FOREVER,
        signer: Any = SIGNER,
    ) -> PublishRequest:
        """Signed by the committer, or for a smart account by whose key its code listens to."""
        request = PublishRequest(
            chain_id=self.chain.chain_id,
            registry=self.registry.address,
            committer=key.committer,
            stake=key.stake,
            topic=content.topic,
            body=content.body,
            funding=funding,
            deadline=deadline,
        )
        return signed(request, signer)

    def own(self, key: Key) -> dict[str, Any]:
        """The fields of a request about this commitment, but for the deadline."""
        return {
            "chain_id": self.chain.chain_id,
            "registry": self.registry.address,
            "committer": key.committer,
            "stake": key.stake,
            "content_hash": key.content_hash,
        }


def registry_of(interface: Interface) -> Registry:
    """A registry by other code: a variant of it, on a chain of its own."""
    chain = EmbeddedChain()
    values = tuple(Parameters(fee=FEE).to_abi().values())
    (receipt,) = chain.mine(chain.now() + 1, [Tx(CAROL, None, interface.creation(values))])
    assert receipt.contract is not None
    return Registry(chain, receipt.contract, sender=CAROL)


def signed(request: Any, signer: Any = SIGNER) -> Any:
    """With this key's signature, whoever the committer is."""
    signature = request.message.sign(request.domain, signer)
    return request.model_copy(update={"signature": signature})
