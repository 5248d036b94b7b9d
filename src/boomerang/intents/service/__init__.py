"""A solver as a service: gather intents, solve, simulate, send, wait; again and again.

    mirror      the book and all fills, block by block, through reorganisations
    gather      an auction of what the book and relays hold now
    batches     from a solver's plan to what `settle` takes
    loop        the rounds; keeper's nodes, sender, health are its parts
    reasons     why an intent is not filled, and what would fill it

It is trusted with nothing: the contract checks every batch.
"""
