"""A market in process, and intents that are signed there."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from boomerang.arenas.token import TestToken
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.intents import language
from boomerang.intents.client.deploy import UNIT
from boomerang.intents.relay.signed import SignedIntent
from boomerang.intents.service.gather import Gatherer
from intents.client.stage import SIGNERS, Stage

if TYPE_CHECKING:
    from boomerang.intents.client import State
    from boomerang.intents.message import Intent
    from boomerang.intents.service.gather import Gathered

SNIPPET = (
    "if exists swap $D -> $A at rate $A/$D <= 1000:\n"
    "    swap 500 $A -> $D\n"
    "else:\n"
    "    route 500 $A -> $D via A -> B -> D or A -> C -> D for at least 0.49 $D"
)
COUNTER = "swap 0.6 $D -> $A at rate $A/$D >= 990 in parts"
_NONCES = itertools.count(1)


class Market(Stage):
    """A stage, and what the service needs of it."""

    def __init__(self, chain: Any) -> None:
        super().__init__(chain)
        self.directory = self.deployment.directory(DEV_ACCOUNTS)

    @property
    def time(self) -> int:
        """The second that is next."""
        return self.chain.head().time + 1

    def program(self, text: str, who: str, **more: Any) -> Intent:
        """A text as somebody's intent."""
        maker = bytes.fromhex(DEV_ACCOUNTS[who][2:])
        more.setdefault("nonce", next(_NONCES))
        return language.parse(text, self.directory, maker, **more)

    def sign(self, text: str, who: str, **more: Any) -> SignedIntent:
        """The same, signed."""
        intent = self.program(text, who, **more)
        return SignedIntent.sign(intent, self.settlement.domain, SIGNERS[intent.maker])

    def post(self, text: str, who: str) -> int:
        """Post one; its number."""
        intent = self.program(text, who)
        self.done(self.settlement.tx_post(intent))
        entry = self.settlement.state().posted(intent.hash(self.settlement.domain))
        assert entry is not None
        return entry.number

    def strangers(self, amount: int) -> tuple[str, str]:
        """Two tokens without names; alice has so much of the first, bob of the second."""
        dave, made = DEV_ACCOUNTS["dave"], []
        for name, who in (("X", "alice"), ("Y", "bob")):
            (receipt,) = self.chain.mine(self.time, [TestToken.tx_deploy(dave, name, name)])
            token = TestToken(self.chain, str(receipt.contract))
            holder = DEV_ACCOUNTS[who]
            allow = self.settlement.tx_allow(bytes.fromhex(token.address[2:]), sender=holder)
            self.receipts(token.tx_mint(dave, holder, amount), allow)
            made.append(token.address)
        return made[0], made[1]

    def gather(self, *signed: SignedIntent, state: State | None = None) -> Gathered:
        """An auction of these, now."""
        gatherer = Gatherer(self.settlement, self.registry, self.directory)
        return gatherer.gather(state or self.settlement.state(), signed, self.time)


__all__ = ["COUNTER", "SNIPPET", "UNIT", "Market"]
