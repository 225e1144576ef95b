"""Stale is judged by the latest time somebody trusted vouched for, never by the PC's clock alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Timestamp

from catalog_cache.distribution.publish import Repository
from catalog_cache.distribution.update import update
from catalog_cache.errors import PublishRefused
from catalog_cache.signatures.metadata import stamp
from catalog_cache.signatures.signing import LIFETIME
from tests.catalog_cache.press import PACK_PATH, START, Mirror, Press, Station, refusal

DAY = timedelta(days=1)


@pytest.mark.parametrize(("days", "role"), [(40, "timestamp"), (1200, "root")])
def test_a_strict_clock_finds_what_has_expired(press: Press, far: Station, days: int, role: str):
    report_time = START + days * DAY

    assert refusal(far.client(clock=report_time)) == "expired"
    assert (far.version("root"), (far.metadata_dir / "snapshot.json").exists()) == (1, False)


def test_a_repository_that_stands_still_is_noticed_once_the_hall_has_told_the_time(
    press: Press, far: Station
):
    far.updates()
    far.attested_at = START + 40 * DAY

    report = far.updates()

    assert (report.state, report.version) == ("refused", 1)
    assert "timestamp 已于 2026-12-23 过期" in report.why


def test_new_signatures_end_the_standstill(press: Press, far: Station):
    far.updates()
    far.attested_at = START + 40 * DAY
    press.renews(days=39)

    assert far.updates().state == "current"


def test_a_station_that_was_never_told_the_time_takes_what_the_publisher_vouches_for(
    press: Press, far: Station
):
    assert far.updates().attested_at == press.now


def test_what_was_accepted_moves_the_time_forward_and_never_back(press: Press, far: Station):
    press.publishes(2, days=50)
    far.updates()
    learned = far.attested_at
    far.attested_at = None

    assert learned == press.now
    assert far.updates().attested_at == press.now


def test_a_stick_that_took_forty_five_days_on_the_way_is_still_taken(
    press: Press, far: Station, mirror: Mirror
):
    """The stick's timestamp ran out on the way, but nobody has vouched for so late a day here."""
    report = far.updates(mirror.folder)

    assert report.state == "new"


@pytest.mark.parametrize("year", [2019, 2035])
def test_a_dead_clock_battery_neither_blocks_nor_opens_the_door(
    press: Press, far: Station, mirror: Mirror, year: int
):
    """Only attested time counts; the PC's date goes nowhere."""
    wall = datetime(year, 1, 1, tzinfo=UTC)
    press.publishes(2, days=20)
    report = update(far.cache, press.folder, far.metadata_dir, wall, reference_time=press.now)
    press.publishes(3, days=35)
    late = update(far.cache, mirror.folder, far.metadata_dir, wall, reference_time=press.now)

    assert (report.state, report.version) == ("new", 2)
    assert late.state == "refused"


def test_every_role_is_checked_for_age(press: Press, far: Station, mirror: Mirror):
    """A fresh timestamp over a snapshot that ran out."""
    timestamp = mirror.read(Timestamp, "timestamp", None)
    timestamp.version, timestamp.expires = 9, (START + 400 * DAY).replace(tzinfo=UTC)
    timestamp.unrecognized_fields.update(stamp(START + 120 * DAY))
    mirror.writes("timestamp", timestamp, press.county.timestamp)

    report = far.updates(mirror.folder)

    assert report.state == "refused"
    assert report.why.startswith("snapshot 已于")


def test_the_cached_catalog_stays_in_use_however_old_it_grows(press: Press, far: Station):
    far.updates()
    far.attested_at = START + 2000 * DAY

    assert far.updates().state == "refused"
    assert far.knows("高龄津贴")


@pytest.mark.parametrize("text", ["2026-13-01T00:00:00Z", "tomorrow", 7, None, "2026-11-22T09:00:00+08:00"])
def test_a_time_that_cannot_be_read_vouches_for_nothing(
    press: Press, far: Station, mirror: Mirror, text: object
):
    timestamp = mirror.read(Timestamp, "timestamp", None)
    timestamp.version, timestamp.unrecognized_fields["yimen"] = 9, {"published_at": text}
    mirror.writes("timestamp", timestamp, press.county.timestamp)

    assert far.updates(mirror.folder).attested_at == press.now


def test_a_publisher_whose_clock_went_back_is_stopped(press: Press):
    with pytest.raises(PublishRefused, match="早于上次签发"):
        press.repository.publish({}, press.county, press.now - DAY)


def test_a_publisher_whose_clock_leapt_ahead_is_asked_before_every_station_believes_it(press: Press):
    later = press.now + 300 * DAY
    with pytest.raises(PublishRefused, match="可能是本机时间不对"):
        press.repository.publish({}, press.county, later)

    assert press.repository.publish({}, press.county, later, is_clock_checked=True).version == 3


def test_the_repository_says_when_it_last_published(press: Press, tmp_path: Path):
    in_force = press.repository.in_force()

    assert in_force is not None
    assert in_force.published_at == press.now
    assert Repository(tmp_path / "empty").in_force() is None


def test_a_county_does_not_publish_under_a_city_signature_that_stations_would_find_stale(press: Press):
    with pytest.raises(PublishRefused, match="市级文件已于 2027-12-27 过期"):
        press.repository.publish({}, press.county, START + 401 * DAY, is_clock_checked=True)


def test_a_role_that_expired_at_home_is_not_used_and_a_newer_one_ends_that(press: Press, far: Station):
    far.client(clock=press.now).download(PACK_PATH)
    later = press.now + timedelta(days=LIFETIME["county"].days + 1)
    standing_still = refusal(far.client(clock=later))
    press.renews(days=LIFETIME["county"].days)

    assert standing_still == "expired"
    assert refusal(far.client(clock=later)) == ""


@pytest.mark.parametrize("year", [2019, 2035])
def test_under_a_dead_battery_the_newest_version_is_installed_and_the_one_before_refused(
    press: Press, tmp_path: Path, year: int
):
    """Nobody ever told this station the time, and its clock is years off; versions decide, not dates."""
    wall = datetime(year, 6, 1, tzinfo=UTC)
    far, old = Station(tmp_path / "dead", press), Mirror(press, tmp_path / "old")
    press.publishes(2, "残疾人证", days=20)
    new = update(far.cache, press.folder, far.metadata_dir, wall)
    back = update(far.cache, old.folder, far.metadata_dir, wall, reference_time=new.attested_at)

    assert (new.state, new.version, new.why) == ("new", 2, "")
    assert (back.state, back.version) == ("refused", 2)
    assert "不退回旧版" in back.why
    assert far.knows("残疾人证")


@pytest.mark.parametrize("year", [2019, 2027, 2035])
def test_a_stick_sixty_days_late_brings_its_version_whatever_the_pc_thinks_of_the_date(
    press: Press, far: Station, tmp_path: Path, year: int
):
    far.updates()
    press.publishes(2, "残疾人证")
    stick = Mirror(press, tmp_path / "stick")
    press.publishes(3, "老年优待证", days=60)
    wall = datetime(year, 1, 21, tzinfo=UTC)

    late = update(far.cache, stick.folder, far.metadata_dir, wall, reference_time=far.attested_at)
    link = update(far.cache, press.folder, far.metadata_dir, wall, reference_time=late.attested_at)
    again = update(far.cache, stick.folder, far.metadata_dir, wall, reference_time=link.attested_at)

    assert (late.state, late.version) == ("new", 2)
    assert (link.state, link.version) == ("new", 3)
    assert (again.state, again.version) == ("refused", 3)
