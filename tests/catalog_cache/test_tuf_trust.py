"""Only what the right people signed, together and in the right number, gets in."""

import json
import lzma
from pathlib import Path

import pytest
from tuf.api.metadata import DelegatedRole, Delegations, MetaFile, Root, Snapshot, TargetFile, Targets

from catalog_cache.distribution.sources import FolderSource
from catalog_cache.errors import UpdateRefused
from catalog_cache.signatures.metadata import expiry
from catalog_cache.signatures.shelf import role_path, target_name
from tests.catalog_cache.press import (
    CODE,
    PACK_PATH,
    START,
    Mirror,
    Press,
    Station,
    new_signer,
    pack_of,
    refusal,
)

COUNTY = f"county-{CODE}"


def pack_target(mirror: Mirror) -> TargetFile:
    return mirror.read(Targets, COUNTY).targets[PACK_PATH]


def test_the_pack_arrives_as_it_was_signed(press: Press, far: Station):
    assert far.client().download(PACK_PATH) == press.repository.content("pack.jsonl")


def test_a_new_snapshot_with_yesterdays_county_file_is_refused(press: Press, far: Station, mirror: Mirror):
    press.publishes(2)
    for name in ("timestamp.json", "3.snapshot.json"):
        (mirror.folder / "metadata" / name).write_bytes((press.folder / "metadata" / name).read_bytes())
    yesterday = role_path(mirror.folder, COUNTY, 2)
    yesterday.rename(role_path(mirror.folder, COUNTY, 3))

    assert refusal(far.client(mirror.folder)) == "rollback"


def test_a_county_file_from_the_future_of_its_snapshot_is_refused(press: Press, far: Station, mirror: Mirror):
    press.publishes(2)
    newer = role_path(press.folder, COUNTY, 3).read_bytes()
    role_path(mirror.folder, COUNTY, 2).write_bytes(newer)

    assert refusal(far.client(mirror.folder)) == "mismatch"


@pytest.mark.parametrize("role", ["timestamp", "snapshot", COUNTY])
def test_a_role_signed_by_a_stranger_is_refused(press: Press, far: Station, mirror: Mirror, role: str):
    path = role_path(mirror.folder, role, None if role == "timestamp" else 2)
    document = json.loads(path.read_bytes())
    document["signatures"][0]["sig"] = "00" * 64
    path.write_text(json.dumps(document))

    assert refusal(far.client(mirror.folder)) == "signature"


def test_one_of_the_citys_two_keys_is_not_enough(press: Press, far: Station, mirror: Mirror):
    targets = mirror.read(Targets, "targets")
    mirror.writes("targets", targets, press.city_signers[0])

    assert refusal(far.client(mirror.folder)) == "signature"


def test_one_of_the_citys_keys_used_twice_is_not_enough(press: Press, far: Station, mirror: Mirror):
    targets = mirror.read(Targets, "targets")
    mirror.writes("targets", targets, press.city_signers[0], press.city_signers[0])

    assert refusal(far.client(mirror.folder)) == "signature"


def test_a_next_root_needs_two_of_the_old_root_keys(press: Press, far: Station, mirror: Mirror):
    root = mirror.read(Root, "root")
    root.version = 2
    mirror.writes("root", root, press.root_signers[0])

    assert refusal(far.client(mirror.folder)) == "signature"
    assert far.version("root") == 1


def test_a_next_root_that_its_own_keys_did_not_sign_is_refused(press: Press, far: Station, mirror: Mirror):
    root, strangers = mirror.read(Root, "root"), [new_signer(), new_signer()]
    root.version = 2
    for old in press.root_signers:
        root.revoke_key(old.public_key.keyid, "root")
    for new in strangers:
        root.add_key(new.public_key, "root")
    mirror.writes("root", root, *press.root_signers)

    assert refusal(far.client(mirror.folder)) == "signature"


def test_a_county_cannot_list_a_file_outside_its_path(press: Press, far: Station, mirror: Mirror):
    foreign = "county/440203000000/pack.jsonl"
    county = mirror.read(Targets, COUNTY)
    county.targets[foreign] = TargetFile.from_data(foreign, b"x", ["sha256"])
    county.targets["city/divisions.csv"] = TargetFile.from_data("city/divisions.csv", b"x", ["sha256"])
    mirror.writes(COUNTY, county, press.county.county[0])

    assert refusal(far.client(mirror.folder), foreign) == "missing"
    assert refusal(far.client(mirror.folder), "city/divisions.csv") == "missing"
    assert refusal(far.client(mirror.folder), f"county/{CODE}/deep/er.json") == "missing"


def test_a_role_that_a_county_names_under_somebody_elses_name_is_checked_against_the_county(
    press: Press, far: Station, mirror: Mirror
):
    """python-tuf 7.0.0 took such a role over from its other parent."""
    shared, theirs, ours = "shared", new_signer(), new_signer()
    targets, county = mirror.read(Targets, "targets"), mirror.read(Targets, COUNTY)
    role = DelegatedRole(shared, [theirs.public_key.keyid], 1, False, ["county/*/*"])
    assert targets.delegations is not None and targets.delegations.roles is not None
    targets.delegations = Delegations(
        {**targets.delegations.keys, theirs.public_key.keyid: theirs.public_key},
        {shared: role, **targets.delegations.roles},
    )
    county.delegations = Delegations(
        {ours.public_key.keyid: ours.public_key},
        {shared: DelegatedRole(shared, [ours.public_key.keyid], 1, False, ["county/*/*"])},
    )
    targets.version = county.version = 5
    mirror.writes("targets", targets, *press.city_signers)
    mirror.writes(COUNTY, county, press.county.county[0])
    mirror.writes(shared, Targets(expires=expiry("county", START)), theirs)
    snapshot = mirror.read(Snapshot, "snapshot")
    snapshot.version = 5
    snapshot.meta = {f"{name}.json": MetaFile(5) for name in ("targets", COUNTY)} | {
        "shared.json": MetaFile(1)
    }
    mirror.names(snapshot)
    client = far.client(mirror.folder)
    client.refresh()
    client.find(PACK_PATH)

    with pytest.raises(UpdateRefused, match="shared 的签名不足"):
        client.trust.accept_targets(shared, COUNTY, role_path(mirror.folder, shared, 1).read_bytes())


def test_a_changed_pack_is_refused(far: Station, mirror: Mirror):
    path = mirror.folder / "targets" / target_name(pack_target(mirror))
    path.write_bytes(path.read_bytes().replace("高龄津贴".encode(), "低龄津贴".encode()))

    assert refusal(far.client(mirror.folder)) == "mismatch"
    assert far.updates(mirror.folder).state == "refused"
    assert far.cache.current() is None


def test_a_pack_one_byte_longer_than_signed_is_not_even_read(far: Station, mirror: Mirror):
    path = mirror.folder / "targets" / target_name(pack_target(mirror))
    path.write_bytes(path.read_bytes() + b"\n")

    assert refusal(far.client(mirror.folder)) == "content"


def test_metadata_larger_than_any_honest_one_is_not_read(far: Station, mirror: Mirror):
    role_path(mirror.folder, "timestamp", None).write_bytes(b" " * 20_000)

    assert refusal(far.client(mirror.folder)) == "content"


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b'{"signed":{}}', b"\xff\xfe", b'{"signed":{"_type":"root"}}']
)
def test_what_is_not_metadata_is_refused(far: Station, mirror: Mirror, data: bytes):
    role_path(mirror.folder, "timestamp", None).write_bytes(data)

    assert refusal(far.client(mirror.folder)) == "format"


def test_a_snapshot_in_the_place_of_a_timestamp_is_refused(far: Station, mirror: Mirror):
    snapshot = role_path(mirror.folder, "snapshot", 2).read_bytes()
    role_path(mirror.folder, "timestamp", None).write_bytes(snapshot)

    assert refusal(far.client(mirror.folder)) == "format"


def test_a_broken_compressed_form_falls_back_to_the_plain_pack(press: Press, far: Station, mirror: Mirror):
    press.publishes(2, *(f"事项{n}" for n in range(60)))
    full = Mirror(press, mirror.folder.with_name("full"))
    compressed = full.folder / "targets" / target_name(pack_target(full), is_compressed=True)
    compressed.write_bytes(compressed.read_bytes()[:-40])
    source = FolderSource(full.folder)

    assert far.updates(source).state == "new"
    assert source.requests == 8


def test_a_compressed_form_that_unfolds_without_end_is_stopped(press: Press, far: Station, mirror: Mirror):
    press.publishes(2, *(f"事项{n}" for n in range(60)))
    full = Mirror(press, mirror.folder.with_name("full"))
    target = pack_target(full)
    compressed = full.folder / "targets" / target_name(target, is_compressed=True)
    compressed.write_bytes(lzma.compress(bytes(10_000_000)))
    (full.folder / "targets" / target_name(target)).unlink()

    assert far.updates(full.folder).state == "refused"


def test_a_first_root_that_does_not_stand_by_itself_is_not_trusted(press: Press, tmp_path: Path):
    document = json.loads(press.root)
    document["signatures"] = document["signatures"][:1]
    press.root = json.dumps(document).encode()

    with pytest.raises(UpdateRefused) as refused:
        Station(tmp_path / "new", press)
    assert refused.value.reason == "signature"


def test_a_second_root_cannot_be_slipped_under_a_station_that_trusts_one(far: Station, tmp_path: Path):
    other = Press(tmp_path / "other")

    with pytest.raises(UpdateRefused, match="本机已有根证书"):
        far.client().init(other.root)


def test_a_pack_listed_under_the_wrong_version_is_refused(press: Press, far: Station, mirror: Mirror):
    data = pack_of(7)
    county = mirror.read(Targets, COUNTY)
    target = TargetFile.from_data(PACK_PATH, data, ["sha256"])
    target.unrecognized_fields["custom"] = {"version": 8}
    county.targets[PACK_PATH], county.version = target, 2
    (mirror.folder / "targets" / target_name(target)).write_bytes(data)
    mirror.writes(COUNTY, county, press.county.county[0])

    report = far.updates(mirror.folder)

    assert report.state == "refused"
    assert "与签名目录所列不符" in report.why
