"""One file that holds a whole store, and the way back.

The file is the list of all records in their envelopes, with a checksum over the list. With a
password it is encrypted by AES-256 in GCM mode (which also detects any change) under a key that
scrypt makes of the password and a random salt: 2^17 * 8 * 128 bytes = 128 MB of memory for each
guess.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from boomerang.store import disk
from boomerang.store.errors import BackupError, PasswordNeeded, RecordDamaged, WrongPassword
from boomerang.store.records import Envelope

if TYPE_CHECKING:
    from pathlib import Path

    from boomerang.store.store import Store

PLAIN = "boomerang-export/1"
ENCRYPTED = "boomerang-export-encrypted/1"

_COST, _BLOCK, _PARALLEL = 2**17, 8, 1
_HIGHEST_COST = 2**20


@dataclass
class Exported:
    """What went into an export, and what could not."""

    path: Path
    records: int
    encrypted: bool
    damaged: list[RecordDamaged]


@dataclass
class Restored:
    """What a restore added, what was there already, and what it refused."""

    added: int = 0
    present: int = 0
    repaired: int = 0
    damaged: list[RecordDamaged] = field(default_factory=list)


def export(store: Store, path: Path, password: str | None = None) -> Exported:
    """Write every whole record to a new file that only its owner can read."""
    records: list[dict[str, Any]] = []
    damaged: list[RecordDamaged] = []
    for item in store.envelopes():
        if isinstance(item, RecordDamaged):
            damaged.append(item)
        else:
            records.append(item.data())
    data = json.dumps(
        {"format": PLAIN, "sha256": _checksum(records), "records": records}, indent=1
    ).encode()
    if password is not None:
        data = _encrypt(data, password)
    disk.write_new_file(path.expanduser().absolute(), data + b"\n")
    return Exported(path, len(records), password is not None, damaged)


def restore(store: Store, path: Path, password: str | None = None) -> Restored:
    """Add every record of an export that the store lacks; nothing that is there is dropped."""
    records = _read(path, password)
    done = Restored()
    with store.locked():
        for place, value in enumerate(records):
            try:
                envelope = Envelope.from_data(f"{path.name}[{place}]", value)
            except RecordDamaged as error:
                done.damaged.append(error)
                continue
            target = store.records_path / envelope.name
            if not target.exists():
                disk.write_file(target, envelope.encoded())
                done.added += 1
            elif _is_whole(target):
                done.present += 1
            else:
                _keep_damaged(target)
                disk.write_file(target, envelope.encoded())
                done.repaired += 1
    return done


def _keep_damaged(path: Path) -> None:
    """Move a damaged file aside: even that is not thrown away."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged{number}")).exists():
        number += 1
    path.rename(aside)


def _is_whole(path: Path) -> bool:
    try:
        return Envelope.parse(path.name, disk.read_file(path)).name == path.name
    except RecordDamaged:
        return False


def is_encrypted(path: Path) -> bool:
    """Whether an export needs a password."""
    return _load(path).get("format") == ENCRYPTED


def _load(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.expanduser().read_bytes())
    except OSError as error:
        raise BackupError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise BackupError(f"{path} is not whole: {error}") from error
    if not isinstance(value, dict) or value.get("format") not in (PLAIN, ENCRYPTED):
        raise BackupError(f"{path} is not an export of a Boomerang store")
    return value


def _read(path: Path, password: str | None) -> list[Any]:
    value = _load(path)
    if value["format"] == ENCRYPTED:
        if password is None:
            raise PasswordNeeded(path)
        value = _decrypt(path, value, password)
    records = value.get("records")
    if not isinstance(records, list):
        raise BackupError(f"{path} holds no list of records")
    # Where a record is damaged, the list's checksum must be wrong too. That is no reason to lose
    # the good ones, which have their own: the damaged ones are reported one by one.
    if _checksum(records) != value.get("sha256") and all(_fine(record) for record in records):
        raise BackupError(f"{path} lacks records or was changed: its checksum does not match")
    return records


def _fine(value: Any) -> bool:
    try:
        Envelope.from_data("", value)
    except RecordDamaged:
        return False
    return True


def _checksum(records: list[Any]) -> str:
    canonical = json.dumps(records, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _key(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    from Crypto.Protocol.KDF import scrypt

    return cast("bytes", scrypt(password, salt.hex(), key_len=32, N=cost, r=block, p=parallel))


def _encrypt(data: bytes, password: str) -> bytes:
    from Crypto.Cipher import AES

    salt, nonce = os.urandom(32), os.urandom(12)
    cipher = AES.new(_key(password, salt, _COST, _BLOCK, _PARALLEL), AES.MODE_GCM, nonce=nonce)
    cipher.update(ENCRYPTED.encode())
    text, tag = cipher.encrypt_and_digest(data)
    return json.dumps(
        {
            "format": ENCRYPTED,
            "scrypt": {"salt": salt.hex(), "n": _COST, "r": _BLOCK, "p": _PARALLEL},
            "aes256gcm": {"nonce": nonce.hex(), "tag": tag.hex()},
            "text": base64.b64encode(text).decode(),
        },
        indent=1,
    ).encode()


def _decrypt(path: Path, value: dict[str, Any], password: str) -> dict[str, Any]:
    from Crypto.Cipher import AES

    try:
        kdf, box = value["scrypt"], value["aes256gcm"]
        cost, block, parallel = int(kdf["n"]), int(kdf["r"]), int(kdf["p"])
        if not 2 <= cost <= _HIGHEST_COST or not 1 <= block <= 16 or not 1 <= parallel <= 4:
            raise BackupError(f"{path}: unreasonable scrypt parameters")
        key = _key(password, bytes.fromhex(kdf["salt"]), cost, block, parallel)
        cipher = AES.new(key, AES.MODE_GCM, nonce=bytes.fromhex(box["nonce"]))
        cipher.update(ENCRYPTED.encode())
        text, tag = base64.b64decode(value["text"], validate=True), bytes.fromhex(box["tag"])
    except (KeyError, TypeError, ValueError) as error:
        raise BackupError(f"{path} is not whole: {error!r}") from error
    try:
        opened = json.loads(cipher.decrypt_and_verify(text, tag))
    except ValueError:
        raise WrongPassword(path) from None
    if not isinstance(opened, dict):
        raise BackupError(f"{path} does not hold an export")
    return opened
