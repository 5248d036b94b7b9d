"""Where a settlement is, and what stands beside it: as data, and in the store by network.

The devnet says so in its own file; other networks' deployments are in `intents.json` in the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from eth_utils.address import to_checksum_address

from boomerang.decisions.names import Names
from boomerang.errors import InvalidInput
from boomerang.identity import address
from boomerang.intents.client.contracts import raw
from boomerang.intents.client.settlement import Settlement
from boomerang.intents.language.directory import Directory, Token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boomerang.chains.base import Chain, Signer
    from boomerang.decisions.names import Resolver
    from boomerang.store import Store

FILE: Final = "intents.json"
DEVNET: Final = "devnet"


class NoSettlement(InvalidInput):
    """No settlement is known on this network."""

    def __init__(self, network: str, why: str) -> None:
        self.network = network
        super().__init__(f"no settlement of intents is known on {network}: {why}")


@dataclass(frozen=True, slots=True)
class Deployment:
    """A settlement, its dry run (None where there is none), the registry whose commitments its
    guards name, the Uniswap V2 factory that it routes through, and tokens that have names.

    Addresses are checksummed; `from_block` is the block in which it was deployed.
    """

    chain_id: int
    settlement: str
    registry: str
    factory: str
    pair_code_hash: bytes
    tokens: tuple[Token, ...] = ()
    dry_run: str | None = None
    from_block: int = 0

    def open(self, chain: Chain, signer: Signer | None = None) -> Settlement:
        """The settlement on its chain."""
        return Settlement(
            chain, self.settlement, signer, dry_run=self.dry_run, from_block=self.from_block
        )

    def directory(
        self, accounts: Mapping[str, str] | None = None, commitments: Resolver | None = None
    ) -> Directory:
        """What names stand for in the texts of programs; `accounts` by name."""
        return Directory(
            self.tokens,
            {name: raw(account) for name, account in (accounts or {}).items()},
            commitments or Names(),
            raw(self.factory),
            self.pair_code_hash,
        )

    def token(self, name: str) -> Token:
        """A token by its name. Raises InvalidInput."""
        found = next((token for token in self.tokens if token.name == name), None)
        if found is None:
            known = ", ".join(token.name for token in self.tokens) or "none"
            raise InvalidInput(f"there is no token {name!r} here; there are: {known}")
        return found

    def data(self) -> dict[str, Any]:
        """As JSON data. `tokens`, `factory` and `pairCodeHash` are those of a Directory's file."""
        return {
            "chainId": self.chain_id,
            "settlement": self.settlement,
            "dryRun": self.dry_run,
            "registry": self.registry,
            "factory": self.factory,
            "pairCodeHash": "0x" + self.pair_code_hash.hex(),
            "tokens": {
                token.name: {
                    "address": str(to_checksum_address(token.address)),
                    "decimals": token.decimals,
                }
                for token in self.tokens
            },
            "fromBlock": self.from_block,
        }

    @classmethod
    def from_data(cls, value: Any) -> Self:
        """From JSON data. Raises InvalidInput."""
        try:
            names = Directory.from_dict(
                {key: value[key] for key in ("tokens", "factory", "pairCodeHash")}
            )
            dry_run = value.get("dryRun")
            return cls(
                chain_id=int(value["chainId"]),
                settlement=address(value["settlement"]),
                registry=address(value["registry"]),
                factory=address(value["factory"]),
                pair_code_hash=names.pair_code_hash or b"",
                tokens=names.tokens,
                dry_run=None if dry_run is None else address(dry_run),
                from_block=int(value.get("fromBlock", 0)),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(f"this is no deployment of a settlement: {error!r}") from None


def remember(store: Store, network: str, deployment: Deployment) -> None:
    """Use this deployment on this network from now on."""
    store.update_json(FILE, lambda value: value.update({network: deployment.data()}))


def recall(store: Store, network: str, chain: Chain) -> Deployment:
    """The deployment that is in use on a network; on the devnet, the devnet's own. Raises
    NoSettlement where there is none, or where it is not on this chain any more.
    """
    if network == DEVNET:
        from boomerang import devnet

        here = devnet.find(store.path).intents
        if here is None:
            raise NoSettlement(network, "the devnet was started without Uniswap's files (npm ci)")
        return here
    found = store.read_json(FILE).get(network)
    if found is None:
        raise NoSettlement(network, "none was deployed or named")
    deployment = Deployment.from_data(found)
    if deployment.chain_id != chain.chain_id or not chain.code(deployment.settlement):
        raise NoSettlement(
            network, f"there is none at {deployment.settlement} on chain {chain.chain_id} any more"
        )
    return deployment


__all__ = ["FILE", "Deployment", "NoSettlement", "recall", "remember"]
