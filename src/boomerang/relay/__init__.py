"""Relays: what one signs so that another may send it.

    messages    the EIP-712 messages themselves, permits of tokens among them
    requests    a message with its signature and all that a relayer needs; JSON files
    fundings    how a publication's tokens come: allowances, ERC-2612 permits, Permit2

All of it is pure. `boomerang.client` sends them.
"""
