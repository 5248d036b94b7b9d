"""An auction that was gathered on a chain, as a file that `boomerang solve` reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from eth_utils.address import to_checksum_address

from boomerang.intents.auction.solution import decimal_text

if TYPE_CHECKING:
    from boomerang.intents.auction import Auction


def dump(auction: Auction) -> str:
    """The file's text, as JSON; `auction.parse` gives the same auction back."""
    names = {address: token.name for address, token in auction.tokens.items()}
    data: dict[str, Any] = {
        "name": auction.name,
        "time": auction.time,
        "tokens": {
            token.name: {
                "decimals": token.decimals,
                "address": to_checksum_address(token.address),
            }
            for token in auction.tokens.values()
        },
        "prices": {
            token.name: decimal_text(token.price * 10**token.decimals)
            for token in auction.tokens.values()
        },
        "pools": [
            {
                "id": pool.id,
                "tokens": [names[token] for token in pool.tokens],
                "reserves": [str(units) for units in pool.reserves],
                "feeBps": int(pool.fee * 10_000),
                "address": to_checksum_address(pool.address),
                "touched": pool.touched,
            }
            for pool in auction.pools
        ],
        "outcomes": {
            f"0x{known.hex()}": "kept" if kept else "reverted"
            for known, kept in auction.outcomes.items()
        },
        "intents": [
            {
                "id": item.id,
                "message": item.intent.to_message(),
                **({"book": True, "left": str(item.left)} if item.book else {}),
            }
            for item in auction.items
        ],
    }
    return json.dumps(data, indent=2) + "\n"


__all__ = ["dump"]
