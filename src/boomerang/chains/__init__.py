"""What the protocol runs on. `base` says what a chain is; `connect` makes one of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boomerang.chains.base import (
    Block,
    CallReverted,
    Chain,
    ChainFault,
    Log,
    NodeError,
    NotSupported,
    Receipt,
    Signer,
    Tx,
    TxRejected,
    UnknownBlock,
    UnknownSnapshot,
    WrongBlockTime,
)
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Block",
    "CallReverted",
    "Chain",
    "ChainFault",
    "Log",
    "NodeError",
    "NotSupported",
    "Receipt",
    "Signer",
    "Tx",
    "TxRejected",
    "UnknownBlock",
    "UnknownSnapshot",
    "WrongBlockTime",
    "connect",
]


def connect(spec: str, **options: Any) -> Chain:
    """A chain by name.

    - "pyrevm" or "embedded": in memory; "pyrevm:PATH": kept in that file (`EmbeddedChain.open`)
    - "tester": eth-tester
    - "anvil": a node that is started now and stopped by `close`
    - "http://…" or "https://…": that node
    - whatever ape calls a network, "ethereum:local:foundry" or "::test": ape's provider

    `options` go to the chain's constructor. Close the chain when done. Raises InvalidInput for a
    name that nothing is known by, and ChainFault.
    """
    scheme, _, rest = spec.partition(":")
    chain: Chain
    if scheme in ("pyrevm", "embedded"):
        from boomerang.chains.embedded import EmbeddedChain

        chain = EmbeddedChain.open(rest, **options) if rest else EmbeddedChain(**options)
    elif spec == "tester":
        from boomerang.chains.tester import TesterChain

        chain = TesterChain(**options)
    elif spec == "anvil":
        from boomerang.chains.anvil import AnvilChain

        chain = AnvilChain(**options)
    elif spec.startswith(("http://", "https://")):
        from boomerang.chains.node import NodeChain

        chain = NodeChain(spec, **options)
    elif ":" in spec:
        chain = _connect_ape(spec)
    else:
        raise InvalidInput(
            f"no chain {spec!r}: pyrevm, tester, anvil, a URL, or a network choice of ape"
        )
    return chain


def active_ape_chain() -> Chain:
    """The chain of the provider that ape is connected to, in `ape run` for instance."""
    from ape import networks

    provider = networks.active_provider
    if provider is None:
        raise ChainFault("ape is not connected to any network")
    return _from_provider(provider, None)


def _connect_ape(spec: str) -> Chain:
    from ape import networks
    from ape.exceptions import ApeException

    try:
        manager = networks.parse_network_choice(spec)
        provider = manager.__enter__()
    except ApeException as error:
        raise NodeError(spec, f"ape cannot connect: {error}") from None

    def leave() -> None:
        manager.__exit__(None, None, None)

    try:
        return _from_provider(provider, leave)
    except BaseException:
        leave()
        raise


def _from_provider(provider: Any, leave: Callable[[], None] | None) -> Chain:
    # First: ape's in-process provider names an address as well, at which nobody listens.
    tester = getattr(provider, "tester", None)
    if tester is not None:
        from boomerang.chains.tester import TesterChain

        return TesterChain(backend=tester.ethereum_tester.backend, on_close=leave)
    url = getattr(provider, "http_uri", None) or getattr(provider, "uri", None)
    if isinstance(url, str) and url.startswith(("http://", "https://")):
        from boomerang.chains.node import NodeChain

        return NodeChain(url, on_close=leave)
    raise NodeError(str(provider), "this provider of ape has no address that can be used")
