"""Signatures that end: who is told in time, what the hall signs by itself, and what it leaves to people."""

from datetime import timedelta
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner

from catalog_cache.distribution.freshness import signatures
from catalog_cache.errors import KeyRefused, PublishRefused
from catalog_cache.signatures.signing import LIFETIME
from station import chores, kept
from station.checkup import Finding, Level, check_online_keys, check_signatures
from station.hall.publishing import online
from station.hall.publishing.release import Desk
from tests.station.publishing_desk import PASSPHRASE, PublishingDesk
from tests.tools.counter import Counter


@pytest.fixture
def desk(hall: Counter, tmp_path: Path) -> PublishingDesk:
    """A county that took the city's word over today."""
    desk = PublishingDesk(hall, tmp_path)
    desk.has_its_keys()
    return desk


def goes_online(desk: PublishingDesk) -> None:
    with desk.hall.node.using():
        online.switch_on(desk.hall.node, PASSPHRASE, by="boss", now=desk.hall.time.at)


def lets_pass(desk: PublishingDesk, days: float) -> str:
    """Days without anybody, then the hall's own round; what it noted."""
    desk.hall.time.passes(days=days)
    with desk.hall.node.using():
        chores.sign_again(desk.hall.node)
        return kept.note(chores.SIGNING)


def timestamp_version(desk: PublishingDesk) -> int:
    in_force = Desk.of(desk.hall.node).repository.in_force()
    assert in_force is not None
    return int(in_force.timestamp.version)


def days_left(desk: PublishingDesk) -> dict[str, int]:
    found = signatures(desk.hall.node.repository_folder)
    return {one.role: one.days_left(desk.hall.time.at) for one in found}


def findings(desk: PublishingDesk) -> list[Finding]:
    return list(check_signatures(desk.hall.installation, desk.hall.time.at))


def strip(desk: PublishingDesk) -> str:
    desk.signs_in("editor")
    return desk.opens("").split('class="strip"')[1].split("</section>")[0]


def test_a_hall_signs_its_timestamp_again_every_five_days(desk: PublishingDesk):
    goes_online(desk)
    before = timestamp_version(desk)

    told = [lets_pass(desk, days=1) for _ in range(12)]

    assert set(told) == {""}
    assert timestamp_version(desk) == before + 2
    assert days_left(desk)["timestamp"] >= 25


def test_the_snapshot_is_signed_again_when_half_its_time_is_over(desk: PublishingDesk):
    goes_online(desk)
    for _ in range(20):
        lets_pass(desk, days=5)

    left = days_left(desk)

    assert 45 <= left["snapshot"] <= 90 and left["timestamp"] >= 25
    assert left["county"] == LIFETIME["county"].days - 100


def test_the_hall_itself_goes_on_to_believe_what_it_signed(desk: PublishingDesk):
    goes_online(desk)
    lets_pass(desk, days=6)

    signed = desk.hall.node.repository_folder / "metadata/timestamp.json"
    believed = desk.hall.node.metadata_folder / "timestamp.json"
    assert believed.read_bytes() == signed.read_bytes()


def test_without_online_keys_nothing_is_signed_and_people_are_told_ten_days_before(desk: PublishingDesk):
    before = timestamp_version(desk)
    assert [finding.level for finding in findings(desk)] == [Level.OK]

    assert lets_pass(desk, days=21) == ""

    [finding] = findings(desk)
    assert timestamp_version(desk) == before
    assert finding.level is Level.WARNING and "时间戳的签名还有 9 天过期" in finding.what
    assert "yimen catalog renew" in finding.next_step
    assert "目录签名" in strip(desk) and "9 天后过期" in strip(desk)


def test_a_signature_that_has_ended_is_an_error(desk: PublishingDesk):
    lets_pass(desk, days=31)

    [finding] = findings(desk)

    assert finding.level is Level.ERROR and "已过期" in finding.what
    assert "站点拒收新目录" in strip(desk)


def test_each_signature_names_who_can_renew_it(desk: PublishingDesk):
    desk.hall.time.passes(days=3 * 365 + 1)

    steps = {one.role: one.next_step for one in signatures(desk.hall.node.repository_folder)}

    assert "--with-root" in steps["root"] and "市级续签" in steps["targets"]
    assert "renew" in steps["county"] and "online" in steps["snapshot"]
    assert {finding.level for finding in findings(desk)} == {Level.ERROR}


def test_after_a_long_pause_a_person_has_to_look_at_the_clock(desk: PublishingDesk):
    goes_online(desk)
    before = timestamp_version(desk)

    told = lets_pass(desk, days=61)

    assert "可能是本机时间不对" in told
    assert timestamp_version(desk) == before
    with desk.hall.node.using():
        [finding] = check_online_keys(desk.hall.node, desk.hall.time.at)
    assert finding.level is Level.WARNING and "核对本机时间" in finding.next_step


def test_a_clock_that_went_back_signs_nothing(desk: PublishingDesk):
    goes_online(desk)
    desk.hall.time.passes(days=-30)

    with desk.hall.node.using():
        told = online.sign_when_due(desk.hall.node, desk.hall.time.at)

    assert "早于上次签发" in told


def test_a_person_renews_everything_of_the_county_and_the_trouble_is_over(desk: PublishingDesk):
    goes_online(desk)
    lets_pass(desk, days=61)

    with desk.hall.node.using():
        expires = online.renew(
            desk.hall.node, PASSPHRASE, by="boss", now=desk.hall.time.at, is_clock_checked=False
        )

    assert expires - desk.hall.time.at > timedelta(days=29)
    assert days_left(desk)["county"] >= LIFETIME["county"].days - 1
    assert lets_pass(desk, days=0) == ""


def test_a_wrong_passphrase_keeps_nothing(desk: PublishingDesk):
    with desk.hall.node.using():
        with pytest.raises(KeyRefused):
            online.switch_on(desk.hall.node, "another passphrase", by="boss", now=desk.hall.time.at)
        assert not online.is_on(desk.hall.node)


def test_switched_off_the_keys_are_forgotten(desk: PublishingDesk):
    goes_online(desk)
    with desk.hall.node.using():
        online.switch_off(desk.hall.node, by="boss", now=desk.hall.time.at)
        assert not online.is_on(desk.hall.node)
    before = timestamp_version(desk)
    lets_pass(desk, days=10)

    assert timestamp_version(desk) == before


def test_keys_that_the_city_replaced_sign_nothing_and_say_so(desk: PublishingDesk):
    goes_online(desk)
    strangers = CryptoSigner.generate_ed25519(), CryptoSigner.generate_ed25519()
    repository = Desk.of(desk.hall.node).repository

    with pytest.raises(PublishRefused, match="已经换过"):
        repository.refresh(*strangers, desk.hall.time.at)


def test_the_keys_lie_sealed_and_no_file_of_the_hall_holds_them_open(desk: PublishingDesk):
    goes_online(desk)
    with desk.hall.node.using():
        pem = kept.secret(desk.hall.node.node_key, online.SECRETS["timestamp"])
    assert pem is not None and b"PRIVATE KEY" in pem
    body = pem.splitlines()[1]

    for path in desk.hall.settings.data_folder.rglob("*"):
        assert not path.is_file() or body not in path.read_bytes(), path
