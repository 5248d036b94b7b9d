"""The three kinds of record, and the envelope each is kept in.

A record never changes once written: what became of an opening is a further record (a `Mark`)
that points at it. So the store is a set that only grows, merging two stores is their union, and
no crash can spoil what was there before.

    publication   what a commitment is made of, saved before it is published
    opening       decision and salt behind a seal, saved before the seal is sent
    mark          a publication or opening was sent, confirmed, or refused by the chain

The envelope holds the SHA-256 of the body's canonical JSON; its first half is also in the file's
name. An opening is checked further: its seal must be the hash of what it opens.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from boomerang.content import Content
from boomerang.identity import Domain, Key, Opening
from boomerang.store.errors import RecordDamaged

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "boomerang-record/1"


class Status(Enum):
    """How far a record has come; of several marks, the furthest counts."""

    PLANNED = "planned"
    REFUSED = "refused"
    SENT = "sent"
    CONFIRMED = "confirmed"

    @property
    def rank(self) -> int:
        """Its place in the order above."""
        return list(Status).index(self)


@dataclass(frozen=True)
class Publication:
    """What a commitment is made of."""

    kind: ClassVar[str] = "publication"
    domain: Domain
    key: Key
    content: Content
    planned_at: int

    @property
    def id(self) -> bytes:
        """The commitment's id."""
        return self.domain.commitment_id(self.key)

    def body(self) -> dict[str, Any]:
        """What is written."""
        return {
            **_head(self.kind, self.domain, self.id, self.key),
            "content": _content_body(self.content),
            "plannedAt": self.planned_at,
        }


@dataclass(frozen=True)
class PlannedOpening:
    """The decision and salt behind a seal."""

    kind: ClassVar[str] = "opening"
    domain: Domain
    key: Key
    content: Content | None
    decision: bytes
    text: str
    salt: bytes = field(repr=False)
    planned_at: int

    @property
    def id(self) -> bytes:
        """The commitment's id."""
        return self.domain.commitment_id(self.key)

    @property
    def seal(self) -> bytes:
        """The seal that this opens."""
        return self.domain.seal(self.key, self.decision, self.salt)

    @property
    def opening(self) -> Opening:
        """Decision and salt, as the chain wants them."""
        return Opening(self.decision, self.salt)

    def body(self) -> dict[str, Any]:
        """What is written."""
        return {
            **_head(self.kind, self.domain, self.id, self.key),
            "content": None if self.content is None else _content_body(self.content),
            "decision": _hex(self.decision),
            "text": self.text,
            "salt": _hex(self.salt),
            "seal": _hex(self.seal),
            "plannedAt": self.planned_at,
        }


@dataclass(frozen=True)
class Mark:
    """What became of a publication or an opening."""

    kind: ClassVar[str] = "mark"
    id: bytes
    of: str
    status: Status
    at: int
    transaction: str | None = None
    note: str = ""

    def body(self) -> dict[str, Any]:
        """What is written."""
        return {
            "kind": self.kind,
            "id": _hex(self.id),
            "of": self.of,
            "status": self.status.value,
            "at": self.at,
            "transaction": self.transaction,
            "note": self.note,
        }


Record = Publication | PlannedOpening | Mark


@dataclass(frozen=True)
class Envelope:
    """A record with its checksum, as it lies on disk and in exports."""

    record: Record
    checksum: str

    @property
    def digest(self) -> str:
        """What marks and file names call the record."""
        return self.checksum[:32]

    @property
    def name(self) -> str:
        """The record's file name."""
        return f"{self.record.kind}-{self.record.id.hex()}-{self.digest}.json"

    @classmethod
    def seal_up(cls, record: Record) -> Envelope:
        """Put a new record in its envelope."""
        return cls(record, _checksum(record.body()))

    def data(self) -> dict[str, Any]:
        """The envelope as JSON data."""
        return {"format": FORMAT, "sha256": self.checksum, "body": self.record.body()}

    def encoded(self) -> bytes:
        """The envelope as a file's content."""
        return json.dumps(self.data(), indent=1, ensure_ascii=True).encode() + b"\n"

    @classmethod
    def parse(cls, name: str, data: bytes) -> Envelope:
        """Read a file's content; whatever is wrong with it is told with the record's name."""
        try:
            value = json.loads(data)
        except ValueError as error:
            raise RecordDamaged(name, f"not whole JSON ({error})") from error
        return cls.from_data(name, value)

    @classmethod
    def from_data(cls, name: str, value: Any) -> Envelope:
        """Check an envelope and read the record in it."""
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise RecordDamaged(name, f"not in the format {FORMAT}")
        body = value.get("body")
        if not isinstance(body, dict) or _checksum(body) != value.get("sha256"):
            raise RecordDamaged(name, "its checksum does not match")
        try:
            record = _record(body)
            true = record.body() == body
        except Exception as error:  # a matching checksum over nonsense: written by something else
            raise RecordDamaged(name, f"it makes no sense ({error})") from error
        if not true:
            raise RecordDamaged(name, "its id or seal is not the hash of what it holds")
        return cls(record, value["sha256"])


def _checksum(body: Mapping[str, Any]) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _unhex(text: str) -> bytes:
    if not text.startswith("0x"):
        raise ValueError(f"{text!r} is not hexadecimal")
    return bytes.fromhex(text[2:])


def _head(kind: str, domain: Domain, commitment: bytes, key: Key) -> dict[str, Any]:
    return {
        "kind": kind,
        "chainId": domain.chain_id,
        "registry": domain.registry,
        "id": _hex(commitment),
        "key": {
            "committer": key.committer,
            "nonce": key.nonce,
            "bond": key.bond,
            "cover": key.cover,
            "contentHash": _hex(key.content_hash),
            "hasClauses": key.has_clauses,
        },
    }


def _content_body(content: Content) -> dict[str, Any]:
    return {"topic": _hex(content.topic), "body": _hex(content.body)}


def _content(body: Mapping[str, Any], key: Key) -> Content:
    return Content.decode(_unhex(body["topic"]), _unhex(body["body"]), key.has_clauses)


def _record(body: Mapping[str, Any]) -> Record:
    if body["kind"] == Mark.kind:
        return Mark(
            id=_unhex(body["id"]),
            of=str(body["of"]),
            status=Status(body["status"]),
            at=int(body["at"]),
            transaction=body["transaction"],
            note=str(body["note"]),
        )
    domain = Domain(body["chainId"], body["registry"])
    parts = body["key"]
    key = Key(
        committer=parts["committer"],
        nonce=parts["nonce"],
        bond=parts["bond"],
        cover=parts["cover"],
        content_hash=_unhex(parts["contentHash"]),
        has_clauses=bool(parts["hasClauses"]),
    )
    if body["kind"] == Publication.kind:
        content = _content(body["content"], key)
        if content.hash() != key.content_hash:
            raise ValueError("its content is not the one that its key names")
        return Publication(domain, key, content, body["plannedAt"])
    if body["kind"] == PlannedOpening.kind:
        return PlannedOpening(
            domain=domain,
            key=key,
            content=None if body["content"] is None else _content(body["content"], key),
            decision=_unhex(body["decision"]),
            text=body["text"],
            salt=_unhex(body["salt"]),
            planned_at=body["plannedAt"],
        )
    raise ValueError(f"unknown kind {body['kind']!r}")
