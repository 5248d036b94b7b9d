"""Deploying: a settlement beside what is there already, or a whole market to play on.

The market is that of the source document's picture: four tokens A, B, C and D, and Uniswap's pools
A-B, A-C, B-D and C-D, so that D costs about 1,000 A by either of two ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from boomerang.arenas.token import TestToken
from boomerang.intents.client.contracts import raw
from boomerang.intents.client.deployments import Deployment
from boomerang.intents.client.dryrun import DryRun
from boomerang.intents.client.sending import sent_together
from boomerang.intents.client.settlement import Settlement
from boomerang.intents.client.uniswap import PAIR_CODE_HASH, Factory
from boomerang.intents.language.directory import Token

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boomerang.chains.base import Chain, Signer

DECIMALS: Final = 18
UNIT: Final = 10**DECIMALS
POOLS: Final = (
    (("A", 50_000), ("B", 50_000)),
    (("A", 50_000), ("C", 50_000)),
    (("B", 50_000), ("D", 50)),
    (("C", 50_000), ("D", 50)),
)
"""The two tokens of each pool, and how many of them are in it at first."""
HOLDINGS: Final = {"A": 1_000_000, "B": 1_000_000, "C": 1_000_000, "D": 1_000}
"""What each holder gets."""


def deploy_settlement(
    chain: Chain,
    registry: str,
    factory: str,
    pair_code_hash: bytes = PAIR_CODE_HASH,
    tokens: Sequence[Token] = (),
    *,
    sender: str | None = None,
    signer: Signer | None = None,
) -> Deployment:
    """A settlement and its dry run on any network, beside a registry and a Uniswap V2 factory that
    are there. `tokens`: those that are to have names.
    """
    settlement = Settlement.deploy(
        chain, registry, factory, pair_code_hash, sender=sender, signer=signer
    )
    dry_run = DryRun.deploy(chain, settlement.address, sender=sender, signer=signer)
    return Deployment(
        chain.chain_id,
        settlement.address,
        registry,
        factory,
        pair_code_hash,
        tuple(tokens),
        dry_run.address,
        settlement.from_block,
    )


def deploy_market(
    chain: Chain,
    registry: str,
    *,
    holders: Iterable[str] = (),
    sender: str | None = None,
    signer: Signer | None = None,
) -> Deployment:
    """Everything that intents need, new: four tokens that anybody may mint, Uniswap with four
    pools, and a settlement. Each holder gets HOLDINGS, and allows nothing. Raises UniswapNotFound.
    """
    who = sender or (signer.address if signer else chain.accounts()[0])
    first = [TestToken.tx_deploy(who, f"Test Token {name}", name) for name in HOLDINGS]
    *made, uniswap = sent_together(chain, [*first, Factory.tx_deploy(who)], signer)
    tokens = {
        name: TestToken(chain, str(receipt.contract))
        for name, receipt in zip(HOLDINGS, made, strict=True)
    }
    factory = Factory(chain, str(uniswap.contract))
    pairs = [factory.at(*(tokens[name].address for name, _ in sides)) for sides in POOLS]

    paid = [
        (tokens[name], pair.address, amount)
        for pair, sides in zip(pairs, POOLS, strict=True)
        for name, amount in sides
    ]
    given = [(tokens[name], to, amount) for to in holders for name, amount in HOLDINGS.items()]
    sent_together(
        chain,
        [factory.tx_create_pair(pair.token0, pair.token1, who) for pair in pairs]
        + [token.tx_mint(who, to, amount * UNIT) for token, to, amount in paid + given],
        signer,
    )
    sent_together(chain, [pair.tx_mint(who) for pair in pairs], signer)
    named = [Token(name, raw(token.address), DECIMALS) for name, token in tokens.items()]
    return deploy_settlement(
        chain, registry, factory.address, tokens=named, sender=sender, signer=signer
    )


__all__ = ["DECIMALS", "HOLDINGS", "POOLS", "UNIT", "deploy_market", "deploy_settlement"]
