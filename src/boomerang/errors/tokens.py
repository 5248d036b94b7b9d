"""What tokens say that refuse a transfer, by the names of ERC-6093 and of OpenZeppelin."""

from __future__ import annotations

from dataclasses import dataclass

from boomerang.errors.base import ChainError


class TokenError(ChainError, named=False):
    """What a token says that refuses a transfer, by the names of ERC-6093 and of OpenZeppelin."""

    prefix = ""


@dataclass(eq=False)
class ERC20InsufficientAllowance(TokenError):
    """The spender may not move so much: `approve` it first."""

    abi = (("address", "spender"), ("uint256", "allowance"), ("uint256", "needed"))
    spender: str
    allowance: int
    needed: int

    def explain(self) -> str:
        return f"{self.spender} may move {self.allowance} of the token; {self.needed} are needed"


@dataclass(eq=False)
class ERC20InsufficientBalance(TokenError):
    """The sender has not so much."""

    abi = (("address", "sender"), ("uint256", "balance"), ("uint256", "needed"))
    sender: str
    balance: int
    needed: int

    def explain(self) -> str:
        return f"{self.sender} has {self.balance} of the token; {self.needed} are needed"


@dataclass(eq=False)
class SafeERC20FailedOperation(TokenError):
    """The token answered a transfer with false, or is no contract."""

    abi = (("address", "token"),)
    token: str

    def explain(self) -> str:
        return f"{self.token} refused the transfer without a reason"
