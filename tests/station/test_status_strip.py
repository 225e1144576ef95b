"""The strip that says on every page how the node is."""

from station.checkup import Level, check_clock
from station.status import spoken_time
from tests.tools.counter import START, Counter


def strip(counter: Counter, name: str) -> str:
    counter.signs_in(name)
    text = counter.opens("/accounts/me").text
    return text.split('class="strip"')[1].split("</section>")[0]


def test_a_new_station_says_that_it_has_no_hall_no_catalog_and_an_unproven_clock(station: Counter) -> None:
    told = strip(station, "agent")

    assert "还没有加入大厅" in told and "还没有" in told and "未核对" in told


def test_the_figures_of_the_queue_are_there_from_the_start(station: Counter) -> None:
    told = strip(station, "agent")

    assert "待发 <b>0</b>" in told and "大厅已签收 <b>0</b>" in told


def test_a_hall_counts_its_stations(hall: Counter) -> None:
    told = strip(hall, "reviewer")

    assert "0 个下级站点" in told and "今日收信 <b>0</b>" in told


def test_a_topmost_hall_goes_by_its_own_clock_without_a_warning(hall: Counter) -> None:
    told = strip(hall, "reviewer")

    assert "本机时间" in told and "未核对" not in told
    with hall.node.using():
        [finding] = check_clock(hall.node, hall.time.at)
    assert finding.level is Level.OK and "本机时间" in finding.what


def test_a_locked_station_shows_no_strip(station: Counter) -> None:
    station.installation.close()

    assert 'class="strip"' not in station.opens("/accounts/sign-in").text


def test_a_moment_is_told_in_chinese_time(station: Counter) -> None:
    with station.app.test_request_context("/"):
        assert spoken_time(START, START) == "今天 09:41"
        assert spoken_time(START.replace(day=20), START) == "11-20 09:41"
        assert spoken_time(START.replace(year=2025), START) == "2025-11-22 09:41"
