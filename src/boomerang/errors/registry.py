"""The registry's errors (docs/protocol.md, "Actions")."""

from __future__ import annotations

from dataclasses import dataclass

from boomerang.errors.base import ChainError, short_id


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
        return f"no commitment {short_id(self.id)} was published"


@dataclass(eq=False)
class AlreadyPublished(ChainError):
    """The same key was published before: take another nonce."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"{short_id(self.id)} was published before; another nonce makes another commitment"


@dataclass(eq=False)
class TooEarly(ChainError):
    """A window has not opened; `opens_at` is its first second."""

    abi = (("bytes25", "id"), ("uint256", "opensAt"), ("uint256", "time"))
    id: bytes
    opens_at: int
    time: int

    def explain(self) -> str:
        return (
            f"for {short_id(self.id)} this is possible from second {self.opens_at}; "
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
            f"for {short_id(self.id)} this was possible before second {self.closed_at}; "
            f"it is {self.time}, {self.time - self.closed_at + 1} s too late"
        )


@dataclass(eq=False)
class SeedUnavailable(ChainError):
    """The hash that a draw is made from is not there yet, or no longer (section 3)."""

    abi = (("bytes25", "id"), ("uint256", "seedBlock"))
    id: bytes
    seed_block: int

    def explain(self) -> str:
        return f"the draw of {short_id(self.id)} needs the hash of block {self.seed_block}"


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
        return f"{self.account} published no such commitment; it would be {short_id(self.id)}"


@dataclass(eq=False)
class WrongPhase(ChainError):
    """The commitment is in a phase that does not allow the action; `phase` is the current one."""

    abi = (("bytes25", "id"), ("uint8", "phase"))
    id: bytes
    phase: int

    def explain(self) -> str:
        from boomerang.model.state import Phase  # the model imports this module

        return f"{short_id(self.id)} is {Phase(self.phase).label}, which does not allow this"


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
        return f"this decision and salt do not open the seal of {short_id(self.id)}"


@dataclass(eq=False)
class KeyMissing(ChainError):
    """An opening with cover > 0 needs the key of this atom, to compare covers (section 8)."""

    abi = (("bytes25", "atom"),)
    atom: bytes

    def explain(self) -> str:
        return f"the key of {short_id(self.atom)}, on which the decision depends, is missing"


@dataclass(eq=False)
class SelfOffer(ChainError):
    """An offer of a commitment to itself (section 6)."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"{short_id(self.id)} cannot offer to itself"


@dataclass(eq=False)
class Undrawn(ChainError):
    """The order of two commitments of one second is undecided: undrawn, or tied (section 3)."""

    abi = (("bytes25", "a"), ("bytes25", "b"))
    a: bytes
    b: bytes

    def explain(self) -> str:
        return f"{short_id(self.a)} and {short_id(self.b)} froze in one second and are not ordered"


@dataclass(eq=False)
class NotLater(ChainError):
    """Only a later commitment offers to an earlier one (section 6)."""

    abi = (("bytes25", "offering"), ("bytes25", "target"))
    offering: bytes
    target: bytes

    def explain(self) -> str:
        return f"{short_id(self.offering)} is not later than {short_id(self.target)}"


@dataclass(eq=False)
class Declined(ChainError):
    """The target declined this offer, or all offers (`offering` is then zero for declineAll)."""

    abi = (("bytes25", "offering"), ("bytes25", "target"))
    offering: bytes
    target: bytes

    def explain(self) -> str:
        if not any(self.offering):
            return f"{short_id(self.target)} declines all offers already"
        return f"{short_id(self.target)} declined the offer of {short_id(self.offering)}"


@dataclass(eq=False)
class NoOffer(ChainError):
    """There is no offer to decline."""

    abi = (("bytes25", "offering"), ("bytes25", "target"))
    offering: bytes
    target: bytes

    def explain(self) -> str:
        return f"{short_id(self.offering)} made no offer to {short_id(self.target)}"


@dataclass(eq=False)
class TooDeep(ChainError):
    """The offer would record a depth over maxDepth (section 6)."""

    abi = (("bytes25", "target"), ("uint256", "depth"), ("uint256", "maxDepth"))
    target: bytes
    depth: int
    max_depth: int

    def explain(self) -> str:
        return f"an offer to {short_id(self.target)} has depth {self.depth}, over {self.max_depth}"


@dataclass(eq=False)
class OfferMoved(ChainError):
    """A relayed offer that would record another floor or depth than were signed."""

    abi = (("bytes25", "floor"), ("uint256", "depth"))
    floor: bytes
    depth: int

    def explain(self) -> str:
        return (
            f"the offer would now record floor {short_id(self.floor)} and depth {self.depth}, "
            "which is not what was signed"
        )


@dataclass(eq=False)
class WrongDecision(ChainError):
    """A resolution names other bytes than those that were opened."""

    abi = (("bytes25", "id"),)
    id: bytes

    def explain(self) -> str:
        return f"this is not the decision that {short_id(self.id)} was opened with"


@dataclass(eq=False)
class DependencyPending(ChainError):
    """A resolution waits for an atom that is not final (section 7)."""

    abi = (("bytes25", "id"), ("bytes25", "dependency"))
    id: bytes
    dependency: bytes

    def explain(self) -> str:
        return f"{short_id(self.id)} waits for {short_id(self.dependency)}, which is not final"


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
