"""The enforcer's errors (section 9)."""

from __future__ import annotations

from dataclasses import dataclass

from boomerang.errors.base import ChainError, short_id

_ETHER = "0x" + "00" * 20


def _units(token: str, amount: int) -> str:
    """An amount of a token, or of ether."""
    return f"{amount} wei" if token == _ETHER else f"{amount} of {token}"


@dataclass(eq=False)
class NotPart(ChainError):
    """Only a contract that the registry created may do this."""

    abi = (("address", "caller"),)
    caller: str

    def explain(self) -> str:
        return f"{self.caller} is no part of this registry"


@dataclass(eq=False)
class NotRegistry(ChainError):
    """Only the registry may do this."""

    abi = (("address", "caller"),)
    caller: str

    def explain(self) -> str:
        return f"{self.caller} is not the registry"


@dataclass(eq=False)
class Overspent(ChainError):
    """A payment, call or tip names more of a token than those before it leave of the escrow."""

    abi = (("address", "token"), ("uint256", "amount"), ("uint256", "left"))
    token: str
    amount: int
    left: int

    def explain(self) -> str:
        amount, left = _units(self.token, self.amount), _units(self.token, self.left)
        return f"a payment, call or tip names {amount}, where the escrow has {left} left"


@dataclass(eq=False)
class WrongEscrow(ChainError):
    """The ether sent beside bond and fee is not the ether of the escrow."""

    abi = (("uint256", "sent"), ("uint256", "required"))
    sent: int
    required: int

    def explain(self) -> str:
        return f"{self.sent} wei came for the escrow; it takes {self.required} wei"


@dataclass(eq=False)
class TokenMismatch(ChainError):
    """Not what was named arrived: the token takes a fee, or is no ERC-20."""

    abi = (("address", "token"), ("uint256", "expected"), ("uint256", "received"))
    token: str
    expected: int
    received: int

    def explain(self) -> str:
        return f"{self.received} of {self.token} arrived, not the {self.expected} of the escrow"


@dataclass(eq=False)
class DeadlineTooEarly(ChainError):
    """A content with calls leaves no time to retry them once it is kept."""

    abi = (("uint256", "deadline"), ("uint256", "earliest"))
    deadline: int
    earliest: int

    def explain(self) -> str:
        return (
            f"with calls the deadline must be second {self.earliest} or later, when the outcome "
            f"is certain to be known; it is {self.deadline}"
        )


@dataclass(eq=False)
class MalformedFunding(ChainError):
    """Not one of the ways to fund an escrow, or not one for this escrow."""

    def explain(self) -> str:
        return "this is no way to fund the escrow"


@dataclass(eq=False)
class NotFinal(ChainError):
    """An execution before the outcome is final."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"the outcome of {short_id(self.id)} is not final"


@dataclass(eq=False)
class AlreadyExecuted(ChainError):
    """An execution of what was executed or refunded before."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"{short_id(self.id)} was executed before"


@dataclass(eq=False)
class NoClauses(ChainError):
    """There is nothing to execute: the stake says that the content has no clauses."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"{short_id(self.id)} has no clauses"


@dataclass(eq=False)
class WrongContent(ChainError):
    """Topic and body are not those of this commitment."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"this topic and body are not those of {short_id(self.id)}"


@dataclass(eq=False)
class GuardPending(ChainError):
    """An execution waits for an atom of the guard that is not final."""

    abi = (("bytes25", "id"), ("bytes25", "atom"))
    id: bytes
    atom: bytes

    def explain(self) -> str:
        return (
            f"the guard of {short_id(self.id)} waits for {short_id(self.atom)}, which is not final"
        )


@dataclass(eq=False)
class NotEnoughGas(ChainError):
    """A transfer or call cannot be given the gas that it is owed: the transaction needs more."""

    abi = (("uint256", "available"), ("uint256", "required"))
    available: int
    required: int

    def explain(self) -> str:
        return f"{self.available} gas is left where {self.required} must be; give more"


@dataclass(eq=False)
class NothingOutstanding(ChainError):
    """This call is not one that failed and was not made up for."""

    abi = (("bytes25", "id"), ("uint256", "index"))
    id: bytes
    index: int

    def explain(self) -> str:
        return f"call {self.index} of {short_id(self.id)} is not outstanding"


@dataclass(eq=False)
class CallFailed(ChainError):
    """A call that was retried failed again."""

    abi = (("bytes25", "id"), ("uint256", "index"))
    id: bytes
    index: int

    def explain(self) -> str:
        return f"call {self.index} of {short_id(self.id)} failed again"


@dataclass(eq=False)
class StillRetriable(ChainError):
    """A release before the deadline has passed."""

    abi = (("bytes25", "id"), ("uint256", "deadline"), ("uint256", "time"))
    id: bytes
    deadline: int
    time: int

    def explain(self) -> str:
        return (
            f"until second {self.deadline} a call of {short_id(self.id)} may be retried; "
            f"it is {self.time}"
        )


@dataclass(eq=False)
class PastDeadline(ChainError):
    """A retry after the deadline: now it can only be released."""

    abi = (("bytes25", "id"), ("uint256", "deadline"), ("uint256", "time"))
    id: bytes
    deadline: int
    time: int

    def explain(self) -> str:
        return (
            f"calls of {short_id(self.id)} could be retried until second {self.deadline}; "
            f"it is {self.time}"
        )


@dataclass(eq=False)
class NothingOwedOf(ChainError):
    """A withdrawal of a token of which the account is owed nothing."""

    abi = (("address", "account"), ("address", "token"))
    account: str
    token: str

    def explain(self) -> str:
        what = "ether" if self.token == _ETHER else self.token
        return f"nothing of {what} is owed to {self.account}"
