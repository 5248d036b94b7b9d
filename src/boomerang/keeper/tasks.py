"""What an owner wants done: publications, offers, declines and seals, from a plan file or from
`boomerang keeper plan`.

    format: boomerang-plan/1
    name: chicken                  # makes the publications' nonces, with their own names
    start: 2026-11-22T12:00:00Z    # what small numbers count from
    commitments:
      A1:
        by: alice                  # or an address
        publish: {at: 1, statement: Dare, bond: 100}
        seal: {decision: "revert if kept(B2)", at: 55}
      B2:
        by: bob
        publish: {at: 37, statement: Stop, bond: 100, pay: {alice: 1}, guard: "not kept(A1)"}
        offer: [{to: A1, at: 37}]
        seal: {decision: [keep]}
      C1:
        id: 0x…                    # published already
        seal: {decision: keep}

Moments are Unix seconds, ISO 8601, or, below 10^9, seconds after the start. Without one, a seal is
made as late as is safe, everything else at once. The payments' ether is escrowed with them.

A keeper acts on the commitments of its own accounts; the others it knows by name. The same file
read twice means the same: ids depend on nothing but what it says. A decision is the first of a list
that is valid when it is sealed, the last where none is.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from boomerang import decisions
from boomerang.content import Asset, Clauses, Content, Payment
from boomerang.decisions import Names
from boomerang.errors import DecisionTooLarge, InvalidInput, Located
from boomerang.hashing import keccak_text
from boomerang.identity import NONCE_BITS, ZERO_ADDRESS, parse_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from boomerang.identity import Domain, Key

FORMAT = "boomerang-plan/1"
RELATIVE_BELOW = 10**9
"""Moments below are counted from the plan's start: 10^9 was in 2001."""


class PlanError(InvalidInput):
    """A plan file that makes no sense; the message says where."""


@dataclass(frozen=True, slots=True)
class PlannedPublication:
    """Publish at `at`, or as soon after as possible, never after `before`."""

    id: bytes
    key: Key
    content: Content
    at: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedSeal:
    """Seal the first of `programs` that is valid, at `at` (None: as late as is safe). `digest` is
    the opening in the store that is meant, where it was planned there.
    """

    id: bytes
    programs: tuple[bytes, ...]
    at: int | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedOffer:
    """Offer to `target`."""

    id: bytes
    target: bytes
    at: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedDecline:
    """Decline the offer of `offering`, all where that is None."""

    id: bytes
    offering: bytes | None
    at: int | None = None


@dataclass(slots=True)
class Tasks:
    """Everything that is wanted. `names` are those of the plan's commitments."""

    publications: list[PlannedPublication] = field(default_factory=list)
    seals: dict[bytes, PlannedSeal] = field(default_factory=dict)
    offers: list[PlannedOffer] = field(default_factory=list)
    declines: list[PlannedDecline] = field(default_factory=list)
    names: dict[str, bytes] = field(default_factory=dict)

    def publication(self, known: bytes) -> PlannedPublication | None:
        """What is to be published under this id."""
        return next((one for one in self.publications if one.id == known), None)

    def add(self, other: Tasks) -> None:
        """Want what another wants too; its seals count where both have one."""
        self.publications += other.publications
        self.seals |= other.seals
        self.offers += other.offers
        self.declines += other.declines
        self.names |= other.names

    @property
    def ids(self) -> set[bytes]:
        """Every commitment that something is wanted of."""
        return {
            *(one.id for one in self.publications),
            *self.seals,
            *(one.id for one in self.offers),
            *(one.id for one in self.declines),
        }


# --------------------------------------------------------------------------------- the file


def _moment(value: Any) -> Any:
    """Seconds, of a time that YAML read as one too; what is no time stays, to be refused."""
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value)
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=datetime.UTC)
        return int(value.timestamp())
    return value


Moment = Annotated[int, Field(ge=0, lt=1 << 32), BeforeValidator(_moment)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Publish(_Part):
    at: Moment | None = None
    before: Moment | None = None
    statement: str = ""
    topic: str = ""
    bond: Annotated[int, Field(ge=0, lt=1 << 96)] | None = None
    cover: Annotated[int, Field(ge=0, lt=1 << 96)] = 0
    nonce: Annotated[int, Field(ge=0, lt=1 << NONCE_BITS)] | None = None
    pay: dict[str, int] = Field(default_factory=dict)
    guard: str = ""


class _Seal(_Part):
    decision: str | Annotated[list[str], Field(min_length=1)]
    at: Moment | None = None


class _Offer(_Part):
    to: str
    at: Moment | None = None


class _Decline(_Part):
    offer: str
    at: Moment | None = None


class _Commitment(_Part):
    by: str | None = None
    id: str | None = None
    publish: _Publish | None = None
    seal: _Seal | None = None
    offer: list[_Offer] = Field(default_factory=list)
    decline: list[_Decline] | Literal["all"] = Field(default_factory=list)


class _File(_Part):
    format: Literal["boomerang-plan/1"]
    name: str
    start: Annotated[int | None, BeforeValidator(_moment)] = None
    commitments: dict[str, _Commitment]


def read_plan(
    text: str,
    domain: Domain,
    address: Callable[[str], str],
    *,
    known: Mapping[str, bytes] | None = None,
    min_bond: int = 0,
    start: int | None = None,
) -> Tasks:
    """The tasks of a plan file on the registry of `domain`.

    `address` turns a name or address into an address, `known` are further names of commitments,
    `start` replaces the file's. Raises PlanError.
    """
    try:
        # strict types, but times that YAML reads as dates are welcome
        parsed = _File.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise PlanError(f"the plan is not YAML: {error}") from None
    except (ValidationError, ValueError) as error:
        raise PlanError(f"the plan makes no sense: {_first(error)}") from None
    return _Reader(parsed, domain, address, known or {}, min_bond, start).tasks()


def _first(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where or 'the file'}: {first['msg']}"


class _Reader:
    def __init__(
        self,
        parsed: _File,
        domain: Domain,
        address: Callable[[str], str],
        known: Mapping[str, bytes],
        min_bond: int,
        start: int | None,
    ) -> None:
        self.file = parsed
        self.domain = domain
        self.address = address
        self.min_bond = min_bond
        self.start = parsed.start if start is None else start
        self.names = dict(known)

    def tasks(self) -> Tasks:
        found = Tasks()
        # A guard makes the id depend on other ids: those without come first, then whatever names
        # only what is known already.
        rest = dict(self.file.commitments)
        while rest:
            before = len(rest)
            for name, entry in list(rest.items()):
                if entry.publish is None or self._ready(entry.publish.guard, rest):
                    self._identify(name, entry, found)
                    del rest[name]
            if len(rest) == before:
                raise PlanError(f"the guards of {', '.join(rest)} name one another")
        for name, entry in self.file.commitments.items():
            self._want(name, entry, found)
        return found

    def _ready(self, guard: str, rest: Mapping[str, _Commitment]) -> bool:
        words = set(guard.replace("(", " ").replace(")", " ").replace(",", " ").split())
        return not words & set(rest)

    def _identify(self, name: str, entry: _Commitment, found: Tasks) -> None:
        if (entry.publish is None) == (entry.id is None):
            if entry.publish is not None or name not in self.names:
                raise PlanError(f"{name}: give either what to publish, or the id")
            known = self.names[name]
        elif entry.publish is None:
            known = parse_id(entry.id or "")
        else:
            if entry.by is None:
                raise PlanError(f"{name}: who publishes it? `by` is missing")
            publication = self._publication(name, entry.by, entry.publish)
            found.publications.append(publication)
            known = publication.id
        self.names[name] = known
        found.names[name] = known

    def _publication(self, name: str, by: str, wanted: _Publish) -> PlannedPublication:
        nonce = wanted.nonce
        if nonce is None:
            seed = keccak_text(f"{FORMAT}\n{self.file.name}\n{name}")
            nonce = int.from_bytes(seed[: NONCE_BITS // 8], "big")
        topic = wanted.topic.encode()
        if len(topic) > 32:
            raise PlanError(f"{name}: a topic has at most 32 bytes")
        content = Content(
            topic.ljust(32, b"\0"), wanted.statement.encode(), self._clauses(name, wanted)
        )
        bond = self.min_bond if wanted.bond is None else wanted.bond
        key = content.key(self.address(by), nonce, bond, wanted.cover)
        at = 0 if wanted.at is None else self._time(name, wanted.at)
        before = None if wanted.before is None else self._time(name, wanted.before)
        return PlannedPublication(self.domain.commitment_id(key), key, content, at, before)

    def _clauses(self, name: str, wanted: _Publish) -> Clauses | None:
        if not wanted.pay and not wanted.guard:
            return None
        paid = tuple(
            Payment(self.address(who), ZERO_ADDRESS, wei) for who, wei in wanted.pay.items()
        )
        total = sum(wanted.pay.values())
        escrow = (Asset(ZERO_ADDRESS, total),) if total else ()
        guard = b""
        if wanted.guard:
            guard = self._program(name, wanted.guard, decisions.parse_expression)
        return Clauses(escrow=escrow, payments=paid, guard=guard)

    def _want(self, name: str, entry: _Commitment, found: Tasks) -> None:
        known = found.names[name]
        if entry.seal is not None:
            texts = entry.seal.decision
            listed = [texts] if isinstance(texts, str) else texts
            programs = tuple(self._program(name, text) for text in listed)
            at = None if entry.seal.at is None else self._time(name, entry.seal.at)
            found.seals[known] = PlannedSeal(known, programs, at)
        for offer in entry.offer:
            at = None if offer.at is None else self._time(name, offer.at)
            found.offers.append(PlannedOffer(known, self._named(name, offer.to), at))
        if entry.decline == "all":
            found.declines.append(PlannedDecline(known, None))
            return
        for decline in entry.decline:
            at = None if decline.at is None else self._time(name, decline.at)
            offering = self._named(name, decline.offer)
            found.declines.append(PlannedDecline(known, offering, at))

    def _program(self, name: str, text: str, parse: Callable[..., Any] = decisions.parse) -> bytes:
        try:
            return decisions.encode(parse(text, Names(self.names)))
        except (Located, DecisionTooLarge) as error:
            raise PlanError(f"{name}: {error}") from None

    def _named(self, name: str, other: str) -> bytes:
        if other not in self.names:
            raise PlanError(f"{name}: nothing is known by the name {other!r}")
        return self.names[other]

    def _time(self, name: str, value: int) -> int:
        if value >= RELATIVE_BELOW:
            return value
        if self.start is None:
            raise PlanError(f"{name}: {value} counts from a start, and the plan has none")
        return self.start + value
