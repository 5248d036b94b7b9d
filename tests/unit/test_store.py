"""The store of openings: privacy, merging, damage, locks. Crashes are in test_store_crash.py."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from boomerang.content import Content
from boomerang.errors import StoreError
from boomerang.identity import Domain, Key
from boomerang.store import (
    BackupError,
    Kept,
    NoOpening,
    PasswordNeeded,
    PlannedOpening,
    RecordDamaged,
    Status,
    Store,
    StoreBusy,
    StoreNotPrivate,
    StoreNotWritable,
    WrongPassword,
    backup,
    default_home,
    disk,
    export,
    is_encrypted,
    restore,
)

ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
DOMAIN = Domain(31337, "0x5FbDB2315678afecb367f032d93F642f64180aa3")
CONTENT = Content(statement="Dare — ¡sí!".encode())
KEY = Key(ALICE, 7, 100, 50, CONTENT.hash())
ID = DOMAIN.commitment_id(KEY)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home" / "deep", clock=lambda: 1_800_000_000)


def plan(store: Store, decision: bytes = b"\x01", nonce: int = 7) -> Kept[PlannedOpening]:
    key = Key(ALICE, nonce, 100, 50, CONTENT.hash())
    return store.plan_opening(DOMAIN, key, decision, "keep", CONTENT)


def files(store: Store) -> list[Path]:
    return sorted(store.records_path.glob("*.json"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestRecords:
    def test_an_opening_comes_back_whole(self, store: Store) -> None:
        planned = plan(store, b"\x01\x02")
        (found,) = Store(store.path).openings(ID)
        assert found == planned
        record = found.record
        assert (record.id, record.key, record.domain) == (ID, KEY, DOMAIN)
        assert (record.decision, record.text, record.content) == (b"\x01\x02", "keep", CONTENT)
        assert record.planned_at == 1_800_000_000
        assert len(record.salt) == 32
        assert record.seal == DOMAIN.seal(KEY, record.decision, record.salt)
        assert (record.opening.decision, record.opening.salt) == (record.decision, record.salt)
        assert found.status is Status.PLANNED
        assert found.transaction is None

    def test_a_salt_is_not_shown_by_accident(self, store: Store) -> None:
        kept = plan(store)
        assert kept.record.salt.hex() not in repr(kept)
        assert repr(kept.record.salt) not in repr(kept)

    def test_a_publication_comes_back_whole(self, store: Store) -> None:
        planned = store.plan_publication(DOMAIN, KEY, CONTENT)
        assert Store(store.path).publication(ID) == planned
        assert planned.record.id == ID
        assert Store(store.path).publication(bytes(25)) is None

    def test_two_seals_of_one_commitment_keep_both_salts(self, store: Store) -> None:
        one, two = plan(store), plan(store)
        assert one.record.salt != two.record.salt
        assert {kept.digest for kept in store.openings(ID)} == {one.digest, two.digest}
        assert store.opening_of(ID, one.record.seal) == one
        assert store.opening_of(ID, two.record.seal) == two

    def test_the_seal_on_chain_decides_which_opening_counts(self, store: Store) -> None:
        with pytest.raises(NoOpening, match="no opening of 0x"):
            store.opening_of(ID, bytes(23))
        plan(store)
        with pytest.raises(NoOpening, match=r"none of the 1 opening\(s\)"):
            store.opening_of(ID, bytes(23))

    def test_a_content_that_is_not_the_keys_is_left_out(self, store: Store) -> None:
        kept = store.plan_opening(DOMAIN, KEY, b"\x01", "keep", Content(statement=b"other"))
        assert kept.record.content is None
        assert store.openings(ID) == [kept]

    def test_the_furthest_mark_counts(self, store: Store) -> None:
        kept = plan(store)
        other = plan(store)
        store.mark(kept, Status.SENT, "0x01")
        store.mark(kept, Status.CONFIRMED, "0x02")
        store.mark(kept, Status.REFUSED, None, "an older attempt")
        (found, untouched) = sorted(store.openings(ID), key=lambda k: k.digest != kept.digest)
        assert found.status is Status.CONFIRMED
        assert found.transaction == "0x02"
        assert len(found.marks) == 3
        assert untouched.digest == other.digest
        assert untouched.status is Status.PLANNED
        with pytest.raises(ValueError, match="by being there"):
            store.mark(kept, Status.PLANNED)

    def test_a_mark_without_its_record_is_kept(self, store: Store) -> None:
        kept = plan(store)
        store.mark(kept, Status.SENT)
        next(path for path in files(store) if path.name.startswith("opening")).unlink()
        contents = store.contents()
        assert contents.openings == []
        assert len(contents.loose_marks) == 1


class TestPrivacy:
    def test_everything_is_private_whatever_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            store = Store(tmp_path / "home")
            plan(store)
            store.update_json("names.json", lambda value: value.update(a=1))
            export(store, tmp_path / "export.json")
        finally:
            os.umask(before)
        assert mode(store.path) == mode(store.records_path) == 0o700
        inside = [p for p in store.path.rglob("*") if p.is_file()]
        assert len(inside) == 3
        assert {mode(p) for p in [*inside, tmp_path / "export.json"]} == {0o600}

    def test_a_file_is_private_from_its_first_instant(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[int] = []
        before_write = disk.write

        def write(descriptor: int, data: bytes) -> None:
            seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
            before_write(descriptor, data)

        monkeypatch.setattr(disk, "write", write)
        before = os.umask(0)
        try:
            plan(store)
        finally:
            os.umask(before)
        assert seen == [0o600]

    @pytest.mark.parametrize("bits", [0o040, 0o004, 0o010, 0o001, 0o020, 0o002])
    def test_a_directory_open_to_others_is_refused(self, store: Store, bits: int) -> None:
        plan(store)
        store.path.chmod(0o700 | bits)
        with pytest.raises(StoreNotPrivate, match=r"mode 07..\)") as caught:
            Store(store.path)
        assert caught.value.fix == f"chmod 700 '{store.path}'"
        assert caught.value.exit_code == 4
        store.path.chmod(0o700)
        store.records_path.chmod(0o700 | bits)
        with pytest.raises(StoreNotPrivate):
            Store(store.path)

    @pytest.mark.parametrize("bits", [0o040, 0o004, 0o020, 0o002])
    def test_a_file_open_to_others_is_refused(self, store: Store, bits: int) -> None:
        plan(store)
        (path,) = files(store)
        path.chmod(0o600 | bits)
        with pytest.raises(StoreNotPrivate, match="chmod 600") as caught:
            store.openings(ID)
        assert caught.value.fix == f"chmod 600 '{path}'"

    def test_a_link_is_not_followed(self, store: Store, tmp_path: Path) -> None:
        plan(store)
        (path,) = files(store)
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(StoreNotPrivate, match="symbolic link"):
            store.openings(ID)

    def test_a_store_that_is_a_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "home").write_text("x")
        with pytest.raises(StoreNotPrivate, match="is not a directory"):
            Store(tmp_path / "home")

    def test_another_users_store_is_refused(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: store.path.stat().st_uid + 1)
        with pytest.raises(StoreNotPrivate, match="belongs to another user"):
            Store(store.path)

    def test_home(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("BOOMERANG_HOME", str(tmp_path / "h"))
        assert default_home() == tmp_path / "h"
        monkeypatch.delenv("BOOMERANG_HOME")
        assert default_home().name == "boomerang"


class TestDamage:
    @pytest.mark.parametrize(
        ("spoil", "why"),
        [
            (lambda text: text[:-9], "not whole JSON"),
            (lambda text: "", "not whole JSON"),
            (lambda text: "[]", "not in the format"),
            (lambda text: text.replace("keep", "kept"), "checksum"),
            (lambda text: text.replace('"salt": "0x', '"salt": "0xff'), "checksum"),
        ],
    )
    def test_one_damaged_record_is_named_and_the_others_are_fine(
        self, store: Store, spoil: Any, why: str
    ) -> None:
        bad, good = plan(store, nonce=1), plan(store, nonce=2)
        path = next(p for p in files(store) if bad.digest in p.name)
        path.write_text(spoil(path.read_text()))
        contents = store.contents()
        assert contents.openings == [good]
        (damage,) = contents.damaged
        assert damage.record == path.name
        assert why in damage.why
        with pytest.raises(RecordDamaged, match=path.name):
            store.opening_of(bad.record.id, bad.record.seal)
        assert store.opening_of(good.record.id, good.record.seal) == good

    def test_a_checksum_over_a_wrong_seal_does_not_help(self, store: Store) -> None:
        from boomerang.store.records import Envelope, _checksum

        body = Envelope.seal_up(plan(store).record).record.body()
        body["seal"] = "0x" + "00" * 23
        value = {"format": "boomerang-record/1", "sha256": _checksum(body), "body": body}
        with pytest.raises(RecordDamaged, match="not the hash"):
            Envelope.from_data("x", value)

    @pytest.mark.parametrize(
        "change",
        [
            {"kind": "rumour"},
            {"salt": "0x00"},
            {"salt": "ff" * 32},
            {"chainId": "one"},
            {"key": None},
        ],
    )
    def test_nonsense_with_a_checksum_is_refused(
        self, store: Store, change: dict[str, Any]
    ) -> None:
        from boomerang.store.records import Envelope, _checksum

        body = {**plan(store).record.body(), **change}
        value = {"format": "boomerang-record/1", "sha256": _checksum(body), "body": body}
        with pytest.raises(RecordDamaged, match="makes no sense"):
            Envelope.from_data("x", value)

    def test_a_publication_must_hold_its_own_content(self, store: Store) -> None:
        from boomerang.store.records import Envelope, Publication, _checksum

        body = Publication(DOMAIN, KEY, Content(statement=b"other"), 1).body()
        value = {"format": "boomerang-record/1", "sha256": _checksum(body), "body": body}
        with pytest.raises(RecordDamaged, match="not the one that its key names"):
            Envelope.from_data("x", value)

    def test_a_record_under_anothers_name_is_damage(self, store: Store) -> None:
        plan(store, nonce=1)
        (path,) = files(store)
        path.rename(path.with_name(path.name.replace("opening-", "opening-00")))
        assert "it is the content of" in store.contents().damaged[0].why

    def test_settings_that_are_not_json_are_named(self, store: Store) -> None:
        store.update_json("names.json", lambda value: value.update(a=1))
        assert store.read_json("names.json") == {"a": 1}
        assert store.read_json("none.json") == {}
        for text in ("{", "[]"):
            (store.path / "names.json").write_text(text)
            with pytest.raises(StoreError, match=r"names\.json"):
                store.read_json("names.json")


class TestWriting:
    @pytest.mark.parametrize("call", ["create", "write", "sync", "rename", "sync_directory"])
    def test_what_cannot_be_written_is_an_error_and_leaves_nothing(
        self, store: Store, monkeypatch: pytest.MonkeyPatch, call: str
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        plan(store, nonce=1)
        monkeypatch.setattr(disk, call, full)
        with pytest.raises(StoreNotWritable, match=r"No space left on device\. Nothing was sent"):
            plan(store, nonce=2)
        monkeypatch.undo()
        assert not list(store.records_path.glob(".*.tmp"))
        assert store.contents().damaged == []
        assert len(store.contents().openings) == (2 if call == "sync_directory" else 1)

    def test_a_short_write_is_continued(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = os.write
        monkeypatch.setattr(os, "write", lambda fd, data: whole(fd, bytes(data[:7])))
        kept = plan(store)
        monkeypatch.undo()
        assert store.openings(ID) == [kept]

    def test_a_read_only_place_is_an_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise OSError(30, "Read-only file system")

        monkeypatch.setattr(Path, "mkdir", refuse)
        with pytest.raises(StoreNotWritable, match="Read-only file system"):
            Store(tmp_path / "home")
        monkeypatch.undo()
        store = Store(tmp_path / "home")
        monkeypatch.setattr(os, "open", refuse)
        with pytest.raises(StoreNotWritable, match="Read-only file system"):
            plan(store)

    def test_writers_take_turns(self, store: Store) -> None:
        waiting = disk.locked(store.path / "lock", patience=0.05)
        with store.locked(), pytest.raises(StoreBusy, match="locked by another process"):
            waiting.__enter__()

    def test_many_writers_lose_nothing(self, store: Store) -> None:
        def work(number: int) -> None:
            for turn in range(5):
                plan(Store(store.path), nonce=100 * number + turn)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        contents = store.contents()
        assert len(contents.openings) == 30
        assert contents.damaged == []

    def test_two_processes_changing_the_names_lose_nothing(self, store: Store) -> None:
        code = (
            "import sys; from pathlib import Path; from boomerang.store import Store\n"
            "store = Store(Path(sys.argv[1]))\n"
            "for n in range(15):\n"
            "    store.update_json('n.json', lambda v: v.update({f'{sys.argv[2]}{n}': n}))\n"
        )
        workers = [
            subprocess.Popen([sys.executable, "-c", code, str(store.path), name]) for name in "ab"
        ]
        assert [worker.wait(60) for worker in workers] == [0, 0]
        assert len(store.read_json("n.json")) == 30


class TestBackup:
    @pytest.fixture(autouse=True)
    def cheap(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(backup, "_COST", 2**10)

    @pytest.mark.parametrize("password", [None, "correct horse"])
    def test_export_and_restore(self, store: Store, tmp_path: Path, password: str | None) -> None:
        kept = plan(store)
        store.plan_publication(DOMAIN, KEY, CONTENT)
        store.mark(kept, Status.SENT, "0x01")
        path = tmp_path / "export.json"
        done = export(store, path, password)
        assert (done.records, done.encrypted, done.damaged) == (3, password is not None, [])
        assert is_encrypted(path) == (password is not None)
        assert (kept.record.salt.hex() in path.read_text()) == (password is None)
        other = Store(tmp_path / "other")
        own = plan(other)
        result = restore(other, path, password)
        assert (result.added, result.present, result.repaired) == (3, 0, 0)
        assert other.opening_of(ID, kept.record.seal).status is Status.SENT
        assert other.opening_of(ID, own.record.seal) == own
        again = restore(other, path, password)
        assert (again.added, again.present) == (0, 3)

    def test_an_export_overwrites_nothing(self, store: Store, tmp_path: Path) -> None:
        (tmp_path / "mine").write_text("precious")
        with pytest.raises(StoreError, match="exists already"):
            export(store, tmp_path / "mine")
        assert (tmp_path / "mine").read_text() == "precious"

    def test_an_export_that_fails_leaves_no_file(
        self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(StoreNotWritable, match="No such file"):
            export(store, tmp_path / "none" / "export")

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(disk, "write", full)
        with pytest.raises(StoreNotWritable, match="No space"):
            export(store, tmp_path / "export")
        assert not (tmp_path / "export").exists()

    def test_a_restore_repairs_what_is_damaged_and_keeps_the_damage(
        self, store: Store, tmp_path: Path
    ) -> None:
        kept = plan(store)
        export(store, tmp_path / "export")
        (path,) = files(store)
        for number in (1, 2):
            path.write_text("garbage")
            assert restore(store, tmp_path / "export").repaired == 1
            assert store.openings(ID) == [kept]
            assert path.with_name(f"{path.name}.damaged{number}").read_text() == "garbage"

    def test_damaged_records_are_reported_by_the_export(self, store: Store, tmp_path: Path) -> None:
        plan(store, nonce=1)
        files(store)[0].write_text("garbage")
        plan(store, nonce=2)
        done = export(store, tmp_path / "export")
        assert done.records == 1
        assert len(done.damaged) == 1

    def test_one_changed_record_costs_only_itself(self, store: Store, tmp_path: Path) -> None:
        plan(store, nonce=1)
        plan(store, nonce=2)
        path = tmp_path / "export"
        export(store, path)
        value = json.loads(path.read_text())
        value["records"][0]["body"]["text"] = "revert"
        path.write_text(json.dumps(value))
        other = Store(tmp_path / "other")
        result = restore(other, path)
        assert result.added == 1
        assert "export[0]" in result.damaged[0].record

    def test_a_record_taken_out_is_noticed(self, store: Store, tmp_path: Path) -> None:
        plan(store, nonce=1)
        plan(store, nonce=2)
        path = tmp_path / "export"
        export(store, path)
        value = json.loads(path.read_text())
        del value["records"][0]
        path.write_text(json.dumps(value))
        with pytest.raises(BackupError, match="lacks records"):
            restore(store, path)

    def test_passwords(self, store: Store, tmp_path: Path) -> None:
        plan(store)
        path = tmp_path / "export"
        export(store, path, "right")
        with pytest.raises(PasswordNeeded):
            restore(store, path)
        with pytest.raises(WrongPassword):
            restore(store, path, "wrong")
        value = json.loads(path.read_text())
        value["text"] = value["text"][:-4] + "AAA="
        path.write_text(json.dumps(value))
        with pytest.raises(BackupError):
            restore(store, path, "right")

    @pytest.mark.parametrize(
        ("value", "why"),
        [
            ("{", "not whole"),
            ("[]", "not an export"),
            ('{"format": "boomerang-export/1"}', "no list of records"),
            ('{"format": "boomerang-export-encrypted/1"}', "not whole"),
        ],
    )
    def test_other_files_are_refused(
        self, store: Store, tmp_path: Path, value: str, why: str
    ) -> None:
        path = tmp_path / "export"
        path.write_text(value)
        with pytest.raises(BackupError, match=why):
            restore(store, path, "password")

    def test_unreasonable_costs_are_refused(self, store: Store, tmp_path: Path) -> None:
        path = tmp_path / "export"
        export(store, path, "password")
        value = json.loads(path.read_text())
        value["scrypt"]["n"] = 2**40
        path.write_text(json.dumps(value))
        with pytest.raises(BackupError, match="unreasonable"):
            restore(store, path, "password")

    def test_a_missing_export_is_an_error(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(BackupError, match="No such file"):
            restore(store, tmp_path / "none")
