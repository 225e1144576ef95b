"""Nothing older than what a station has seen gets in, whichever role somebody winds back."""

from pathlib import Path

import pytest
from tuf.api.metadata import MetaFile, Root, Snapshot, Targets, Timestamp

from catalog_cache.errors import NotServed
from catalog_cache.signatures.shelf import role_path
from tests.catalog_cache.press import CODE, PACK_PATH, Mirror, Press, Station, refusal

COUNTY = f"county-{CODE}"


def test_a_repository_as_it_was_yesterday_is_refused_and_the_newer_catalog_stays(
    press: Press, far: Station, mirror: Mirror
):
    press.publishes(2, "残疾人证")
    far.updates()

    report = far.updates(mirror.folder)

    assert (report.state, report.version) == ("refused", 2)
    assert "本机已见过" in report.why
    assert far.knows("残疾人证")


def test_a_timestamp_of_a_lower_version_is_refused(press: Press, far: Station, mirror: Mirror):
    press.renews()
    far.client().refresh()

    assert refusal(far.client(mirror.folder)) == "rollback"
    assert far.version("timestamp") == 3


def test_a_newer_timestamp_that_names_an_older_snapshot_is_refused(
    press: Press, far: Station, mirror: Mirror
):
    far.client().refresh()
    timestamp = mirror.read(Timestamp, "timestamp", None)
    timestamp.version, timestamp.snapshot_meta = 9, MetaFile(1)
    mirror.writes("timestamp", timestamp, press.county.timestamp)

    assert refusal(far.client(mirror.folder)) == "rollback"
    assert far.version("timestamp") == 2


@pytest.mark.parametrize("role", ["targets.json", f"{COUNTY}.json"])
def test_a_newer_snapshot_that_winds_one_role_back_is_refused(
    press: Press, far: Station, tmp_path: Path, role: str
):
    press.publishes(2)
    mirror = Mirror(press, tmp_path / "wound-back")
    snapshot = mirror.read(Snapshot, "snapshot")
    snapshot.meta[role].version = 5
    snapshot.version = 5
    mirror.names(snapshot)
    with pytest.raises(NotServed):
        far.client(mirror.folder).download(PACK_PATH)
    snapshot.version, snapshot.meta[role].version = 6, 1
    mirror.names(snapshot)

    assert refusal(far.client(mirror.folder)) == "rollback"
    assert far.version("snapshot") == 5


def test_a_newer_snapshot_in_which_a_role_has_vanished_is_refused(press: Press, far: Station, mirror: Mirror):
    far.client().refresh()
    snapshot = mirror.read(Snapshot, "snapshot")
    snapshot.version += 1
    del snapshot.meta[f"{COUNTY}.json"]
    mirror.names(snapshot)

    assert refusal(far.client(mirror.folder)) == "rollback"


def test_a_county_file_older_than_the_snapshot_says_is_refused(press: Press, far: Station, mirror: Mirror):
    press.publishes(2)
    old = role_path(mirror.folder, COUNTY, 2).read_bytes()
    stale = Mirror(press, mirror.folder.with_name("stale"))
    role_path(stale.folder, COUNTY, 3).write_bytes(old)

    assert refusal(far.client(stale.folder)) == "rollback"


def test_an_old_root_offered_as_the_next_one_is_refused(press: Press, far: Station, mirror: Mirror):
    role_path(mirror.folder, "root", 2).write_bytes(press.root)

    assert refusal(far.client(mirror.folder)) == "rollback"
    assert far.version("root") == 1


def test_a_root_that_skips_a_version_is_refused(press: Press, far: Station, mirror: Mirror):
    root = mirror.read(Root, "root")
    root.version = 3
    mirror.writes("root", root, *press.root_signers)
    role_path(mirror.folder, "root", 3).rename(role_path(mirror.folder, "root", 2))

    assert refusal(far.client(mirror.folder)) == "rollback"


def test_the_same_version_with_other_content_does_not_replace_what_is_held(
    press: Press, far: Station, mirror: Mirror
):
    far.client().refresh()
    held = (far.metadata_dir / "timestamp.json").read_bytes()
    timestamp = mirror.read(Timestamp, "timestamp", None)
    timestamp.snapshot_meta = MetaFile(100)
    mirror.writes("timestamp", timestamp, press.county.timestamp)

    far.client(mirror.folder).refresh()

    assert (far.metadata_dir / "timestamp.json").read_bytes() == held


def test_a_new_timestamp_key_lets_a_county_start_its_numbers_again(
    press: Press, far: Station, mirror: Mirror
):
    far.client().refresh()
    county = press.county.__class__(press.county.county, press.county.snapshot, press.hall_key)
    root = mirror.read(Root, "root")
    root.version += 1
    root.revoke_key(press.county.timestamp.public_key.keyid, "timestamp")
    root.add_key(county.timestamp.public_key, "timestamp")
    mirror.writes("root", root, *press.root_signers)
    timestamp = mirror.read(Timestamp, "timestamp", None)
    timestamp.version = 1
    mirror.writes("timestamp", timestamp, county.timestamp)

    far.client(mirror.folder).refresh()

    assert (far.version("root"), far.version("timestamp")) == (2, 1)


def test_a_wound_back_targets_file_of_the_city_is_refused(press: Press, far: Station, mirror: Mirror):
    targets = mirror.read(Targets, "targets")
    role_path(mirror.folder, "targets", 1).unlink()
    snapshot = mirror.read(Snapshot, "snapshot")
    snapshot.version, snapshot.meta["targets.json"].version = 7, 2
    mirror.names(snapshot)
    mirror.writes("targets", targets, *press.city_signers)
    role_path(mirror.folder, "targets", 1).rename(role_path(mirror.folder, "targets", 2))

    assert refusal(far.client(mirror.folder)) == "rollback"
