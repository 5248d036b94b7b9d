"""Sending many transactions that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.chains.base import CallReverted
from boomerang.errors import decode_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boomerang.chains.base import Chain, Receipt, Signer, Tx


def sent_together(chain: Chain, txs: Sequence[Tx], signer: Signer | None = None) -> list[Receipt]:
    """Send many, in their order: on test chains that make blocks on demand in one block, elsewhere
    without waiting between them, so that a node's clock need not run ahead of the blocks. They must
    not depend on one another where a node estimates gas. Raises what the first was refused with.
    """
    if not txs:
        return []
    submit = getattr(chain, "submit", None)
    receipts: Iterable[Receipt]
    if signer is None and _on_demand(chain):
        receipts = chain.mine(max(chain.now(), chain.head().time + 1), txs)
    elif submit is None:
        receipts = (chain.send(tx, signer) for tx in txs)
    else:
        try:
            hashes = [submit(tx, signer) for tx in txs]
        except CallReverted as error:
            raise decode_error(error.data) from None
        receipts = (chain.wait(tx_hash) for tx_hash in hashes)  # type: ignore[attr-defined]
    return [_accepted(receipt) for receipt in receipts]


def _accepted(receipt: Receipt) -> Receipt:
    if not receipt.ok:
        raise decode_error(receipt.output)
    return receipt


def _on_demand(chain: Chain) -> bool:
    """Whether nobody else makes blocks here."""
    from boomerang.chains.anvil import AnvilChain

    return chain.kind in ("pyrevm", "tester") or isinstance(chain, AnvilChain)


__all__ = ["sent_together"]
