"""A large stick: the page shows how far it is, with and without a script, and lets a person stop it."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from station.catalog_stick.meter import Meter
from station.demo import people
from station.jobs import Job
from station.mailroom.carry import WAITING_FOLDER
from sync import bundle
from sync.bundle_file import Step
from tests.station.joined import accept_notes, join, keeps_file, served, writes
from tests.tools.counter import PASSWORD, Counter

SECONDS_MAX = 20


class Slow:
    """An export or import that waits at one step until it may go on; the node's pages do not wait for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: Counter, name: str, step: Step) -> None:
        at.node.jobs.wait_seconds = 0.0
        self.is_there, self.may_go_on = threading.Event(), threading.Event()
        real = getattr(bundle, name)

        def slow(*args: object, watch: object = None, **given: object) -> object:
            *rest, last = args
            inner = watch or last

            def held(now: Step, done: int, total: int) -> None:
                inner(now, done, total)
                if now is step and not self.is_there.is_set():
                    self.is_there.set()
                    assert self.may_go_on.wait(SECONDS_MAX)
                    inner(now, done, total)

            return real(*args, watch=held, **given) if watch else real(*rest, held, **given)

        monkeypatch.setattr(bundle, name, slow)


@pytest.fixture
def pair(station: Counter, hall: Counter) -> Iterator[tuple[Counter, Counter]]:
    join(station, hall)
    accept_notes(hall.node)
    writes(station, hall, files=[keeps_file(station, os.urandom(3_000_000)).sha256])
    station.signs_in("agent")
    hall.signs_in("boss")
    yield station, hall


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def finishes(counter: Counter, slow: Slow) -> None:
    slow.may_go_on.set()
    assert counter.node.jobs.current is not None
    assert counter.node.jobs.current.wait(SECONDS_MAX)


def test_an_import_shows_how_far_it_is_and_then_what_came(pair, stick, monkeypatch) -> None:
    station, hall = pair
    station.sends("/mailroom/stick/export", folder=str(stick))
    [path] = stick.iterdir()
    slow = Slow(monkeypatch, hall, "import_bundle", Step.FILES)

    answer = hall.sends("/mailroom/stick/import", {"path": str(path)})
    assert (answer.status_code, answer.location) == (302, "/mailroom/stick/progress")
    assert slow.is_there.wait(SECONDS_MAX)
    page = hall.opens("/mailroom/stick/progress").text
    figures = hall.opens("/mailroom/stick/progress.json").get_json()
    assert re.search(r"正在收附件 \d+%", page)
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page
    assert (figures["is_over"], figures["told"]) == (False, f"正在收附件 {figures['percent']}%")
    assert 0 < figures["percent"] < 100

    finishes(hall, slow)
    assert hall.opens("/mailroom/stick/progress.json").get_json()["is_over"] is True
    over = hall.opens("/mailroom/stick/progress").text
    assert "已导入" in over and '收齐附件</dt><dd class="num">1<' in over
    assert hall.opens("/mailroom/stick/progress").location == "/mailroom/stick", "told once"


def test_a_person_stops_an_import_and_the_next_one_goes_on(pair, stick, monkeypatch) -> None:
    station, hall = pair
    station.sends("/mailroom/stick/export", folder=str(stick))
    [path] = stick.iterdir()
    with monkeypatch.context() as patched:
        slow = Slow(patched, hall, "import_bundle", Step.FILES)
        hall.sends("/mailroom/stick/import", {"path": str(path)})
        assert slow.is_there.wait(SECONDS_MAX)
        hall.sends("/mailroom/stick/progress/stop")
        finishes(hall, slow)
    told = hall.opens("/mailroom/stick/progress")
    assert told.status_code == 409
    assert "已按要求停止" in told.text

    hall.node.jobs.wait_seconds = SECONDS_MAX
    over = hall.sends("/mailroom/stick/import", {"path": str(path)})
    assert '早已收过</dt><dd class="num">1<' in over.text
    assert '收齐附件</dt><dd class="num">1<' in over.text


def test_a_person_stops_an_export_and_nothing_lies_on_the_stick(pair, stick, monkeypatch) -> None:
    station, _ = pair
    slow = Slow(monkeypatch, station, "export_bundle", Step.WRITE)
    station.sends("/mailroom/stick/export", folder=str(stick))
    assert slow.is_there.wait(SECONDS_MAX)
    station.sends("/mailroom/stick/progress/stop")
    finishes(station, slow)

    assert "已按要求停止" in station.opens("/mailroom/stick/progress").text
    assert os.listdir(stick) == []


def test_while_one_is_under_way_another_is_refused_in_words(pair, stick, monkeypatch) -> None:
    station, _ = pair
    slow = Slow(monkeypatch, station, "export_bundle", Step.WRITE)
    station.sends("/mailroom/stick/export", folder=str(stick))
    assert slow.is_there.wait(SECONDS_MAX)

    second = station.sends("/mailroom/stick/export", folder=str(stick))
    assert (second.status_code, "另一次 U 盘收发正在进行" in second.text) == (409, True)
    finishes(station, slow)
    assert "可以拔盘" in station.browser.get("/mailroom/stick/progress", follow_redirects=True).text


def test_a_bundle_for_the_browser_waits_until_it_is_fetched_and_then_is_gone(pair, monkeypatch) -> None:
    station, _ = pair
    slow = Slow(monkeypatch, station, "export_bundle", Step.WRITE)
    station.sends("/mailroom/stick/export")
    assert slow.is_there.wait(SECONDS_MAX)
    finishes(station, slow)
    assert "下载 U 盘包" in station.opens("/mailroom/stick/progress").text

    answer = station.opens("/mailroom/stick/progress/file")
    assert answer.data.startswith(b"\x50\x2a\x4d\x18")
    answer.close()
    assert list((station.settings.data_folder / WAITING_FOLDER).iterdir()) == []
    assert station.opens("/mailroom/stick/progress/file").location == "/mailroom/stick"


def test_stopping_the_station_ends_the_work_first(pair, stick, monkeypatch) -> None:
    station, _ = pair
    slow = Slow(monkeypatch, station, "export_bundle", Step.WRITE)
    station.sends("/mailroom/stick/export", folder=str(stick))
    assert slow.is_there.wait(SECONDS_MAX)
    threading.Timer(0.2, slow.may_go_on.set).start()
    station.installation.close()

    assert os.listdir(stick) == []


class EndsWhileShown(Job):
    """A job that is under way at the first look and over at the next."""

    looks = 0

    @property
    def is_over(self) -> bool:
        self.looks += 1
        return self.looks > 1


@pytest.mark.parametrize("path", ["/mailroom/stick/progress", "/mailroom/stick/catalog/progress"])
def test_a_job_that_ends_while_its_page_is_made_is_shown_as_it_was(pair, path: str) -> None:
    _, hall = pair
    ending = EndsWhileShown("import", lambda _: None, ExitStack(), Meter())
    ending.result = ("whatever an import gives",)
    hall.node.jobs.current = hall.node.catalog_sticks.current = ending

    page = hall.opens(path)

    assert page.status_code == 200
    assert "data-figures=" in page.text


def test_the_people_of_the_demonstration_wait_for_a_stick_that_takes_longer(pair) -> None:
    for node in pair:
        node.node.jobs.wait_seconds = 0.0
    with ExitStack() as doors:
        clerk, boss = (people.DeskPerson(doors.enter_context(served(node))) for node in pair)
        for person, name in ((clerk, "agent"), (boss, "boss")):
            person.look_seconds = 0.02
            page = person.open("/accounts/sign-in")
            person.submit(page, page.form(having="password"), {"name": name, "password": PASSWORD})

        assert "新收信件1" in boss.import_bundle(clerk.export_bundle()).text
