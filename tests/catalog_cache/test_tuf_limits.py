"""Lengths and hashes that a snapshot or timestamp may name, and numbers that start again after a theft."""

from hashlib import sha256
from typing import Any

import pytest
from tuf.api.metadata import MetaFile, Root, Snapshot, Targets, Timestamp

from catalog_cache.signatures.shelf import role_path
from tests.catalog_cache.press import CODE, PACK_PATH, Mirror, Press, Station, new_signer, refusal

COUNTY = f"county-{CODE}"
# More bytes than signed are not read at all; as many or fewer are read and do not fit.
NOT_AS_SIGNED = ("content", "limit", "mismatch")


def measured(data: bytes, version: int, **changes: Any) -> MetaFile:
    """A snapshot's line about a file, with its length and hash."""
    facts = {"length": len(data), "hashes": {"sha256": sha256(data).hexdigest()}} | changes
    return MetaFile(version, **facts)


def data_of(mirror: Mirror, role: str, version: int) -> bytes:
    return role_path(mirror.folder, role, version).read_bytes()


def signs_other_words(mirror: Mirror, role: str) -> None:
    """The same version of a role, truly signed, with something else in it."""
    signed = mirror.read(Targets, role)
    signed.unrecognized_fields["another"] = "x" * 40
    signers = mirror.press.city_signers if role == "targets" else mirror.press.county.county
    mirror.writes(role, signed, *signers)


@pytest.mark.parametrize(("role", "version"), [("targets", 1), (COUNTY, 2)])
def test_a_file_whose_length_and_hash_are_named_is_taken_when_they_fit(
    far: Station, mirror: Mirror, role: str, version: int
):
    snapshot = mirror.read(Snapshot, "snapshot")
    snapshot.version += 1
    snapshot.meta[f"{role}.json"] = measured(data_of(mirror, role, version), version)
    mirror.names(snapshot)

    assert refusal(far.client(mirror.folder)) == ""


@pytest.mark.parametrize(("role", "version"), [("targets", 1), (COUNTY, 2)])
@pytest.mark.parametrize("named", [{}, {"length": None}, {"hashes": None}])
def test_other_words_under_the_same_version_are_refused_by_length_or_hash(
    far: Station, mirror: Mirror, role: str, version: int, named: dict[str, None]
):
    snapshot = mirror.read(Snapshot, "snapshot")
    snapshot.version += 1
    snapshot.meta[f"{role}.json"] = measured(data_of(mirror, role, version), version, **named)
    mirror.names(snapshot)
    signs_other_words(mirror, role)

    assert refusal(far.client(mirror.folder)) in NOT_AS_SIGNED
    assert not (far.metadata_dir / f"{role}.json").exists()


def test_a_snapshot_other_than_the_one_measured_is_refused(press: Press, far: Station, mirror: Mirror):
    timestamp = mirror.read(Timestamp, "timestamp", None)
    timestamp.version += 1
    timestamp.snapshot_meta = measured(data_of(mirror, "snapshot", 2), 2)
    mirror.writes("timestamp", timestamp, press.county.timestamp)
    snapshot = mirror.read(Snapshot, "snapshot")
    snapshot.unrecognized_fields["another"] = "x"
    mirror.writes("snapshot", snapshot, press.county.snapshot)

    assert refusal(far.client(mirror.folder)) in NOT_AS_SIGNED


def test_a_snapshot_that_winds_back_is_found_also_where_hashes_are_named(
    press: Press, far: Station, mirror: Mirror
):
    far.client(mirror.folder).refresh()
    snapshot = mirror.read(Snapshot, "snapshot")
    snapshot.version = 1
    mirror.writes("snapshot", snapshot, press.county.snapshot)
    timestamp = mirror.read(Timestamp, "timestamp", None)
    timestamp.version += 1
    timestamp.snapshot_meta = measured(data_of(mirror, "snapshot", 1), 1)
    mirror.writes("timestamp", timestamp, press.county.timestamp)

    assert refusal(far.client(mirror.folder)) == "rollback"
    assert far.version("snapshot") == 2


def test_a_new_snapshot_key_lets_the_numbers_of_every_role_start_again(
    press: Press, far: Station, mirror: Mirror
):
    """Who stole the key may have signed version 100000; a new key makes honest numbers count again."""
    snapshot = mirror.read(Snapshot, "snapshot")
    snapshot.version, snapshot.meta["targets.json"].version = 99_999, 100_000
    city = mirror.read(Targets, "targets")
    city.version = 100_000
    mirror.writes("targets", city, *press.city_signers)
    mirror.names(snapshot)
    far.client(mirror.folder).refresh()
    assert far.version("targets") == 100_000
    key, root = new_signer(), mirror.read(Root, "root")
    root.version += 1
    root.revoke_key(press.county.snapshot.public_key.keyid, "snapshot")
    root.add_key(key.public_key, "snapshot")
    mirror.writes("root", root, *press.root_signers)
    snapshot.version, snapshot.meta["targets.json"].version = 100_000, 2
    city.version = 2
    mirror.writes("targets", city, *press.city_signers)
    mirror.names(snapshot)
    mirror.writes("snapshot", snapshot, key)

    far.client(mirror.folder).refresh()

    assert (far.version("root"), far.version("targets")) == (2, 2)


@pytest.mark.parametrize("length", [0, 1, 2**40])
def test_a_signed_length_that_is_not_the_files_is_refused(
    press: Press, far: Station, mirror: Mirror, length: int
):
    county = mirror.read(Targets, COUNTY)
    county.targets[PACK_PATH].length = length
    mirror.writes(COUNTY, county, *press.county.county)

    assert refusal(far.client(mirror.folder)) in NOT_AS_SIGNED
