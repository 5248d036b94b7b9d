"""Chains by name, who acts on them, and which registry is meant."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from boomerang.chains.base import DEV_ACCOUNTS, CallReverted, Tx
from boomerang.errors import InvalidInput, decode_error
from boomerang.identity import ZERO_ADDRESS
from boomerang.identity import address as checksummed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from boomerang.chains.base import Block, Chain, Receipt, Signer
    from boomerang.cli.options import App
    from boomerang.client import Done, Event, Registry, State
    from boomerang.identity import Key
    from boomerang.parameters import Parameters

DEPLOYMENTS = "deployments.json"
EMBEDDED_FILE = "embedded.chain"
TEST_KINDS = {"pyrevm", "tester", "anvil"}

_DEV_NAMES = {address: name for name, address in DEV_ACCOUNTS.items()}


class NoRegistry(InvalidInput):
    """No registry is known on this network."""


class NoAccount(InvalidInput):
    """Nobody was named who could act."""


@dataclass(frozen=True)
class Actor:
    """Who sends: an address, and a signer where the chain does not hold the key."""

    address: str
    signer: Signer | None = None


@dataclass
class Connection:
    """A chain that is open, with what the command line needs of it."""

    app: App
    network: str
    chain: Chain
    remembered: str | None = None
    closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def harmless(self) -> bool:
        """Whether nothing of value can be lost here."""
        return self.chain.kind in TEST_KINDS

    def close(self) -> None:
        """Let go of it."""
        self.chain.close()
        self.closing.close()

    # ---------------------------------------------------------------- the registry

    @cached_property
    def registry(self) -> Registry:
        """The registry in use; checked to be one."""
        from boomerang.client import Registry

        found = self.app.registry or self.remembered
        if found is None:
            raise NoRegistry(
                f"no registry is known on {self.network}: boomerang deploy makes one, "
                "--registry names one"
            )
        asks = next(iter(self.chain.accounts()), ZERO_ADDRESS)
        registry = Registry(self.chain, checksummed(found), sender=asks)
        if not self.chain.code(registry.address):
            raise NoRegistry(
                f"there is no contract at {registry.address} on {self.network} "
                f"(chain {self.chain.chain_id})"
            )
        return registry

    def deploy(self, parameters: Parameters) -> tuple[str, Receipt]:
        """Deploy a registry: its address and the receipt."""
        from boomerang.client import Registry

        actor = self.anyone()
        receipt = self.send(Registry.tx_deploy(actor.address, parameters), actor)
        if receipt.contract is None:
            raise decode_error(receipt.output)
        return receipt.contract, receipt

    def remember(self, registry: str) -> None:
        """Use this registry on this network from now on."""
        entry = {"registry": registry, "chainId": self.chain.chain_id}
        self.app.store.update_json(DEPLOYMENTS, lambda value: value.update({self.network: entry}))
        self.remembered = registry

    @cached_property
    def history(self) -> list[Event]:
        """Everything that the registry has logged."""
        return self.registry.history()

    @cached_property
    def state(self) -> State:
        """What it comes to."""
        from boomerang.client import State

        return State.from_events(self.registry.domain, self.registry.parameters(), self.history)

    def forget(self) -> None:
        """Read the chain anew when next asked."""
        self.__dict__.pop("history", None)
        self.__dict__.pop("state", None)

    def known_ids(self) -> Sequence[bytes]:
        """Every commitment there is."""
        return list(self.state.commitments)

    # ---------------------------------------------------------------- accounts

    def actor(self) -> Actor:
        """Who `--account` names. Refuses where nobody is named."""
        name = self.app.account
        if name is None:
            raise NoAccount(f"--account is needed: who acts?{self._who()}")
        plain = name in DEV_ACCOUNTS or name.startswith("0x")
        if self.harmless and (plain or self.network == "embedded"):
            return Actor(self.address(name))
        if name in DEV_ACCOUNTS:
            held = DEV_ACCOUNTS[name]
            if held in self.chain.accounts():
                return Actor(held)
            raise NoAccount(f"{name} is an account of test chains only: its key is public")
        if name.startswith("0x") and checksummed(name) in self.chain.accounts():
            return Actor(checksummed(name))
        from boomerang.chains.signers import ape_signer

        signer = ape_signer(name)
        return Actor(signer.address, signer)

    def actor_for(self, key: Key) -> Actor:
        """Who acts on a commitment: `--account`, or on test chains its owner."""
        if self.app.account is None and self.harmless:
            return Actor(key.committer)
        return self.actor()

    def anyone(self) -> Actor:
        """Who does what anybody may: `--account`, or on test chains the last of the accounts."""
        if self.app.account is None and self.harmless:
            return Actor(self.chain.accounts()[-1])
        return self.actor()

    def address(self, name: str) -> str:
        """The address of a development account, or one written out."""
        if name in DEV_ACCOUNTS and (self.harmless or DEV_ACCOUNTS[name] in self.chain.accounts()):
            return DEV_ACCOUNTS[name]
        if name.startswith("0x"):
            return checksummed(name)
        raise NoAccount(f"there is no account {name!r} here.{self._who()}")

    def who(self, address: str) -> str:
        """An address for people: a development account's name, or its first digits."""
        if self.harmless and address in _DEV_NAMES:
            return _DEV_NAMES[address]
        return f"{address[:6]}…{address[-4:]}"

    def _who(self) -> str:
        return f" There are {few(DEV_ACCOUNTS)}" if self.harmless else ""

    # ---------------------------------------------------------------- sending

    def send(self, tx: Tx, actor: Actor, on_sent: Callable[[str], None] | None = None) -> Receipt:
        """Send one transaction and wait for it. Raises the registry's error where it is refused.

        `on_sent` is told the hash as soon as there is one, on chains where that is before the end.
        """
        try:
            submit = getattr(self.chain, "submit", None)
            if submit is None or self.harmless:
                receipt = self.chain.send(tx, actor.signer)
            else:
                tx_hash: bytes = submit(tx, actor.signer)
                if on_sent is not None:
                    on_sent("0x" + tx_hash.hex())
                receipt = self.chain.wait(tx_hash)  # type: ignore[attr-defined]
        except CallReverted as error:
            raise decode_error(error.data) from None
        finally:
            self.forget()
        if not receipt.ok:
            raise decode_error(receipt.output)
        return receipt

    def act(self, tx: Tx, actor: Actor, on_sent: Callable[[str], None] | None = None) -> Done:
        """Send a transaction of the registry's; with what it logged."""
        return self.registry.outcome(self.send(tx, actor, on_sent))

    # ---------------------------------------------------------------- reorganisations

    def blocks_since(self, moment: int, enough: int) -> int:
        """How many blocks of this second or later stand, counted up to `enough`."""
        head = self.chain.head()
        block: Block = head
        count = 0
        while count < enough and block.time >= moment:
            count += 1
            if block.number == 0:
                break
            block = self.chain.block(block.number - 1)
        return count


def connect(app: App) -> Connection:
    """Open the chain that `--network` names."""
    network = app.network
    remembered = app.store.read_json(DEPLOYMENTS).get(network)
    registry = remembered["registry"] if isinstance(remembered, dict) else None
    if network == "embedded":
        from boomerang.chains.embedded import EmbeddedChain

        embedded = EmbeddedChain.open(embedded_file(app))
        return Connection(app, network, embedded, registry)
    if network == "devnet":
        from boomerang import devnet
        from boomerang.chains.node import NodeChain

        info = devnet.find(app.store.path)
        return Connection(app, network, NodeChain(info.url), info.registry)
    if network.startswith(("http://", "https://")):
        from boomerang.chains.node import NodeChain

        connection = Connection(app, network, NodeChain(network), registry)
    elif ":" in network:
        connection = _through_ape(app, network, registry)
    else:
        raise InvalidInput(
            f"no network {network!r}: embedded, devnet, http(s)://…, or one of ape's such as "
            "ethereum:sepolia:node"
        )
    chain_id = connection.chain.chain_id
    if isinstance(remembered, dict) and remembered.get("chainId") != chain_id:
        connection.remembered = None
    return connection


def few(names: Iterable[str], most: int = 6) -> str:
    """The first of many names."""
    listed = list(names)
    return ", ".join(listed[:most]) + (", …" if len(listed) > most else "")


def embedded_file(app: App) -> Path:
    """Where the embedded chain is kept."""
    return app.store.path / EMBEDDED_FILE


def put_embedded_aside(app: App) -> tuple[Path | None, list[str]]:
    """Rename the embedded chain's file, so that a new one begins; where it went, and which names
    of commitments were forgotten with it.
    """
    from boomerang.cli.names import forget_places

    path = embedded_file(app)
    forgotten = forget_places(app.store, _registries(app, path).__contains__)
    app.store.update_json(DEPLOYMENTS, lambda value: value.pop("embedded", None) and None)
    if not path.exists():
        return None, forgotten
    aside = path.with_name(f"{path.name}.{time.strftime('%Y%m%d-%H%M%S')}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.{time.strftime('%Y%m%d-%H%M%S')}-{number}")
    path.rename(aside)
    return aside, forgotten


def _registries(app: App, path: Path) -> set[str]:
    """The registries of the embedded chain that have names, as the address book keys them."""
    from boomerang.chains.base import ChainFault
    from boomerang.chains.embedded import EmbeddedChain
    from boomerang.cli.names import FILE

    entry = app.store.read_json(DEPLOYMENTS).get("embedded")
    found = {f"{entry['chainId']}:{entry['registry']}"} if isinstance(entry, dict) else set()
    if path.exists():
        # A damaged chain can be put aside too: then the registry last used is all that is known.
        with contextlib.suppress(ChainFault), EmbeddedChain.open(path) as chain:
            for place in app.store.read_json(FILE):
                chain_id, _, address = place.partition(":")
                if chain_id == str(chain.chain_id) and chain.code(address):
                    found.add(place)
    return found


def _through_ape(app: App, network: str, registry: str | None) -> Connection:
    """A chain behind one of ape's network choices, whatever provider it has."""
    from boomerang.chains.node import NodeChain

    closing = contextlib.ExitStack()
    try:
        import ape
        from ape.exceptions import ApeException
        from ape.logging import logger
    except ImportError as error:  # pragma: no cover - ape is a dependency
        raise InvalidInput(f"ape is needed for {network!r}: {error}") from error
    logger.set_level("WARNING")  # its remarks are on stdout, where our results are
    try:
        provider = closing.enter_context(ape.networks.parse_network_choice(network))
    except ApeException as error:
        closing.close()
        raise InvalidInput(f"ape cannot connect to {network!r}: {error}") from error
    if provider.name == "test":
        closing.close()
        raise InvalidInput("ape's test chain ends with each command: use --network embedded")
    chain = NodeChain(ApeTransport(network, provider))
    return Connection(app, network, chain, registry, closing)


class ApeTransport:
    """Carries requests to the provider that ape connected."""

    def __init__(self, network: str, provider: Any) -> None:
        """`network` is what errors call it."""
        self.url = network
        self._provider = provider

    def request(self, calls: Sequence[tuple[str, list[Any]]]) -> list[Any]:
        """The results, in order."""
        return [self._one(method, params) for method, params in calls]

    def _one(self, method: str, params: list[Any]) -> Any:
        from boomerang.chains.base import NodeError
        from boomerang.chains.node import RpcError

        web3 = self._provider.web3
        try:
            answer = web3.provider.make_request(method, params)
        except Exception as error:
            raise NodeError(self.url, f"{method}: {error}") from error
        if answer.get("error") is None:
            return answer["result"]
        refusal = answer["error"]
        if not isinstance(refusal, dict):
            raise RpcError(self.url, method, 0, str(refusal), b"")
        data = refusal.get("data")
        raw = b""
        if isinstance(data, str) and data.startswith("0x"):
            with contextlib.suppress(ValueError):
                raw = bytes.fromhex(data[2:])
        raise RpcError(
            self.url, method, int(refusal.get("code") or 0), str(refusal.get("message", "")), raw
        )

    def close(self) -> None:
        """Ape's own context does that."""
