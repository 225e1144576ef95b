"""A county loses its word: what stations believe then, and how it gets its word back."""

from datetime import timedelta
from pathlib import Path

import pytest

from catalog_cache.distribution.update import State
from catalog_cache.errors import PublishRefused
from catalog_cache.signatures.ceremony import CitySigners, RootChange, renew_city, renew_root, revoke_county
from tests.catalog_cache.press import Press, Station, new_county_signers


def revokes(press: Press, days: float = 1) -> bytes:
    """The city, with two of its root keys, on its own PC."""
    press.now += timedelta(days=days)
    signers = CitySigners(press.root_signers[:2], press.city_signers)
    return revoke_county(press.city_folder, signers, press.now)


def test_a_station_that_hears_of_it_takes_nothing_more_from_the_county_and_keeps_its_catalog(
    press: Press, far: Station
):
    far.updates()
    revokes(press)

    told = far.updates(press.city_folder)
    press.publishes(2, "由被撤回的县签发")
    later = far.updates()

    assert (told.state, told.version) == (State.REFUSED, 1)
    assert "撤回授权" in told.why
    assert (later.state, later.version) == (State.REFUSED, 1)
    assert "签名不足" in later.why
    assert far.knows("高龄津贴")


def test_a_stick_made_before_is_refused_after(press: Press, far: Station, tmp_path: Path):
    stick = press.copies_to(tmp_path / "stick")
    far.updates()
    revokes(press)
    far.updates(press.city_folder)

    assert far.updates(stick).state is State.REFUSED


def test_the_revoked_county_cannot_take_the_handover_and_publish_under_it(press: Press):
    revokes(press)

    with pytest.raises(PublishRefused, match="没有授权县级发布"):
        press.repository.adopt(press.city_folder, press.county, press.now)
    assert press.repository.in_force() is not None


def test_one_root_key_is_not_enough_to_revoke(press: Press):
    signers = CitySigners(press.root_signers[:1], press.city_signers)

    with pytest.raises(PublishRefused, match="签名人数不够"):
        revoke_county(press.city_folder, signers, press.now)
    assert not (press.city_folder / "metadata/2.root.json").exists()


def test_both_keys_of_the_city_are_needed_to_revoke(press: Press):
    signers = CitySigners(press.root_signers, (press.city_signers[0],) * 2)

    with pytest.raises(PublishRefused, match="各不相同"):
        revoke_county(press.city_folder, signers, press.now)


def test_a_second_time_renews_the_signatures_and_no_root(press: Press, far: Station):
    first = revokes(press)
    second = revokes(press, days=20)
    far.attested_at = press.now + timedelta(days=25)

    assert first == second
    assert "撤回授权" in far.updates(press.city_folder).why


def test_a_county_named_again_with_new_keys_is_followed(press: Press, far: Station):
    far.updates()
    revokes(press)
    far.updates(press.city_folder)
    press.county = new_county_signers()
    press.now += timedelta(days=1)
    keys = press.county_keys()
    renew_root(press.city_folder, press.root_signers[:2], RootChange(county=keys), press.now)
    renew_city(press.city_folder, press.city_signers, {}, press.now, county=keys)
    press.repository.adopt(press.city_folder, press.county, press.now)
    press.publishes(2, "重新授权后的目录")

    assert far.updates().state is State.NEW
    assert far.knows("重新授权后的目录")
