"""A solver as a service: gather intents, solve, simulate, send, wait; again and again.

    mirror      the book and all fills, block by block, through reorganisations
    gather      an auction of what the book and relays hold now
    batches     from a solver's plan to what `settle` takes
    solving     solve and simulate; loop the rounds; telling what is seen from outside
    files       what was gathered as an auction file
    reasons     why an intent is not filled, and what would fill it

It is trusted with nothing: the contract checks every batch.
"""
