"""Every error that Boomerang raises, one class each.

Two families share the base `BoomerangError`:

* `ChainError`: what the registry refuses with. One subclass for each custom error of the contract
  (`docs/protocol.md`, "Actions"), with the same arguments; the model raises them, and
  `decode_error` reads them from revert data.
* Errors of the tools themselves: bad input, text that does not parse, files, the store, a chain
  that does not answer.

Times are Unix seconds, amounts wei. `exit_code` is what the command line ends with:
1 the registry refuses or an expectation failed, 2 the input makes no sense, 3 the chain does not
answer, 4 the store.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from boomerang.hashing import keccak_text

if TYPE_CHECKING:
    from collections.abc import Sequence


class BoomerangError(Exception):
    """Base of all errors that Boomerang raises on purpose."""

    exit_code: ClassVar[int] = 1


# --------------------------------------------------------------------------- the registry's errors


def _short(value: bytes) -> str:
    """The first ten characters of an id or hash, enough for a message."""
    return f"0x{value[:4].hex()}…"


class ChainError(BoomerangError):
    """A custom error of the registry. Subclasses are dataclasses with the error's arguments.

    `abi` lists the arguments as the contract declares them: (type, name) in order.
    Two errors are equal when they are of one class and carry equal arguments.
    """

    exit_code = 1
    abi: ClassVar[tuple[tuple[str, str], ...]] = ()
    selector: ClassVar[bytes] = b""
    prefix: ClassVar[str] = "Boomerang_"

    def __init_subclass__(cls, named: bool = True) -> None:
        """Compute the selector; `named=False` for classes that no contract declares."""
        super().__init_subclass__()
        if named:
            types = ",".join(kind for kind, _ in cls.abi)
            cls.selector = keccak_text(f"{cls.prefix}{cls.__name__}({types})")[:4]
            _BY_SELECTOR[cls.selector] = cls

    @property
    def name(self) -> str:
        """The error's name in the contract, e.g. `Boomerang_TooEarly`."""
        return f"{self.prefix}{type(self).__name__}"

    @property
    def values(self) -> tuple[object, ...]:
        """The arguments, in the contract's order."""
        return tuple(getattr(self, f.name) for f in fields(self))  # type: ignore[arg-type]

    @property
    def arguments(self) -> dict[str, object]:
        """The arguments by the names that the contract gives them."""
        return {name: value for (_, name), value in zip(self.abi, self.values, strict=True)}

    def encode(self) -> bytes:
        """The revert data that the contract would answer with."""
        return self.selector + encode([kind for kind, _ in self.abi], self.values)

    def explain(self) -> str:
        """One sentence for people, without the error's name."""
        raise NotImplementedError

    def __str__(self) -> str:
        return f"{self.name}: {self.explain()}"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.values == other.values

    def __hash__(self) -> int:
        return hash((type(self), self.values))


_BY_SELECTOR: dict[bytes, type[ChainError]] = {}


@dataclass(eq=False)
class BadParameter(ChainError):
    """A registry parameter breaks its constraint ("Parameters")."""

    abi = (("string", "name"),)
    parameter: str

    def explain(self) -> str:
        return f"the parameter {self.parameter} is outside of what the registry allows"


@dataclass(eq=False)
class BondTooLow(ChainError):
    """A publication with less than the smallest bond (section 8)."""

    abi = (("uint256", "bond"), ("uint256", "minBond"))
    bond: int
    min_bond: int

    def explain(self) -> str:
        return f"the bond of {self.bond} wei is below the smallest allowed, {self.min_bond} wei"


@dataclass(eq=False)
class CoverExceedsBond(ChainError):
    """A publication whose public cover is above its bond (section 8: cover <= bond)."""

    abi = (("uint256", "cover"), ("uint256", "bond"))
    cover: int
    bond: int

    def explain(self) -> str:
        return f"the cover of {self.cover} wei is above the bond of {self.bond} wei"


@dataclass(eq=False)
class WrongValue(ChainError):
    """A publication that sent another amount than bond + fee; with clauses, less than that."""

    abi = (("uint256", "sent"), ("uint256", "required"))
    sent: int
    required: int

    def explain(self) -> str:
        return f"{self.sent} wei were sent; bond and fee together are {self.required} wei"


@dataclass(eq=False)
class OutOfRange(ChainError):
    """The freeze time or the block number of a publication is beyond 32 bits."""

    def explain(self) -> str:
        return "the time or the block number is beyond 32 bits"


@dataclass(eq=False)
class MalformedStake(ChainError):
    """A publication whose stake has a flag that means nothing."""

    abi = (("uint256", "stake"),)
    stake: int

    def explain(self) -> str:
        return f"the stake {self.stake:#066x} has a flag that means nothing"


@dataclass(eq=False)
class MalformedClauses(ChainError):
    """A body with clauses that is not exactly `abi.encode(bytes statement, Clauses clauses)`, or is
    over a limit (section 9). Where the reason is known, it is the error's note (`add_note`).
    """

    def explain(self) -> str:
        notes = getattr(self, "__notes__", ())
        if notes:
            return "the clauses are refused: " + "; ".join(notes)
        return "the body is not the canonical ABI encoding of a statement and clauses within limits"


@dataclass(eq=False)
class MalformedGuard(ChainError):
    """The clauses' guard is not a well-formed expression (section 9)."""

    def explain(self) -> str:
        return "the guard is not a well-formed expression"


@dataclass(eq=False)
class UnknownCommitment(ChainError):
    """No such commitment was published."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"no commitment {_short(self.id)} was published"


@dataclass(eq=False)
class AlreadyPublished(ChainError):
    """The same key was published before: take another nonce."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"{_short(self.id)} was published before; another nonce makes another commitment"


@dataclass(eq=False)
class TooEarly(ChainError):
    """A window has not opened; `opens_at` is its first second."""

    abi = (("bytes25", "id"), ("uint256", "opensAt"), ("uint256", "time"))
    id: bytes
    opens_at: int
    time: int

    def explain(self) -> str:
        return (
            f"for {_short(self.id)} this is possible from second {self.opens_at}; "
            f"it is {self.time}, {self.opens_at - self.time} s too early"
        )


@dataclass(eq=False)
class TooLate(ChainError):
    """A window has closed; `closed_at` is the first second after it."""

    abi = (("bytes25", "id"), ("uint256", "closedAt"), ("uint256", "time"))
    id: bytes
    closed_at: int
    time: int

    def explain(self) -> str:
        return (
            f"for {_short(self.id)} this was possible before second {self.closed_at}; "
            f"it is {self.time}, {self.time - self.closed_at + 1} s too late"
        )


@dataclass(eq=False)
class SeedUnavailable(ChainError):
    """The hash that a draw is made from is not there yet, or no longer (section 3)."""

    abi = (("bytes25", "id"), ("uint256", "seedBlock"))
    id: bytes
    seed_block: int

    def explain(self) -> str:
        return f"the draw of {_short(self.id)} needs the hash of block {self.seed_block}"


@dataclass(eq=False)
class NotPlainKey(ChainError):
    """Sealing and revoking take a plain key: no contract, no delegated code (section 4)."""

    abi = (("address", "caller"),)
    caller: str

    def explain(self) -> str:
        return f"{self.caller} must call directly, from an account without code"


@dataclass(eq=False)
class NotCommitter(ChainError):
    """The account published no commitment with this stake and content; `id` is what it would be."""

    abi = (("address", "account"), ("bytes25", "id"))
    account: str
    id: bytes

    def explain(self) -> str:
        return f"{self.account} published no such commitment; it would be {_short(self.id)}"


@dataclass(eq=False)
class WrongPhase(ChainError):
    """The commitment is in a phase that does not allow the action; `phase` is the current one."""

    abi = (("bytes25", "id"), ("uint8", "phase"))
    id: bytes
    phase: int

    def explain(self) -> str:
        from boomerang.model.state import Phase  # the model imports this module

        return f"{_short(self.id)} is {Phase(self.phase).label}, which does not allow this"


@dataclass(eq=False)
class SignatureExpired(ChainError):
    """A relayed call after its signature's deadline."""

    abi = (("uint256", "deadline"), ("uint256", "time"))
    deadline: int
    time: int

    def explain(self) -> str:
        return f"the signature was good until second {self.deadline}; it is {self.time}"


@dataclass(eq=False)
class WrongSigner(ChainError):
    """A relayed call that the committer's key did not sign; `recovered` is zero for garbage."""

    abi = (("address", "committer"), ("address", "recovered"))
    committer: str
    recovered: str

    def explain(self) -> str:
        return f"{self.committer} must sign; the signature is that of {self.recovered}"


@dataclass(eq=False)
class WrongOpening(ChainError):
    """Decision and salt do not make the seal (section 4)."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"this decision and salt do not open the seal of {_short(self.id)}"


@dataclass(eq=False)
class KeyMissing(ChainError):
    """An opening with cover > 0 needs the key of this atom, to compare covers (section 8)."""

    abi = (("bytes25", "atom"),)
    atom: bytes

    def explain(self) -> str:
        return f"the key of {_short(self.atom)}, on which the decision depends, is missing"


@dataclass(eq=False)
class SelfOffer(ChainError):
    """An offer of a commitment to itself (section 6)."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"{_short(self.id)} cannot offer to itself"


@dataclass(eq=False)
class Undrawn(ChainError):
    """The order of two commitments of one second is undecided: undrawn, or tied (section 3)."""

    abi = (("bytes25", "a"), ("bytes25", "b"))
    a: bytes
    b: bytes

    def explain(self) -> str:
        return f"{_short(self.a)} and {_short(self.b)} froze in one second and are not ordered"


@dataclass(eq=False)
class NotLater(ChainError):
    """Only a later commitment offers to an earlier one (section 6)."""

    abi = (("bytes25", "offering"), ("bytes25", "target"))
    offering: bytes
    target: bytes

    def explain(self) -> str:
        return f"{_short(self.offering)} is not later than {_short(self.target)}"


@dataclass(eq=False)
class Declined(ChainError):
    """The target declined this offer, or all offers (`offering` is then zero for declineAll)."""

    abi = (("bytes25", "offering"), ("bytes25", "target"))
    offering: bytes
    target: bytes

    def explain(self) -> str:
        if not any(self.offering):
            return f"{_short(self.target)} declines all offers already"
        return f"{_short(self.target)} declined the offer of {_short(self.offering)}"


@dataclass(eq=False)
class NoOffer(ChainError):
    """There is no offer to decline."""

    abi = (("bytes25", "offering"), ("bytes25", "target"))
    offering: bytes
    target: bytes

    def explain(self) -> str:
        return f"{_short(self.offering)} made no offer to {_short(self.target)}"


@dataclass(eq=False)
class TooDeep(ChainError):
    """The offer would record a depth over maxDepth (section 6)."""

    abi = (("bytes25", "target"), ("uint256", "depth"), ("uint256", "maxDepth"))
    target: bytes
    depth: int
    max_depth: int

    def explain(self) -> str:
        return f"an offer to {_short(self.target)} has depth {self.depth}, over {self.max_depth}"


@dataclass(eq=False)
class OfferMoved(ChainError):
    """A relayed offer that would record another floor or depth than were signed."""

    abi = (("bytes25", "floor"), ("uint256", "depth"))
    floor: bytes
    depth: int

    def explain(self) -> str:
        return (
            f"the offer would now record floor {_short(self.floor)} and depth {self.depth}, "
            "which is not what was signed"
        )


@dataclass(eq=False)
class WrongDecision(ChainError):
    """A resolution names other bytes than those that were opened."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"this is not the decision that {_short(self.id)} was opened with"


@dataclass(eq=False)
class DependencyPending(ChainError):
    """A resolution waits for an atom that is not final (section 7)."""

    abi = (("bytes25", "id"), ("bytes25", "dependency"))
    id: bytes
    dependency: bytes

    def explain(self) -> str:
        return f"{_short(self.id)} waits for {_short(self.dependency)}, which is not final"


@dataclass(eq=False)
class NothingOwed(ChainError):
    """A withdrawal by someone who is owed nothing."""

    abi = (("address", "account"),)
    account: str

    def explain(self) -> str:
        return f"nothing is owed to {self.account}"


@dataclass(eq=False)
class TransferFailed(ChainError):
    """A withdrawal to an account that did not take the ether."""

    abi = (("address", "to"),)
    to: str

    def explain(self) -> str:
        return f"{self.to} did not accept the ether"


# -------------------------------------------------------------------- entangled groups (section 7)


@dataclass(eq=False)
class MalformedGroup(ChainError):
    """Not 2 to 8 ids in strictly ascending order."""

    def explain(self) -> str:
        return "a group is 2 to 8 different ids, in ascending order"


@dataclass(eq=False)
class NotAMember(ChainError):
    """A commitment joins a group that does not name it."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"{_short(self.id)} is not a member of this group"


@dataclass(eq=False)
class InGroup(ChainError):
    """It has joined a group: it joins no other, offers no more, and is resolved with its group."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return (
            f"{_short(self.id)} has joined a group: it joins no other, offers no more, and is "
            "resolved with its group"
        )


@dataclass(eq=False)
class CoverPromised(ChainError):
    """A group would give a member that has offered a smaller cover than it had then."""

    abi = (("bytes32", "group"), ("uint96", "cover"), ("uint96", "promised"))
    group: bytes
    cover: int
    promised: int

    def explain(self) -> str:
        return (
            f"the group's cover would be {self.cover} wei; a member has offered with "
            f"{self.promised} wei, on which others may lean"
        )


@dataclass(eq=False)
class NotComplete(ChainError):
    """A group that not all of its members have joined."""

    abi = (("bytes32", "group"),)
    group: bytes

    def explain(self) -> str:
        return f"not all members have joined the group {_short(self.group)}"


# ------------------------------------------------------------------------- enforcement (section 9)

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
        return f"the outcome of {_short(self.id)} is not final"


@dataclass(eq=False)
class AlreadyExecuted(ChainError):
    """An execution of what was executed or refunded before."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"{_short(self.id)} was executed before"


@dataclass(eq=False)
class NoClauses(ChainError):
    """There is nothing to execute: the stake says that the content has no clauses."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"{_short(self.id)} has no clauses"


@dataclass(eq=False)
class WrongContent(ChainError):
    """Topic and body are not those of this commitment."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"this topic and body are not those of {_short(self.id)}"


@dataclass(eq=False)
class GuardPending(ChainError):
    """An execution waits for an atom of the guard that is not final."""

    abi = (("bytes25", "id"), ("bytes25", "atom"))
    id: bytes
    atom: bytes

    def explain(self) -> str:
        return f"the guard of {_short(self.id)} waits for {_short(self.atom)}, which is not final"


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
        return f"call {self.index} of {_short(self.id)} is not outstanding"


@dataclass(eq=False)
class CallFailed(ChainError):
    """A call that was retried failed again."""

    abi = (("bytes25", "id"), ("uint256", "index"))
    id: bytes
    index: int

    def explain(self) -> str:
        return f"call {self.index} of {_short(self.id)} failed again"


@dataclass(eq=False)
class StillRetriable(ChainError):
    """A release before the deadline has passed."""

    abi = (("bytes25", "id"), ("uint256", "deadline"), ("uint256", "time"))
    id: bytes
    deadline: int
    time: int

    def explain(self) -> str:
        return (
            f"until second {self.deadline} a call of {_short(self.id)} may be retried; "
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
            f"calls of {_short(self.id)} could be retried until second {self.deadline}; "
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


# --------------------------------------------------------------------------------- tokens' errors


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


_ERROR_STRING = keccak_text("Error(string)")[:4]
_PANIC = keccak_text("Panic(uint256)")[:4]


class UnknownRevert(ChainError, named=False):
    """Revert data that is no error of the registry; `data` is kept whole."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data

    @property
    def name(self) -> str:
        return "UnknownRevert"

    @property
    def values(self) -> tuple[object, ...]:
        return (self.data,)

    @property
    def arguments(self) -> dict[str, object]:
        return {"data": self.data}

    def encode(self) -> bytes:
        return self.data

    def explain(self) -> str:
        if not self.data:
            return "the call reverted without a reason"
        try:
            if self.data[:4] == _ERROR_STRING:
                return f"the call reverted: {decode(['string'], self.data[4:])[0]}"
            if self.data[:4] == _PANIC:
                return f"the call panicked with code {decode(['uint256'], self.data[4:])[0]:#x}"
        except (DecodingError, OverflowError, UnicodeDecodeError):
            pass
        return f"the call reverted with data that names no known error: 0x{self.data[:36].hex()}"


def decode_error(data: bytes) -> ChainError:
    """The typed error for revert data; `UnknownRevert` for anything the registry does not say.

    Never raises. Data after the arguments, or arguments that do not decode, are unknown too.
    """
    cls = _BY_SELECTOR.get(data[:4])
    if cls is None:
        return UnknownRevert(data)
    kinds = [kind for kind, _ in cls.abi]
    try:
        values = decode(kinds, data[4:])
        if encode(kinds, values) != data[4:]:
            return UnknownRevert(data)
    except (DecodingError, OverflowError, UnicodeDecodeError):
        return UnknownRevert(data)
    return cls(
        *(
            to_checksum_address(value) if kind == "address" else value
            for kind, value in zip(kinds, values, strict=True)
        )
    )


def chain_errors() -> tuple[type[ChainError], ...]:
    """Every error class of Boomerang's contracts, in the order of their declaration."""
    own = ChainError.prefix
    return tuple(cls for cls in _BY_SELECTOR.values() if cls.prefix == own)


# ------------------------------------------------------------------------------- the tools' errors


class NotFunded(BoomerangError):
    """An escrow that its owner's tokens or allowances do not cover; nothing was sent."""


class InvalidInput(BoomerangError):
    """A value outside of its range or of the wrong shape; the message names it and its range."""

    exit_code = 2


class Located(BoomerangError):
    """An error at a place in a text. `line` and `column` are from 1; `excerpt` shows the place."""

    exit_code = 2

    def __init__(self, message: str, text: str, offset: int, suggestion: str | None = None) -> None:
        before = text[:offset]
        self.offset = offset
        self.line = before.count("\n") + 1
        self.column = offset - (before.rfind("\n") + 1) + 1
        self.suggestion = suggestion
        self.reason = message
        self.excerpt = _excerpt(text, self.line, self.column)
        hint = f"; did you mean {suggestion!r}?" if suggestion else ""
        where = f"line {self.line}, column {self.column}"
        super().__init__(f"{where}: {message}{hint}\n{self.excerpt}")


def _excerpt(text: str, line: int, column: int, width: int = 76) -> str:
    """The line with a caret below the column, cut to `width` characters around it."""
    content = (text.split("\n")[line - 1] if text else "").replace("\t", " ")
    content = "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in content
    )
    start = max(0, column - 1 - width // 2) if len(content) > width else 0
    return f"  {content[start : start + width]}\n  {' ' * (column - 1 - start)}^"


class DecisionSyntaxError(Located):
    """A decision's or expression's text does not parse. `expected` lists what could stand there."""

    def __init__(
        self,
        message: str,
        text: str,
        offset: int,
        expected: Sequence[str] = (),
        suggestion: str | None = None,
    ) -> None:
        self.expected = tuple(expected)
        super().__init__(message, text, offset, suggestion)


class UnknownName(Located):
    """A name, or the start of an id, that stands for no commitment that is known."""

    def __init__(self, name: str, text: str, offset: int, suggestion: str | None = None) -> None:
        self.name = name
        super().__init__(f"nothing is known by the name {name!r}", text, offset, suggestion)


class AmbiguousName(Located):
    """The start of an id that several known commitments share; `candidates` are those."""

    def __init__(self, name: str, candidates: Sequence[bytes], text: str, offset: int) -> None:
        self.name = name
        self.candidates = tuple(candidates)
        some = ", ".join(f"0x{candidate.hex()}" for candidate in self.candidates[:3])
        super().__init__(
            f"{name!r} is the start of {len(self.candidates)} ids: {some}", text, offset
        )


class MalformedDecision(BoomerangError):
    """Bytes that are no well-formed expression: `offset` of the byte that breaks, and `why`."""

    exit_code = 2

    def __init__(self, offset: int, why: str) -> None:
        self.offset = offset
        self.why = why
        super().__init__(f"malformed at byte {offset}: {why}")


class DecisionTooLarge(BoomerangError):
    """An expression over a limit of its encoding (section 5): `what` measured `size` > `limit`."""

    exit_code = 2

    def __init__(self, what: str, size: int, limit: int) -> None:
        self.what = what
        self.size = size
        self.limit = limit
        super().__init__(f"the decision has {size} {what}; at most {limit} are allowed")


class ScenarioError(BoomerangError):
    """A scenario file that makes no sense; `line` (from 1) is the line that does not."""

    exit_code = 2

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(f"line {line}: {message}")


class ExpectationFailed(BoomerangError):
    """A scenario ended otherwise than it says it must."""

    exit_code = 1


class StoreError(BoomerangError):
    """The local store of salts and openings cannot do what it must."""

    exit_code = 4


class ChainUnavailable(BoomerangError):
    """A chain does not answer, or cannot do what is asked of it (set a time, reorganise)."""

    exit_code = 3
