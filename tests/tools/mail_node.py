"""A node with nothing but its mail: own keys, own clock, own database, and a list of what arrived."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import peewee

from sync import attachments, bundle, outbox, register, tables
from sync.clock import Clock
from sync.keys import NodeKeys
from sync.mailbox import Arrived, Mailbox
from sync.outbox import Letter, LetterState
from sync.register import certify, record_of, remember
from sync.rows import using, write
from tests.tools.empty_mail import PRAGMAS, TABLES, put_plain

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class MailNode:
    """number: gives it its node_id and division. Tests move `now` and `ticks` as they like."""

    def __init__(
        self,
        number: int,
        level: str,
        folder: Path,
        keys: NodeKeys | None = None,
        database: peewee.Database | None = None,
    ) -> None:
        self.folder = folder / f"node-{number}"
        self.folder.mkdir()
        self.now = NOW
        self.ticks = 0.0
        self.keys = keys or NodeKeys.generate()
        self.node_id = f"{number:02x}" * 16
        self.arrived: list[Arrived] = []
        handlers: dict[str, Callable[[Arrived], None]] = {"case.": self.arrived.append}
        self.box = Mailbox(self.keys, self.node_id, Clock(lambda: self.now, lambda: self.ticks), handlers)
        self.record = record_of(self.keys, self.node_id, level, f"节点{number}", f"44020510420{number}")
        path = self.folder / "node.db"
        if database is None:
            put_plain(path)
        self.database = database or peewee.SqliteDatabase(str(path), pragmas=PRAGMAS, timeout=10)
        with self.at_work():
            if database is not None:
                self.database.create_tables(TABLES)
            remember(self.record, b"", NOW)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with using(self.database):
            yield

    def knows(self, other: "MailNode") -> None:
        with self.at_work():
            remember(other.record, certify(self.keys, other.record), NOW)

    def joins(self, hall: "MailNode") -> None:
        """Both know each other, and this one is below that one."""
        self.knows(hall)
        hall.knows(self)
        with self.at_work():
            own = register.Peer.node_id == self.node_id
            register.Peer.update(parent=hall.node_id).where(own).execute()

    def writes(
        self, to: "MailNode", subject: str, payload: dict[str, Any], scans: list[bytes] | None = None
    ) -> None:
        with self.at_work(), write():
            stored = [attachments.store(scan, "image/jpeg", "扫描件.jpg") for scan in scans or []]
            files = [{"sha256": one.sha256, "key": one.key_b64, "name": one.name} for one in stored]
            letter = Letter(
                to=to.node_id,
                kind="case.opened",
                subject=subject,
                payload=payload | {"files": files},
                stamp=self.box.clock.stamp(),
                files=[one.sha256 for one in stored],
            )
            outbox.post(self.keys, self.node_id, letter)

    def backs_up(self) -> bytes:
        """The database as it is now."""
        self.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return (self.folder / "node.db").read_bytes()

    def is_set_back(self, backup: bytes) -> None:
        """The disk was replaced, and the last backup put onto the new one."""
        self.database.close()
        for name in ("node.db-wal", "node.db-shm"):
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / "node.db").write_bytes(backup)
        self.arrived.clear()

    def incidents(self) -> list[str]:
        """What a person should look at."""
        with self.at_work():
            return [row.kind for row in tables.Incident.select().order_by(tables.Incident.id)]

    def streams(self) -> list[str]:
        """The instances of its streams to others."""
        with self.at_work():
            return [row.instance for row in tables.OutStream.select().order_by(tables.OutStream.id)]

    def exports(self, to: "MailNode", path: Path, **options: Any) -> bundle.Exported:
        with self.at_work():
            return bundle.export_bundle(path, self.box, to.node_id, **options)

    def imports(self, path: Path, **options: Any) -> bundle.Imported:
        with self.at_work():
            return bundle.import_bundle(path, self.box, self.folder, **options)

    def states(self, subject: str) -> list[LetterState]:
        with self.at_work():
            return [state.state for state in outbox.state_of(subject, self.now)]

    def subjects(self) -> list[str]:
        return [arrived.subject for arrived in self.arrived]

    def reads_file(self, arrived: Arrived, index: int = 0) -> bytes:
        with self.at_work():
            entry = arrived.payload["files"][index]
            return attachments.read(entry["sha256"], entry["key"])
