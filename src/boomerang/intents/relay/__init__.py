"""A relay for intents: it takes signed programs, keeps them, and hands them to whoever solves.

    signed      message, domain and signature as strict JSON; the maker's request to forget one
    desk        the rules of taking, giving and forgetting; store, limits, chain are its parts
    app         HTTP; `server` runs it
    client      the other side

It is a convenience, not a party: anybody may run one, and nothing on chain knows of it.
"""
