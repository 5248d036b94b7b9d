"""The real Uniswap V2: its factory and pairs, from npm's `@uniswap/v2-core`, on any chain.

Its code is not ours and does not ship with this package: `npm ci` in the repository brings it, or
the environment variable BOOMERANG_UNISWAP names the package's directory. Only deploying needs it;
pairs that are there are found, read and paid into without. Tokens are checksummed addresses,
amounts are in their smallest units.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eth_utils.address import to_checksum_address

from boomerang.arenas.sending import sent
from boomerang.artifacts import Artifact
from boomerang.chains.base import CallReverted, ChainFault, Tx
from boomerang.client.abi import Function, Interface, UnexpectedAnswer
from boomerang.client.tokens import Erc20
from boomerang.errors import InvalidInput, decode_error
from boomerang.hashing import keccak
from boomerang.identity import ZERO_ADDRESS
from boomerang.intents import pools
from boomerang.intents.pools import Pool

if TYPE_CHECKING:
    from boomerang.chains.base import Chain, Receipt, Signer

VARIABLE: Final = "BOOMERANG_UNISWAP"
PACKAGE: Final = Path("node_modules", "@uniswap", "v2-core")
VERSION: Final = "1.0.1"
PAIR_CODE_HASH: Final = bytes.fromhex(
    "96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"
)
"""keccak256 of the creation code of pairs: the same on every chain where the real factory is."""


class UniswapNotFound(ChainFault):
    """There is no package to deploy Uniswap from, or it is another version's."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why}; `npm ci` in the repository installs @uniswap/v2-core {VERSION}, "
            f"and ${VARIABLE} may name its directory"
        )


class NoPair(InvalidInput):
    """The factory has no pair of these two tokens."""

    def __init__(self, factory: str, tokens: tuple[str, str]) -> None:
        super().__init__(f"the factory {factory} has no pair of {tokens[0]} and {tokens[1]}")


# ------------------------------------------------------------------------------------ its code


def find_package() -> Path:
    """The directory of the contracts' JSON files: $BOOMERANG_UNISWAP, or node_modules here, in a
    parent, or around this package. Raises UniswapNotFound.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        for directory in (Path(chosen), Path(chosen, "build")):
            if (directory / "UniswapV2Factory.json").is_file():
                return directory
        raise UniswapNotFound(f"there is no UniswapV2Factory.json in ${VARIABLE}={chosen}")
    for root in dict.fromkeys([Path.cwd(), *Path.cwd().parents, *Path(__file__).parents]):
        directory = root / PACKAGE / "build"
        if (directory / "UniswapV2Factory.json").is_file():
            return directory
    raise UniswapNotFound("Uniswap's contracts were not found")


def factory_interface() -> Interface:
    """The factory's. Raises UniswapNotFound."""
    return _interfaces(find_package())[0]


def pair_interface() -> Interface:
    """A pair's. Raises UniswapNotFound."""
    return _interfaces(find_package())[1]


@cache
def _interfaces(directory: Path) -> tuple[Interface, Interface]:
    factory, pair = (_artifact(directory, f"UniswapV2{name}") for name in ("Factory", "Pair"))
    if keccak(pair.bytecode) != PAIR_CODE_HASH:
        raise UniswapNotFound(f"the pairs of {directory} are not those of Uniswap V2")
    return Interface(factory), Interface(pair)


def _artifact(directory: Path, name: str) -> Artifact:
    path = directory / f"{name}.json"
    try:
        raw = json.loads(path.read_text("utf-8"))
        code, deployed = (
            bytes.fromhex(raw["evm"][kind]["object"]) for kind in ("bytecode", "deployedBytecode")
        )
        return Artifact(name, tuple(raw["abi"]), code, deployed)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UniswapNotFound(f"{path} cannot be read ({error})") from None


# -------------------------------------------------------------------------------------- pairs


def pair_address(
    factory: str, token_a: str, token_b: str, pair_code_hash: bytes = PAIR_CODE_HASH
) -> str:
    """Where the factory creates the pair of two tokens (CREATE2), whether it is there or not."""
    where = pools.pair_address(
        bytes.fromhex(factory[2:]), pair_code_hash, *map(_raw, sort_tokens(token_a, token_b))
    )
    return str(to_checksum_address(where))


def sort_tokens(token_a: str, token_b: str) -> tuple[str, str]:
    """As the factory has them: the smaller address is token 0. Raises InvalidInput for one token
    twice.
    """
    first, second = pools.sort_tokens(_raw(token_a), _raw(token_b))
    if first == second:
        raise InvalidInput(f"a pair has two tokens, not {token_a} twice")
    return str(to_checksum_address(first)), str(to_checksum_address(second))


def _raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def _function(name: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Function:
    def listed(kinds: tuple[str, ...]) -> list[dict[str, str]]:
        return [{"name": "", "type": kind} for kind in kinds]

    return Function({"name": name, "inputs": listed(inputs), "outputs": listed(outputs)})


@cache
def _functions() -> dict[str, Function]:
    """What is called of contracts that are there: known without the package."""
    known = (
        _function("createPair", ("address", "address"), ("address",)),
        _function("getPair", ("address", "address"), ("address",)),
        _function("getReserves", (), ("uint112", "uint112", "uint32")),
        _function("mint", ("address",), ("uint256",)),
        _function("sync", (), ()),
        _function("swap", ("uint256", "uint256", "address", "bytes"), ()),
    )
    return {function.name: function for function in known}


def _view(chain: Chain, address: str, name: str, *values: Any) -> Any:
    function = _functions()[name]
    try:
        answer = chain.call(Tx(address, address, function.encode(*values)))
    except CallReverted as error:
        raise UnexpectedAnswer(
            f"{address} does not answer {name}: {decode_error(error.data)}"
        ) from None
    if not answer:
        raise UnexpectedAnswer(f"there is no Uniswap contract at {address}")
    return function.decode(answer)


class Pair:
    """The pair of two tokens at an address."""

    def __init__(self, chain: Chain, address: str, token_a: str, token_b: str) -> None:
        self.chain = chain
        self.address = address
        self.token0, self.token1 = sort_tokens(token_a, token_b)

    def pool(self) -> Pool:
        """Its reserves, and when it was last touched. Raises UnexpectedAnswer where there is no
        pair.
        """
        return Pool(*_view(self.chain, self.address, "getReserves"))

    def reserves_of(self, token: str) -> tuple[int, int]:
        """What it holds of this token, and of the other."""
        return self.pool().oriented(to_checksum_address(token) == self.token0)

    def add_liquidity(
        self, amounts: dict[str, int], *, sender: str, signer: Signer | None = None
    ) -> tuple[Receipt, ...]:
        """Pay so much of each token into it, by plain transfers of the sender, who gets the shares.
        Beyond what keeps the rate is given away to those who share already.
        """
        return tuple(sent(self.chain, tx, signer) for tx in self.txs_add_liquidity(amounts, sender))

    def txs_add_liquidity(self, amounts: dict[str, int], sender: str) -> list[Tx]:
        """Two transfers and `mint`, which must be the next to touch the pair."""
        given = {str(to_checksum_address(token)): amount for token, amount in amounts.items()}
        if set(given) != {self.token0, self.token1}:
            raise InvalidInput(f"liquidity is an amount of {self.token0} and one of {self.token1}")
        txs = [
            Erc20(self.chain, token).tx_transfer(sender, self.address, amount)
            for token, amount in given.items()
        ]
        return [*txs, self.tx_mint(sender)]

    def tx_mint(self, sender: str) -> Tx:
        """Have what was paid into it counted; the sender gets the shares."""
        return Tx(sender, self.address, _functions()["mint"].encode(sender))

    def txs_swap(self, token_in: str, amount_in: int, sender: str) -> list[Tx]:
        """Sell so much of a token to it, as a plain trader: a transfer and `swap`."""
        out = pools.amount_out(amount_in, *self.reserves_of(token_in))
        first = to_checksum_address(token_in) == self.token0
        values = (0, out, sender, b"") if first else (out, 0, sender, b"")
        return [
            Erc20(self.chain, token_in).tx_transfer(sender, self.address, amount_in),
            Tx(sender, self.address, _functions()["swap"].encode(*values)),
        ]

    def tx_sync(self, sender: str) -> Tx:
        """Have it look at its balances: anybody may touch a pair so."""
        return Tx(sender, self.address, _functions()["sync"].encode())


class Factory:
    """A factory at an address. `pair_code_hash`: another than the real one's, where it has that."""

    def __init__(self, chain: Chain, address: str, pair_code_hash: bytes = PAIR_CODE_HASH) -> None:
        self.chain = chain
        self.address = str(to_checksum_address(address))
        self.pair_code_hash = pair_code_hash

    @classmethod
    def deploy(
        cls, chain: Chain, *, sender: str | None = None, signer: Signer | None = None
    ) -> Factory:
        """Deploy the real one, with the protocol's fee off and nobody who could turn it on. Raises
        UniswapNotFound.
        """
        who = sender or (signer.address if signer else chain.accounts()[0])
        return cls(chain, str(sent(chain, cls.tx_deploy(who), signer).contract))

    @staticmethod
    def tx_deploy(sender: str) -> Tx:
        return Tx(sender, None, factory_interface().creation(ZERO_ADDRESS))

    def pair(self, token_a: str, token_b: str) -> Pair:
        """The pair of two tokens that stands. Raises NoPair."""
        found = self.at(token_a, token_b)
        if not self.chain.code(found.address):
            raise NoPair(self.address, (found.token0, found.token1))
        return found

    def look(self, token_a: bytes, token_b: bytes) -> Pool | None:
        """The pool of two tokens (20 bytes each), None where there is none: a `pools.Look`."""
        pair = self.at(str(to_checksum_address(token_a)), str(to_checksum_address(token_b)))
        return pair.pool() if self.chain.code(pair.address) else None

    def at(self, token_a: str, token_b: str) -> Pair:
        """The pair at its address, whether it stands or not."""
        address = pair_address(self.address, token_a, token_b, self.pair_code_hash)
        return Pair(self.chain, address, token_a, token_b)

    def create_pair(
        self, token_a: str, token_b: str, *, sender: str, signer: Signer | None = None
    ) -> Pair:
        """Create the pair of two tokens. Raises UnknownRevert where it stands already."""
        sent(self.chain, self.tx_create_pair(token_a, token_b, sender), signer)
        pair = self.at(token_a, token_b)
        known = str(_view(self.chain, self.address, "getPair", token_a, token_b))
        if known != pair.address:
            raise UnexpectedAnswer(
                f"the factory {self.address} made {known}, not {pair.address}: its pairs' code is "
                "not what its code hash says"
            )
        return pair

    def tx_create_pair(self, token_a: str, token_b: str, sender: str) -> Tx:
        data = _functions()["createPair"].encode(*sort_tokens(token_a, token_b))
        return Tx(sender, self.address, data)


__all__ = [
    "PAIR_CODE_HASH",
    "Factory",
    "NoPair",
    "Pair",
    "UniswapNotFound",
    "factory_interface",
    "find_package",
    "pair_address",
    "pair_interface",
    "sort_tokens",
]
