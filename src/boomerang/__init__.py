"""Boomerang: credible commitments for agents on Ethereum.

The pure core (no chain, no network) is in `identity`, `content`, `decisions`, `parameters`,
`errors` and `model`; everything else is built on it.
"""

__version__ = "0.1.0"
