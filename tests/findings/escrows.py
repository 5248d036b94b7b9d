"""Escrows on the stage: contents with clauses, published, kept, executed.

Honest money lies in the enforcer from the beginning: Eve's, in a commitment of its own that nobody
has settled. An attack succeeds where that shrinks, or where somebody gets what is another's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boomerang import artifacts
from boomerang.chains.base import Receipt, Tx
from boomerang.client.abi import Interface
from boomerang.content import Asset, Clauses, Content, Payment
from boomerang.errors import decode_error
from boomerang.identity import ZERO_ADDRESS
from findings.stage import DAVE, EVE, KEEP, TOPIC, Commitment, Stage

if TYPE_CHECKING:
    from findings.variants import Variant

ENFORCER = Interface(artifacts.load("Enforcer"))
TOKEN = Interface(artifacts.load("TestToken"))
ETHER = ZERO_ADDRESS
HONEST = 10**18


class Escrows(Stage):
    def __init__(self, variant: Variant | None = None) -> None:
        super().__init__(variant)
        self.enforcer: str = self.view("enforcer")

    # ------------------------------------------------------------------ tokens

    def token(self, creation: bytes | None = None) -> str:
        """A new token: an honest one, or another that has `mint`."""
        contract = self.deploy(creation or TOKEN.creation("Gold", "AU")).contract
        assert contract is not None
        return contract

    def allow(self, who: str, token: str, amount: int) -> None:
        """`who` has so much of it, and lets the enforcer take it."""
        functions = TOKEN.functions
        self.next(
            Tx(who, token, functions["mint"].encode(who, amount)),
            Tx(who, token, functions["approve"].encode(self.enforcer, amount)),
        )

    def tokens_of(self, who: str, token: str) -> int:
        if token == ETHER:
            return self.balance(who)
        function = TOKEN.functions["balanceOf"]
        tx = Tx(who, token, function.encode(who))
        answer: int = function.decode(self.chain.call(tx, at=self.chain.head().time))
        return answer

    # ------------------------------------------------------------------ commitments with clauses

    @property
    def latest(self) -> int:
        """The earliest deadline of what is published within the next ten seconds."""
        p = self.parameters
        settlement = (2 * p["maxDepth"] + 1) * (p["period"] - p["offerCutoff"]) + p["revealWindow"]
        return int(self.chain.head().time + 10 + p["period"] + settlement)

    def agree(self, who: str, clauses: Clauses, nonce: int = 0) -> Commitment:
        """Published, with ether and allowances for its escrow."""
        c = self.with_content(who, Content(TOPIC, b"I pay", clauses), nonce)
        ether = 0
        for asset in clauses.escrow:
            if asset.token == ETHER:
                ether = asset.amount
            else:
                self.allow(who, asset.token, asset.amount)
        self.next(self.publish(c, value=ether))
        return c

    def honest(self, token: str = ETHER) -> Commitment:
        """Eve's money, for Dave."""
        payment = Payment(DAVE, token, HONEST)
        return self.agree(EVE, Clauses((Asset(token, HONEST),), (payment,)), nonce=99)

    def keep(self, *commitments: Commitment) -> None:
        """All of them, to Kept, at once."""
        self.at(self.second + 5, *(self.seal(c, KEEP) for c in commitments))
        self.at(self.second + 60, *(self.open(c, KEEP) for c in commitments))

    # ------------------------------------------------------------------ the enforcer's actions

    def act(
        self,
        who: str,
        function: str,
        c: Commitment,
        last: Any = ETHER,
        gas: int | None = None,
    ) -> Tx:
        """`execute` (`last`: to whom the tip goes), `retry` or `release` (the call's index)."""
        data = ENFORCER.functions[function].encode(c.abi, c.content.topic, c.content.body, last)
        return Tx(who, self.enforcer, data, gas=gas)

    def try_now(self, tx: Tx) -> Receipt:
        """In a block of its own; it may fail."""
        return self.attempt(self.second + 1, tx)[0]

    def outstanding(self, c: Commitment) -> int:
        found: int = self.enforcer_view("outstanding", self.id(c))
        return found

    def enforcer_view(self, function: str, *arguments: Any) -> Any:
        tx = Tx(EVE, self.enforcer, ENFORCER.functions[function].encode(*arguments))
        return ENFORCER.functions[function].decode(self.chain.call(tx, at=self.chain.head().time))


def error_of(receipt: Receipt) -> Exception:
    assert not receipt.ok
    return decode_error(receipt.output)
