"""A backup holds the node whole, tells nobody anything, and a restored node never says a number twice."""

import json
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from station import audit, kept
from station.backup import make_backup, start_anew, unpack
from station.errors import BackupRefused
from station.node import Installation
from station.settings import Settings
from tests.tools.counter import FAST, PASSWORD, Counter

WORDS = "张示例的高龄津贴"


@pytest.fixture
def saved(station: Counter, tmp_path: Path) -> Path:
    """A backup of a station with a line in its log."""
    with station.node.using():
        audit.record("agent", "test", WORDS, now=station.time.at)
        make_backup(station.node, tmp_path / "a.backup", by="boss", now=station.time.at)
    return tmp_path / "a.backup"


def test_a_restored_node_is_the_same_node_with_the_same_people(
    station: Counter, saved: Path, tmp_path: Path
) -> None:
    unpack(saved, tmp_path / "new")
    again = Installation(Settings(tmp_path / "new", argon2=FAST), station.time.clock())

    node = again.unlock("agent", PASSWORD)
    with node.using():
        assert node.keys.signing_public == station.node.keys.signing_public
        assert audit.AuditLine.select().where(audit.AuditLine.subject == WORDS).count() == 1
        assert audit.AuditLine.select().order_by(audit.AuditLine.number.desc()).get().act == "node.restored"
    again.close()


def test_the_streams_are_closed_once_and_only_on_a_restored_node(station: Counter, tmp_path: Path) -> None:
    with station.node.using():
        before = audit.AuditLine.select().count()
        start_anew(station.settings.data_folder, now=station.time.at)
        assert audit.AuditLine.select().count() == before


def test_a_backup_holds_no_readable_word_of_a_resident(saved: Path) -> None:
    assert WORDS.encode() not in saved.read_bytes()


def test_a_backup_is_made_while_people_work(station: Counter, tmp_path: Path) -> None:
    station.signs_in()
    with station.node.using():
        for number in range(50):
            kept.keep_note(f"n{number}", "x" * 100)
        report = make_backup(station.node, tmp_path / "b.backup", by="boss", now=station.time.at)
    assert report.files >= 3
    assert station.opens("/accounts/me").status_code == 200


def test_a_failed_backup_leaves_no_file(station: Counter, tmp_path: Path) -> None:
    with station.node.using(), pytest.raises(BackupRefused):
        make_backup(station.node, tmp_path / "missing" / "a.backup", by="boss", now=station.time.at)

    assert not list(station.settings.data_folder.glob(".backup-*"))


def test_a_folder_with_something_in_it_is_left_alone(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("keep me")

    with pytest.raises(BackupRefused):
        unpack(saved, tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("place", [600, 5000, -2000])
def test_a_changed_backup_is_refused_and_leaves_nothing(saved: Path, tmp_path: Path, place: int) -> None:
    data = bytearray(saved.read_bytes())
    data[place] ^= 0x55
    saved.write_bytes(data)

    try:
        unpack(saved, tmp_path / "new")
    except BackupRefused:
        assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9])
def test_a_backup_cut_short_is_refused_and_leaves_nothing(saved: Path, tmp_path: Path, part: float) -> None:
    saved.write_bytes(saved.read_bytes()[: int(saved.stat().st_size * part)])

    with pytest.raises(BackupRefused):
        unpack(saved, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "catalog/../../evil", "a\\..\\evil", "CON:", ""])
def test_a_backup_that_writes_elsewhere_is_refused(saved: Path, tmp_path: Path, name: str) -> None:
    with tarfile.open(saved) as tar:
        content = tar.extractfile("manifest.json")
        assert content is not None
        manifest = json.loads(content.read())
    manifest["files"][name] = {"size": 1, "sha256": "0" * 64}
    text = json.dumps(manifest).encode()
    with tarfile.open(tmp_path / "evil.backup", "w") as tar:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(text)
        tar.addfile(entry, BytesIO(text))

    with pytest.raises(BackupRefused):
        unpack(tmp_path / "evil.backup", tmp_path / "new")


def test_a_link_inside_a_backup_is_never_followed(saved: Path, tmp_path: Path) -> None:
    with tarfile.open(saved) as old, tarfile.open(tmp_path / "evil.backup", "w") as new:
        for member in old:
            if member.name == "vault.json":
                member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc/passwd", 0
                new.addfile(member)
            else:
                new.addfile(member, old.extractfile(member))

    with pytest.raises(BackupRefused):
        unpack(tmp_path / "evil.backup", tmp_path / "new")
