"""Chains: what the protocol runs on. `base` says what a chain is, the others are the kinds."""
