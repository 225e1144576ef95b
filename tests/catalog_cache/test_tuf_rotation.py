"""Keys are lost, stolen and replaced; stations follow the new ones and drop the old."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tuf.api.metadata import Targets

from catalog_cache.errors import BadHandover, PublishRefused
from catalog_cache.signatures.ceremony import RootChange, fingerprint, receipt_keys, renew_city, renew_root
from catalog_cache.signatures.shelf import role_path
from tests.catalog_cache.press import (
    CODE,
    Mirror,
    Press,
    Station,
    new_county_signers,
    new_signer,
    pack_of,
    refusal,
)


def give_new_county_keys(press: Press) -> None:
    """The county lost its publishing key; the city delegates to a new one."""
    press.county = replace(press.county, county=(new_signer(),))
    renew_city(press.city_folder, press.city_signers, {}, press.now, county=press.county_keys())


def test_after_the_city_replaced_the_countys_key_stations_follow_the_new_one(press: Press, far: Station):
    far.updates()
    give_new_county_keys(press)
    press.repository.adopt(press.city_folder, press.county, press.now)
    press.publishes(2, "残疾人证")

    assert far.updates().state == "new"
    assert far.knows("残疾人证")


def test_the_countys_old_key_signs_nothing_any_more(press: Press, far: Station):
    stolen = press.county
    give_new_county_keys(press)
    press.repository.adopt(press.city_folder, press.county, press.now)

    with pytest.raises(PublishRefused, match="不是市级授权的"):
        press.repository.publish({"pack.jsonl": pack_of(9)}, stolen, press.now)


def test_a_thief_with_the_old_key_is_refused_by_stations_too(press: Press, far: Station, mirror: Mirror):
    old = press.county
    give_new_county_keys(press)
    press.repository.adopt(press.city_folder, press.county, press.now)
    thief = Mirror(press, mirror.folder.with_name("thief"))
    county = thief.read(Targets, f"county-{CODE}")
    thief.writes(f"county-{CODE}", county, old.county[0])

    assert refusal(far.client(thief.folder)) == "signature"


def test_new_snapshot_and_timestamp_keys_arrive_with_the_next_root(press: Press, far: Station):
    far.updates()
    press.county = replace(new_county_signers(), county=press.county.county)
    renew_root(press.city_folder, press.root_signers[:2], RootChange(county=press.county_keys()), press.now)
    press.repository.adopt(press.city_folder, press.county, press.now)
    press.publishes(2, "残疾人证")

    assert far.updates().state == "new"
    assert far.version("root") == 2


def test_the_county_cannot_publish_with_new_keys_before_the_city_named_them(press: Press):
    with pytest.raises(PublishRefused, match="snapshot 密钥不在根证书里"):
        press.repository.publish({}, replace(press.county, snapshot=new_signer()), press.now)


def test_root_keys_change_hands_and_a_station_away_for_three_roots_catches_up(press: Press, far: Station):
    for _ in range(3):
        successors = tuple(new_signer() for _ in range(3))
        change = RootChange(root_keys=tuple(signer.public_key for signer in successors))
        renew_root(press.city_folder, (*press.root_signers[:2], *successors[:2]), change, press.now)
        press.root_signers = successors
    press.repository.adopt(press.city_folder, press.county, press.now)

    assert far.updates().state == "new"
    assert far.version("root") == 4


def test_one_root_key_cannot_change_the_root(press: Press):
    with pytest.raises(PublishRefused, match="签名人数不够"):
        renew_root(press.city_folder, press.root_signers[:1], RootChange(), press.now)
    assert not role_path(press.city_folder, "root", 2).exists()


def test_new_root_keys_must_sign_for_themselves(press: Press):
    successors = tuple(new_signer().public_key for _ in range(3))

    with pytest.raises(PublishRefused):
        renew_root(press.city_folder, press.root_signers, RootChange(root_keys=successors), press.now)


def test_new_city_keys_take_over_with_a_root_and_a_city_signature(press: Press, far: Station):
    far.updates()
    successors = (new_signer(), new_signer())
    change = RootChange(city_keys=tuple(signer.public_key for signer in successors))
    renew_root(press.city_folder, press.root_signers, change, press.now)
    renew_city(press.city_folder, successors, {}, press.now)
    press.repository.adopt(press.city_folder, press.county, press.now)

    assert far.updates().state == "current"
    assert (far.version("root"), far.version("targets")) == (2, 2)


def test_the_receipt_keys_stand_in_root_json_alone_and_outlive_a_root_that_does_not_touch_them(press: Press):
    renewed = renew_root(press.city_folder, press.root_signers, RootChange(), press.now)

    assert receipt_keys(press.root) == receipt_keys(renewed) == press.county_keys().receipt_keys
    assert fingerprint(press.root) != fingerprint(renewed)


def test_a_handover_from_a_city_that_is_not_ours_is_refused(press: Press, tmp_path: Path):
    other = Press(tmp_path / "other")
    renew_root(other.city_folder, other.root_signers, RootChange(), other.now)

    with pytest.raises(BadHandover, match="签名不足"):
        press.repository.adopt(other.city_folder, press.county, press.now)
    assert press.repository.root_json() == press.root


def test_a_handover_older_than_what_the_county_has_is_refused(press: Press, tmp_path: Path):
    shutil.copytree(press.city_folder, tmp_path / "old")
    renew_root(press.city_folder, press.root_signers, RootChange(), press.now)
    press.repository.adopt(press.city_folder, press.county, press.now)

    with pytest.raises(BadHandover, match="比现有的旧"):
        press.repository.adopt(tmp_path / "old", press.county, press.now)
