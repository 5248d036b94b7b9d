"""What the names of a scenario stand for on one registry: addresses, keys, ids, bytes.

An id is a pure hash of chain, registry, owner, stake and content, so all are known before anything
is published, and a decision may name what comes later. A name that nobody publishes gets the key of
a commitment that does not exist.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from eth_utils.address import to_checksum_address

from boomerang.content import Asset, Call, Clauses, Content, Payment, content_hash
from boomerang.decisions import encode, encode_sealed, parse_expression, parse_sealed, sealed_atoms
from boomerang.errors import (
    BoomerangError,
    ChainError,
    DecisionTooLarge,
    InvalidInput,
    Located,
    MalformedDecision,
)
from boomerang.hashing import keccak_text
from boomerang.identity import ZERO_ADDRESS, Domain, Key, Opening, address
from boomerang.model import part_address
from boomerang.scenarios.scalars import as_bytes
from boomerang.scenarios.steps import BYSTANDER, Publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.scenarios.schema import Scenario
    from boomerang.scenarios.steps import AssetPart, Seal

FIRST_NONCE = 1_000_000
"""Where default nonces start, out of the way of those that a file gives."""

NOTHING = Opening(b"\x01", bytes(32))
"""What somebody opens with who knows of no seal: `keep`, and a salt of zeros."""


class Binding:
    """A scenario's names on one registry, whose second 0 is `start`."""

    def __init__(
        self, scenario: Scenario, domain: Domain, start: int, address_of: Callable[[str], str]
    ) -> None:
        self.scenario = scenario
        self.domain = domain
        self.start = start
        self.publications = scenario.publications
        self._address_of = address_of
        self._keys: dict[str, Key] = {}
        self._ids: dict[str, bytes] = {}
        self._names: dict[bytes, str] = {}
        self._open: set[str] = set()
        self._nonces = _default_nonces(scenario)

    # ---- agents and tokens -------------------------------------------------------------------

    def address(self, name: str) -> str:
        """An agent's address, a token's, the registry's or its enforcer's, one given as 0x…, or one
        that nobody holds.
        """
        if name in self.scenario.agents or name in self.scenario.tokens or name == BYSTANDER:
            return self._address_of(name)
        if name.casefold() == "registry":
            return self.domain.registry
        if name.casefold() == "enforcer":
            return part_address(self.domain.registry, 1)
        if name.lower().startswith("0x"):
            return address(name)
        return str(to_checksum_address(keccak_text(f"boomerang scenario account {name}")[-20:]))

    def token(self, name: str) -> str:
        """A token's address; ether is zero."""
        return ZERO_ADDRESS if name.casefold() in ("eth", "ether") else self.address(name)

    # ---- commitments -------------------------------------------------------------------------

    def key(self, name: str) -> Key:
        """The key of a name, published or not."""
        if name not in self._keys:
            step = self.publications.get(name)
            self._keys[name] = self._nobody(name) if step is None else self.key_of(step)
        return self._keys[name]

    def id(self, name: str) -> bytes:
        """The id of a name."""
        if name not in self._ids:
            self._ids[name] = found = self.domain.commitment_id(self.key(name))
            self._names.setdefault(found, name)
        return self._ids[name]

    def name(self, commitment: bytes) -> str | None:
        """The name of an id that was asked for before, or is published."""
        for name in self.publications:
            self.id(name)
        return self._names.get(commitment)

    def key_of(self, step: Publish) -> Key:
        """The key that a publish step makes."""
        topic, body = self.topic(step), self.body(step)
        return Key(
            committer=self.address(step.by),
            nonce=self._nonces[id(step)],
            bond=self.bond(step),
            cover=step.cover,
            content_hash=content_hash(topic, body),
            has_clauses=step.body is not None or self.clauses(step) is not None,
        )

    def bond(self, step: Publish) -> int:
        """The bond of a publish step: the smallest that is allowed, where none is given."""
        return self.scenario.parameters.min_bond if step.bond is None else step.bond

    def value(self, step: Publish) -> int:
        """What a publish step sends: bond, fee, and the escrow's ether."""
        fee = self.scenario.parameters.fee if step.fee is None else step.fee
        clauses = None if step.body is not None else self.clauses(step)
        return self.bond(step) + fee + (clauses.escrowed_ether if clauses else 0)

    def topic(self, step: Publish) -> bytes:
        """32 bytes: those of 0x…, or the text, filled up with zeros."""
        raw = as_bytes(step.topic)
        return (step.topic.encode() if raw is None else raw).ljust(32, b"\0")

    def body(self, step: Publish) -> bytes:
        """What is published beside the topic: a statement and clauses, or what the step gives."""
        if step.body is not None:
            return as_bytes(step.body) or b""
        raw = as_bytes(step.statement)
        statement = step.statement.encode() if raw is None else raw
        return Content(statement=statement, clauses=self.clauses(step)).body

    def guard(self, step: Publish) -> bytes:
        """The guard's bytes, empty where there is none."""
        raw = as_bytes(step.guard)
        if raw is not None or not step.guard.strip():
            return raw or b""
        name = step.name
        entered = name not in self._open
        self._open.add(name)
        try:
            return encode(parse_expression(step.guard, _Names(self)))
        finally:
            if entered:
                self._open.discard(name)

    def clauses(self, step: Publish) -> Clauses | None:
        """What a publish step states beside its statement; None where that is nothing."""
        given = (step.pay, step.calls, step.tip, step.deadline, step.guard.strip())
        if not any(given) and not step.escrow:
            return None
        made = Clauses.covering(
            payments=(
                Payment(self.address(part.to), self.token(part.token), part.amount)
                for part in step.pay
            ),
            calls=(
                Call(
                    self.address(part.target),
                    self.token(part.token),
                    part.value,
                    part.gas,
                    as_bytes(part.data) or b"",
                    self.address(part.remainder_to or step.by),
                )
                for part in step.calls
            ),
            tip=self._asset(step.tip) if step.tip else None,
            deadline=self.start + step.deadline if step.deadline else 0,
            guard=self.guard(step),
        )
        if step.escrow is None:
            return made
        escrow = sorted(map(self._asset, step.escrow), key=lambda asset: int(asset.token, 16))
        return replace(made, escrow=tuple(escrow))

    def _asset(self, part: AssetPart) -> Asset:
        return Asset(self.token(part.token), part.amount)

    def _nobody(self, name: str) -> Key:
        """The key of a commitment that does not exist. Its content hash is the hash of nothing."""
        mark = keccak_text(f"boomerang scenario commitment {name}")
        owner = str(to_checksum_address(mark[-20:]))
        return Key(owner, int.from_bytes(mark[:7], "big"), 0, 0, mark)

    def id_in_guard(self, name: str) -> bytes:
        """The id of a name; for one that is being worked out (it names itself), that of nothing."""
        if name in self._open:
            return self.domain.commitment_id(self._nobody(name))
        return self.id(name)

    # ---- decisions ---------------------------------------------------------------------------

    def decision(self, text: str) -> bytes:
        """The bytes of a decision: of its text, or as given in 0x…"""
        raw = as_bytes(text)
        return encode_sealed(parse_sealed(text, _Names(self))) if raw is None else raw

    def salt(self, text: str) -> bytes:
        """32 bytes: those of 0x…, a number, or the hash of any other text."""
        raw = as_bytes(text)
        if raw is not None and len(raw) <= 32:
            return raw.rjust(32, b"\0")
        if text.isdigit() and int(text) < 2**256:
            return int(text).to_bytes(32, "big")
        return keccak_text(text)

    def opening(self, step: Seal, index: int) -> Opening:
        """What a seal step seals. A salt that is not given is made from the step's place: it is no
        secret, and need not be one in a play.
        """
        salt = f"{self.scenario.name} {index} {step.what}" if step.salt is None else step.salt
        chosen = keccak_text(salt) if step.salt is None else self.salt(salt)
        return Opening(self.decision(step.decision), chosen)

    def dependencies(self, decision: bytes, inside: Collection[bytes] = ()) -> list[Key]:
        """The key of each atom of a decision, in its order, but for the members of its group that
        are `inside`; none for bytes that are no decision.
        """
        try:
            named = sealed_atoms(decision)
        except MalformedDecision:
            return []
        outside = (atom for atom in named if atom not in inside)
        return [self.key(self.name(atom) or f"0x{atom.hex()}") for atom in outside]

    def group(self, names: Iterable[str]) -> tuple[bytes, ...]:
        """The ids of a group, ascending."""
        return tuple(sorted(self.id(name) for name in names))


class _Names:
    """The resolver that the decision language asks: every name stands for something."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding

    def names(self) -> Mapping[str, bytes]:
        return _Everything(self._binding)

    def ids(self) -> Collection[bytes]:
        return ()


class _Everything(Mapping[str, bytes]):
    def __init__(self, binding: Binding) -> None:
        self._binding = binding

    def __getitem__(self, name: str) -> bytes:
        return self._binding.id_in_guard(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)

    def __iter__(self) -> Iterator[str]:
        return iter(self._binding.publications)

    def __len__(self) -> int:
        return len(self._binding.publications)


def _default_nonces(scenario: Scenario) -> dict[int, int]:
    """A nonce for each publish step (by identity), distinct where none is given.

    A step that repeats the name of one marked `refused` gets a nonce of its own too.
    """
    steps = [step for step in scenario.steps if isinstance(step, Publish)]
    taken = {step.nonce for step in steps}
    result: dict[int, int] = {}
    following = FIRST_NONCE
    for step in steps:
        if step.nonce is not None:
            result[id(step)] = step.nonce
            continue
        while following in taken:
            following += 1
        result[id(step)] = following
        following += 1
    return result


def check_texts(scenario: Scenario) -> None:
    """Refuse, with the line, every decision, guard or address in a scenario that makes no sense."""
    domain = Domain(1, ZERO_ADDRESS)

    def anybody(name: str) -> str:
        return str(to_checksum_address(keccak_text(name)[-20:]))

    binding = Binding(scenario, domain, 0, anybody)
    for index, step in enumerate(scenario.steps):
        for key in ("decision", "guard"):
            text = getattr(step, key, None)
            if not text:
                continue
            try:
                if key == "decision":
                    binding.decision(text)
                elif isinstance(step, Publish):
                    binding.guard(step)
            except Located as error:
                hint = f", did you mean '{error.suggestion}'?" if error.suggestion else ""
                place = f"{key}, column {error.column}: {error.reason}{hint}"
                raise scenario.step_error(index, f"{place}\n{error.excerpt}", key) from error
            except DecisionTooLarge as error:
                raise scenario.step_error(index, f"{key}: {error}", key) from error
        if isinstance(step, Publish):
            try:
                binding.key_of(step)
            except (InvalidInput, ChainError) as error:  # what cannot even be encoded
                raise scenario.step_error(index, str(error)) from error
            except BoomerangError as error:  # of a guard that comes later, and is reported there
                if not isinstance(error, Located | DecisionTooLarge):
                    raise
