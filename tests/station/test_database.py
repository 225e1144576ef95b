"""The one file: encrypted, sound, migrated; and the same tables on PostgreSQL."""

import threading
from pathlib import Path
from typing import Any

import peewee
import pytest

from station import audit, kept
from station.database import AnyDatabase, EncryptedDatabase, check_integrity, open_database
from station.errors import DatabaseDamaged, DatabaseNewer, DatabaseRefused
from station.migrations import STEPS, SchemaVersion, migrate, version_of
from station.node import open_checked
from station.settings import Settings
from station.tables import all_tables
from sync.rows import using, write
from tests.tools.counter import START, Counter

KEY = bytes(range(32))
SECRET_WORDS = "高龄津贴申请人李示例"


def test_every_table_is_made_on_both_databases(database: AnyDatabase) -> None:
    made = set(database.get_tables())

    assert {table._meta.table_name for table in all_tables()} <= made
    assert version_of(database) == len(STEPS)


def test_migrating_twice_changes_nothing(database: AnyDatabase) -> None:
    assert migrate(database, now=START) == []


def test_a_database_of_a_later_program_is_left_alone(database: AnyDatabase) -> None:
    SchemaVersion.create(number=len(STEPS) + 1, name="m9999_future", taken_at=START)

    with pytest.raises(DatabaseNewer) as refused:
        migrate(database, now=START)
    assert "新版程序" in refused.value.next_step


def test_the_file_and_its_log_hold_no_readable_word(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db", KEY)
    migrate(database, now=START)
    with using(database):
        audit.record("zhang", "test", SECRET_WORDS, now=START)
        kept.keep_note("note", SECRET_WORDS)

    on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("a.db*"))
    database.close_all()

    assert len(list(tmp_path.glob("a.db*"))) >= 1 and len(on_disk) > 4096
    assert SECRET_WORDS.encode() not in on_disk and b"SQLite format" not in on_disk
    assert b"auditline" not in on_disk.lower() and b"audit_line" not in on_disk.lower()


def test_nobody_else_on_this_machine_may_open_the_file_or_its_log(tmp_path: Path) -> None:
    database = open_database(tmp_path / "node.db", bytes(32))
    migrate(database, now=START)

    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    database.close_all()

    assert modes == {"node.db": 0o600, "node.db-wal": 0o600, "node.db-shm": 0o600}


def test_another_key_is_refused_and_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first = open_database(tmp_path / "a.db", KEY)
    migrate(first, now=START)
    first.close_all()

    with pytest.raises(DatabaseRefused):
        open_database(tmp_path / "a.db", bytes(32))
    assert capfd.readouterr().err == ""


def test_writes_reach_the_disk_before_they_are_confirmed(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db", KEY)

    assert isinstance(database, EncryptedDatabase)
    assert database.pragma("journal_mode") == "wal"
    assert database.pragma("synchronous") == 2
    assert database.pragma("foreign_keys") == 1
    assert database.pragma("temp_store") == 2
    database.close_all()


@pytest.mark.parametrize("part", [0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_damaged_page_stops_the_start(tmp_path: Path, part: float) -> None:
    settings = Settings(tmp_path)
    database = open_checked(settings, KEY, now=START)
    with using(database):
        for number in range(200):
            kept.keep_note(f"note-{number}", "x" * 300)
        database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close_all()
    data = bytearray((tmp_path / "station.db").read_bytes())
    data[int(len(data) * part)] ^= 0xFF
    (tmp_path / "station.db").write_bytes(data)

    with pytest.raises((DatabaseDamaged, DatabaseRefused)):
        open_checked(settings, KEY, now=START)


def test_a_sound_file_passes_the_check(database: AnyDatabase) -> None:
    assert check_integrity(database) == []


def test_two_writers_wait_for_each_other_on_both_databases(database: AnyDatabase) -> None:
    failures: list[BaseException] = []

    def writes(name: str) -> None:
        try:
            with using(database):
                for number in range(15):
                    audit.record(name, "test", str(number), now=START)
        except peewee.DatabaseError as error:
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=writes, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert audit.AuditLine.select().count() == 45
    assert audit.broken_at() is None


def test_a_failed_transaction_leaves_nothing(database: AnyDatabase) -> None:
    with pytest.raises(peewee.IntegrityError), write():
        kept.KeptNote.create(name="one", text="1")
        kept.KeptNote.create(name="one", text="2")

    assert kept.note("one") == ""


@pytest.mark.parametrize("change", [{"account": "li"}, {"detail": "{}"}, {"act": "x"}, {"hash": "0" * 64}])
def test_a_changed_line_of_the_audit_log_is_found(database: AnyDatabase, change: dict[str, Any]) -> None:
    for number in range(5):
        audit.record("zhang", "test", str(number), now=START, number=number)
    audit.AuditLine.update(**change).where(audit.AuditLine.number == 3).execute()

    assert audit.broken_at() == 3


def test_a_missing_line_of_the_audit_log_is_found(database: AnyDatabase) -> None:
    for number in range(5):
        audit.record("zhang", "test", str(number), now=START)
    audit.AuditLine.delete().where(audit.AuditLine.number == 2).execute()

    assert audit.broken_at() == 2


def test_a_kept_secret_opens_under_its_node_key_only(database: AnyDatabase) -> None:
    kept.keep_secret(KEY, "node-keys", b"very secret")
    kept.keep_secret(KEY, "node-keys", b"even more so")

    assert kept.secret(KEY, "node-keys") == b"even more so"
    assert b"more so" not in bytes(kept.KeptSecret.get().sealed)
    with pytest.raises(DatabaseRefused):
        kept.secret(bytes(32), "node-keys")


def test_the_keys_of_a_node_stay_the_same_after_a_restart(station: Counter) -> None:
    before = station.node.keys.signing_public
    station.installation.close()
    station.signs_in()

    assert station.node.keys.signing_public == before
