"""ERC-20 tokens: what accounts have, and what the enforcer may move."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from boomerang.chains.base import CallReverted, Tx
from boomerang.client.abi import Function, UnexpectedAnswer
from boomerang.errors import decode_error

if TYPE_CHECKING:
    from boomerang.chains.base import Chain


def _function(name: str, inputs: tuple[str, ...], output: str) -> Function:
    return Function(
        {
            "name": name,
            "inputs": [{"name": "", "type": kind} for kind in inputs],
            "outputs": [{"name": "", "type": output}],
        }
    )


@cache
def functions() -> dict[str, Function]:
    """Of ERC-20, with its optional views."""
    listed = (
        _function("balanceOf", ("address",), "uint256"),
        _function("allowance", ("address", "address"), "uint256"),
        _function("approve", ("address", "uint256"), "bool"),
        _function("transfer", ("address", "uint256"), "bool"),
        _function("decimals", (), "uint8"),
        _function("symbol", (), "string"),
    )
    return {function.name: function for function in listed}


class Erc20:
    """A token at an address. Amounts are in its smallest unit."""

    def __init__(self, chain: Chain, address: str) -> None:
        self.chain = chain
        self.address = address

    def balance_of(self, account: str) -> int:
        """Raises UnexpectedAnswer where there is no token."""
        return int(self._view("balanceOf", account))

    def allowance(self, owner: str, spender: str) -> int:
        """How much the spender may move. Raises UnexpectedAnswer where there is no token."""
        return int(self._view("allowance", owner, spender))

    def decimals(self) -> int | None:
        """How many of its digits are behind the point; None for a token that does not say."""
        try:
            return int(self._view("decimals"))
        except UnexpectedAnswer:
            return None

    def symbol(self) -> str | None:
        """Its short name; None for a token that does not say."""
        try:
            return str(self._view("symbol"))
        except UnexpectedAnswer:
            return None

    def tx_approve(self, owner: str, spender: str, amount: int) -> Tx:
        """Let the spender move so much."""
        return Tx(owner, self.address, functions()["approve"].encode(spender, amount))

    def tx_transfer(self, sender: str, to: str, amount: int) -> Tx:
        """Send some."""
        return Tx(sender, self.address, functions()["transfer"].encode(to, amount))

    def _view(self, name: str, *values: Any) -> Any:
        entry = functions()[name]
        tx = Tx(self.address, self.address, entry.encode(*values))
        try:
            answer = self.chain.call(tx)
        except CallReverted as error:
            raise UnexpectedAnswer(
                f"{self.address} does not answer {name}: {decode_error(error.data)}"
            ) from None
        if not answer:
            raise UnexpectedAnswer(f"there is no token at {self.address}")
        return entry.decode(answer)


__all__ = ["Erc20", "functions"]
