"""How this package sends a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.chains.base import CallReverted
from boomerang.errors import decode_error

if TYPE_CHECKING:
    from boomerang.chains.base import Chain, Receipt, Signer, Tx


def sent(chain: Chain, tx: Tx, signer: Signer | None = None) -> Receipt:
    """The receipt of a transaction that was accepted. Raises what it was refused with."""
    try:
        receipt = chain.send(tx, signer)
    except CallReverted as error:
        raise decode_error(error.data) from None
    if not receipt.ok:
        raise decode_error(receipt.output)
    return receipt
