"""What the settlement of intents and its book refuse with: one class for each error of
`contracts/interfaces/ISettlement.sol` and `IBook.sol`, by its name.

`boomerang.errors.decode_error` knows them once this module is imported. `order`, `leg`, `branch`,
`guard` and `path` are indices from 0: into the orders and legs handed in, and into what was signed.
Addresses are checksummed, amounts in a token's smallest unit, times Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from boomerang.errors import ChainError


class SettlementError(ChainError, named=False):
    """A refusal by the settlement contract."""

    prefix = "Settlement_"


@dataclass(eq=False)
class Malformed(SettlementError):
    """Bytes that are no batch, or not one order where one is wanted; `where` is near the place."""

    abi = (("uint256", "where"),)
    where: int

    def explain(self) -> str:
        return f"these bytes are no batch: look at byte {self.where}"


_ORDER = ("uint256", "order")
_BRANCH = ("uint256", "branch")
_GUARD = ("uint256", "guard")


@dataclass(eq=False)
class OutOfRange(SettlementError):
    """A number or a shape of an order that no program has, or a move of nothing."""

    abi = (_ORDER,)
    order: int

    def explain(self) -> str:
        return f"order {self.order} has a value outside of its range, or a shape no program has"


@dataclass(eq=False)
class UnknownOrder(SettlementError):
    """A move names an order that was not handed in."""

    abi = (_ORDER,)
    order: int

    def explain(self) -> str:
        return f"a move names order {self.order}, which was not handed in"


@dataclass(eq=False)
class UnknownBranch(SettlementError):
    """A move names a branch that was not handed in."""

    abi = (_ORDER, _BRANCH)
    order: int
    branch: int

    def explain(self) -> str:
        return f"a move names branch {self.branch} of order {self.order}, which was not handed in"


@dataclass(eq=False)
class Expired(SettlementError):
    """The deadline has passed; it is the last second at which the order may be filled."""

    abi = (_ORDER, ("uint256", "deadline"), ("uint256", "time"))
    order: int
    deadline: int
    time: int

    def explain(self) -> str:
        return f"order {self.order} was good until second {self.deadline}; it is {self.time}"


@dataclass(eq=False)
class WrongSignature(SettlementError):
    """The maker neither signed the order nor approved it."""

    abi = (_ORDER, ("address", "maker"))
    order: int
    maker: str

    def explain(self) -> str:
        return f"{self.maker} neither signed nor approved order {self.order}"


@dataclass(eq=False)
class NonceUsed(SettlementError):
    """The nonce was used or cancelled, or stands twice in this batch."""

    abi = (_ORDER, ("address", "maker"), ("uint256", "nonce"))
    order: int
    maker: str
    nonce: int

    def explain(self) -> str:
        return f"the nonce {self.nonce} of {self.maker} (order {self.order}) is used or cancelled"


@dataclass(eq=False)
class NonceTaken(SettlementError):
    """Another intent was already filled in part under this nonce."""

    abi = (_ORDER, ("address", "maker"), ("uint256", "nonce"))
    order: int
    maker: str
    nonce: int

    def explain(self) -> str:
        return (
            f"the nonce {self.nonce} of {self.maker} (order {self.order}) "
            "belongs to another intent, filled in part"
        )


@dataclass(eq=False)
class GuardFails(SettlementError):
    """A guard of the branch that should be taken is false; `observed` was seen for its limit."""

    abi = (_ORDER, _BRANCH, _GUARD, ("uint256", "observed"))
    order: int
    branch: int
    guard: int
    observed: int

    def explain(self) -> str:
        return (
            f"guard {self.guard} of branch {self.branch} of order {self.order} is false: "
            f"observed {self.observed}"
        )


@dataclass(eq=False)
class Undecided(SettlementError):
    """A guard is neither true nor false yet: neither its branch nor a later one can be taken."""

    abi = (_ORDER, _BRANCH, _GUARD)
    order: int
    branch: int
    guard: int

    def explain(self) -> str:
        return f"guard {self.guard} of branch {self.branch} of order {self.order} is undecided"


@dataclass(eq=False)
class BranchHolds(SettlementError):
    """An earlier branch takes the units that a later one was to take."""

    abi = (_ORDER, _BRANCH)
    order: int
    branch: int

    def explain(self) -> str:
        return f"branch {self.branch} of order {self.order} takes what a later one was to take"


@dataclass(eq=False)
class MatchStands(SettlementError):
    """The book still holds an entry that the earlier branch would take."""

    abi = (_ORDER, _BRANCH, ("uint32", "number"))
    order: int
    branch: int
    number: int

    def explain(self) -> str:
        return (
            f"entry {self.number} of the book is within the limit of branch {self.branch} "
            f"of order {self.order}, and has to be filled or swept first"
        )


@dataclass(eq=False)
class NotDirect(SettlementError):
    """A leg by a branch that is no direct swap."""

    abi = (_ORDER, _BRANCH)
    order: int
    branch: int

    def explain(self) -> str:
        return f"branch {self.branch} of order {self.order} is no direct swap"


@dataclass(eq=False)
class NotRouted(SettlementError):
    """A route by a branch that names no paths."""

    abi = (_ORDER, _BRANCH)
    order: int
    branch: int

    def explain(self) -> str:
        return f"branch {self.branch} of order {self.order} names no path through pools"


@dataclass(eq=False)
class NotSwept(SettlementError):
    """A sweep for a branch without an `exists` guard."""

    abi = (_ORDER, _BRANCH)
    order: int
    branch: int

    def explain(self) -> str:
        return f"branch {self.branch} of order {self.order} has no `exists` guard to sweep for"


@dataclass(eq=False)
class WrongToken(SettlementError):
    """A leg whose order does not buy what the one before it in the cycle sells."""

    abi = (("uint256", "leg"), ("address", "paid"), ("address", "wanted"))
    leg: int
    paid: str
    wanted: str

    def explain(self) -> str:
        return f"leg {self.leg} is paid in {self.paid} and buys {self.wanted}"


@dataclass(eq=False)
class SameSigner(SettlementError):
    """One signer twice in a cycle, or a cycle of one."""

    abi = (("uint256", "leg"), ("address", "maker"))
    leg: int
    maker: str

    def explain(self) -> str:
        return f"the cycle of leg {self.leg} would have {self.maker} trade with itself"


@dataclass(eq=False)
class BelowLimit(SettlementError):
    """An order would receive less than its limit asks for what it sells."""

    abi = (_ORDER, _BRANCH, ("uint256", "received"), ("uint256", "required"))
    order: int
    branch: int
    received: int
    required: int

    def explain(self) -> str:
        return (
            f"order {self.order} would receive {self.received} by its branch {self.branch}, "
            f"which requires {self.required}"
        )


@dataclass(eq=False)
class UnequalGains(SettlementError):
    """Received over minimum is not the same, within one unit, around a cycle."""

    abi = (("uint256", "leg"),)
    leg: int

    def explain(self) -> str:
        return f"those in the cycle that starts at leg {self.leg} do not gain the same"


@dataclass(eq=False)
class Overfilled(SettlementError):
    """More than an order's amount would be sold."""

    abi = (_ORDER, ("uint256", "filled"), ("uint256", "amount"))
    order: int
    filled: int
    amount: int

    def explain(self) -> str:
        return f"{self.filled} of order {self.order} would be sold, which is for {self.amount}"


@dataclass(eq=False)
class NotWhole(SettlementError):
    """An order for all or nothing that would be filled in part."""

    abi = (_ORDER, ("uint256", "filled"), ("uint256", "amount"))
    order: int
    filled: int
    amount: int

    def explain(self) -> str:
        return f"{self.filled} of order {self.order} would be sold: {self.amount} or nothing"


@dataclass(eq=False)
class Unused(SettlementError):
    """An order of which nothing was filled."""

    abi = (_ORDER,)
    order: int

    def explain(self) -> str:
        return f"nothing of order {self.order} is filled"


@dataclass(eq=False)
class TransferFailed(SettlementError):
    """The token reverted, answered false, or is no contract."""

    abi = (("address", "token"), ("address", "from"), ("address", "to"), ("uint256", "amount"))
    token: str
    sender: str
    to: str
    amount: int

    def explain(self) -> str:
        return f"{self.token} did not move {self.amount} from {self.sender} to {self.to}"


@dataclass(eq=False)
class TokenTakesFee(SettlementError):
    """The token did not deliver what was sent: it takes a fee, or changes balances by itself."""

    abi = (("address", "token"), ("uint256", "sent"), ("uint256", "received"))
    token: str
    sent: int
    received: int

    def explain(self) -> str:
        return f"{self.received} of {self.token} arrived, not {self.sent}: it takes a fee"


@dataclass(eq=False)
class NoPool(SettlementError):
    """No path leads anywhere: a pair of each is missing, or gives nothing."""

    abi = (("address", "tokenA"), ("address", "tokenB"))
    token_a: str
    token_b: str

    def explain(self) -> str:
        return f"no path leads through pools from {self.token_a} to {self.token_b}"


@dataclass(eq=False)
class BadPath(SettlementError):
    """A path from or to the wrong token, or with fewer than two or more than six tokens."""

    abi = (_ORDER, _BRANCH, ("uint256", "path"))
    order: int
    branch: int
    path: int

    def explain(self) -> str:
        return (
            f"path {self.path} of branch {self.branch} of order {self.order} does not lead from "
            "what is sold to what is bought in two to six tokens"
        )


@dataclass(eq=False)
class NoPartner(SettlementError):
    """No order of the batch mirrors a guard that shares a gain."""

    abi = (_ORDER, _BRANCH, _GUARD)
    order: int
    branch: int
    guard: int

    def explain(self) -> str:
        return (
            f"no order of the batch mirrors guard {self.guard} of branch {self.branch} "
            f"of order {self.order}"
        )


@dataclass(eq=False)
class TooLittleGas(SettlementError):
    """Too little gas to tell a failing transfer from a starved one."""

    abi = (("uint256", "left"), ("uint256", "required"))
    left: int
    required: int

    def explain(self) -> str:
        return (
            f"{self.left} gas is too little to tell a failing transfer from a starved one: "
            f"{self.required} is needed"
        )


@dataclass(eq=False)
class NotPostable(SettlementError):
    """A program that the book cannot hold."""

    abi = (("string", "why"),)
    why: str

    def explain(self) -> str:
        return f"the book cannot hold this program: {self.why}"


@dataclass(eq=False)
class NotPart(SettlementError):
    """A function that the contract or its book calls on it, called by somebody else."""

    abi = (("address", "caller"),)
    caller: str

    def explain(self) -> str:
        return f"{self.caller} is no part of the settlement"


@dataclass(eq=False)
class BadParameter(SettlementError):
    """A parameter of the contract that makes no sense."""

    abi = (("string", "name"),)
    parameter: str

    def explain(self) -> str:
        return f"the parameter {self.parameter} makes no sense"


class BookError(SettlementError, named=False):
    """A refusal by the settlement's book."""

    prefix = "Book_"


@dataclass(eq=False)
class NotSettlement(BookError):
    """Something that only the settlement may do with its book."""

    abi = (("address", "caller"),)
    caller: str

    def explain(self) -> str:
        return f"{self.caller} is not the settlement of this book"


@dataclass(eq=False)
class NoEntry(BookError):
    """The book holds no such entry."""

    abi = (("address", "sell"), ("address", "buy"), ("uint32", "number"))
    sell: str
    buy: str
    number: int

    def explain(self) -> str:
        return f"the book holds no entry {self.number} that sells {self.sell} for {self.buy}"


@dataclass(eq=False)
class NotMaker(BookError):
    """Somebody else's entry."""

    abi = (("address", "caller"), ("address", "maker"))
    caller: str
    maker: str

    def explain(self) -> str:
        return f"the entry is that of {self.maker}, not of {self.caller}"
