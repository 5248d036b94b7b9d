"""Where the client is tried: a registry, the market of the devnet, and signers.

Alice sells A for D, bob sells D for A, carol goes round by B; dave settles. What happens is mined
at given seconds, so that every kind of chain sees the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from boomerang.artifacts import Artifact
from boomerang.chains.base import DEV_ACCOUNTS, Tx
from boomerang.chains.signers import dev_signer
from boomerang.client import Registry
from boomerang.intents.batch import Order
from boomerang.intents.client import Settlement
from boomerang.intents.client.contracts import raw
from boomerang.intents.client.deploy import deploy_market
from boomerang.intents.message import Branch, Guard, GuardKind, Intent
from boomerang.parameters import Parameters

if TYPE_CHECKING:
    from boomerang.chains import Chain
    from boomerang.intents.client import Done

ALICE, BOB, CAROL, DAVE = (DEV_ACCOUNTS[name] for name in ("alice", "bob", "carol", "dave"))
SIGNERS = {raw(DEV_ACCOUNTS[name]): dev_signer(name) for name in ("alice", "bob", "carol")}
ROOT = Path(__file__).parents[3]
EXISTS = Guard(GuardKind.EXISTS)


def mock(name: str) -> Artifact:
    """A contract of contracts/mocks, as `tools/build_artifacts.py --all` compiled it."""
    raw_code = json.loads((ROOT / "build" / "artifacts" / f"{name}.json").read_text("utf-8"))
    code = (bytes.fromhex(raw_code[part][2:]) for part in ("bytecode", "deployedBytecode"))
    return Artifact(name, tuple(raw_code["abi"]), *code)


class Stage:
    """A market on a chain; alice, bob and carol have allowed everything."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.registry = Registry.deploy(chain, Parameters(seal_delay=30), sender=DAVE)
        holders = (ALICE, BOB, CAROL)
        self.deployment = deploy_market(chain, self.registry.address, holders=holders, sender=DAVE)
        self.settlement = Settlement(
            chain,
            self.deployment.settlement,
            sender=DAVE,
            dry_run=self.deployment.dry_run,
            from_block=self.deployment.from_block,
        )
        self.tokens = {token.name: token.address for token in self.deployment.tokens}
        self.done(
            *(
                self.settlement.tx_allow(token, sender=who)
                for who in holders
                for token in self.tokens.values()
            )
        )

    # ---------------------------------------------------------------------- transactions

    def receipts(self, *txs: Tx) -> list[Done]:
        """All in one block, a second after the last."""
        mined = self.chain.mine(self.chain.head().time + 1, txs)
        return [self.settlement.outcome(receipt) for receipt in mined]

    def done(self, *txs: Tx) -> Done:
        """What became of the last of them."""
        return self.receipts(*txs)[-1]

    # ---------------------------------------------------------------------------- intents

    def branch(self, buy: str, least: int, *guards: Guard, via: tuple[str, ...] = ()) -> Branch:
        """A direct swap, or a route by paths such as "ABD"."""
        paths = tuple(tuple(self.tokens[name] for name in path) for path in via)
        return Branch(self.tokens[buy], least, guards, paths)

    def intent(
        self,
        maker: str,
        amount: int,
        sell: str,
        *branches: Branch,
        whole: bool = True,
        nonce: int = 0,
    ) -> Intent:
        """A program."""
        return Intent(raw(maker), self.tokens[sell], amount, branches, whole, nonce)

    def order(self, intent: Intent, given: int | None = None) -> Order:
        """Signed by its maker."""
        signature = self.settlement.sign(intent, SIGNERS[intent.maker])
        return Order.of(intent, signature, given)

    def balance(self, who: str, token: str) -> int:
        """Of a token by its name, in its smallest unit."""
        return self.settlement.token(self.tokens[token]).balance_of(who)

    def balances(self) -> dict[tuple[str, str], int]:
        """Everybody's, of everything."""
        return {
            (name, token): self.balance(DEV_ACCOUNTS[name], token)
            for name in ("alice", "bob", "carol", "dave")
            for token in self.tokens
        }
