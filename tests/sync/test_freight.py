"""Several pieces of files under way at once: what a cut costs, who goes first, what comes down."""

import os
import threading
import time
from collections.abc import Iterator

import flask
import pytest

from sync import attachments
from sync.courier import Courier
from sync.outbox import LetterState
from sync.pace import Outcome
from sync.rows import using
from sync.tables import FileChunk, SealedFile
from tests.tools.link import Link
from tests.tools.mail_hall import answering

SCAN = os.urandom(600_000)


@pytest.fixture
def line(pair) -> Iterator[Link]:
    """The hall behind waitress; `pair.exchange` goes over this line, on as many connections as it likes."""
    with answering(pair.hall.app, threads=4) as port, Link(port) as link:
        station = pair.station
        address = f"http://127.0.0.1:{link.port}"
        pair.courier = Courier(station.keys, station.node_id, address, station.handlers, station.clock)
        yield link


def until_done(pair, line: Link, cut_every: int, way: str = "up") -> list:
    reports = []
    while not reports or reports[-1].outcome is not Outcome.OK:
        line.cut_after(**{way: cut_every})
        reports.append(pair.exchange())
        assert len(reports) < 60
    line.cut_after()
    reports.append(pair.exchange())
    return reports


def test_pieces_go_side_by_side_and_the_letter_before_them(pair, line):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])

    report = pair.exchange()

    assert line.connections >= 3
    assert report.files_sent_bytes == len(SCAN) + 16
    assert pair.hall.reads(pair.hall.effects[0]) == SCAN
    assert pair.station.state("c1") == LetterState.ACKNOWLEDGED


def test_a_cut_costs_little_and_nothing_arrives_twice(pair, line):
    scan = pair.station.keeps(SCAN)
    pair.station.posts(pair.hall, "c1", [scan])

    reports = until_done(pair, line, 100_000)

    assert line.cuts >= 5
    assert sum(report.files_sent_bytes for report in reports) <= scan.size
    assert line.passed["up"] < 1.35 * scan.size
    assert pair.hall.effect_rows() == ["c1"]
    assert pair.hall.reads(pair.hall.effects[0]) == SCAN


def test_results_come_down_side_by_side_and_go_on_after_cuts(pair, line):
    pair.exchange()
    licence = pair.hall.keeps(SCAN, "许可证.pdf")
    pair.hall.posts(pair.station, "r1", [licence])

    reports = until_done(pair, line, 80_000, way="down")

    assert line.cuts >= 3 and line.connections > 2 * line.cuts
    assert sum(report.files_received_bytes for report in reports) == licence.size
    assert pair.station.reads(pair.station.effects[0]) == SCAN
    assert pair.hall.state("r1") == LetterState.ACKNOWLEDGED


def test_files_go_both_ways_in_one_exchange(pair, line):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])
    pair.hall.posts(pair.station, "r1", [pair.hall.keeps(SCAN)])

    report = pair.exchange()

    assert report.files_sent_bytes == report.files_received_bytes == len(SCAN) + 16


def test_after_a_cut_what_was_never_sent_goes_on_beside_the_question(pair, line):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])
    line.cut_after(up=200_000)
    pair.exchange()
    came, came_before_the_answer = threading.Event(), []

    def waits_for_a_piece():
        if flask.request.path.startswith("/files/"):
            came.set()
        elif not came_before_the_answer:
            came_before_the_answer.append(came.wait(5))

    pair.hall.app.before_request_funcs.setdefault(None, []).append(waits_for_a_piece)
    pair.exchange()

    assert came_before_the_answer == [True]


def test_a_new_case_goes_out_while_pieces_are_under_way(pair, line):
    pair.station.posts(pair.hall, "album", [pair.station.keeps(os.urandom(2_000_000))])
    line._rate = 400_000

    def posts_later():
        while (
            not (paths := [row for row in pair.hall.effect_rows() if row == "album"]) or held(pair) < 300_000
        ):
            time.sleep(0.02)
        assert paths
        pair.station.posts(pair.hall, "urgent")
        while "urgent" not in pair.hall.effect_rows():
            time.sleep(0.02)
        seen.append(held(pair))
        for node in (pair.station, pair.hall):
            node.database.close()

    seen: list[int] = []
    thread = threading.Thread(target=posts_later)
    thread.start()
    pair.exchange()
    thread.join(30)

    assert 300_000 <= seen[0] < 1_800_000
    assert pair.hall.effect_rows() == ["album", "urgent"]


def held(pair) -> int:
    with using(pair.hall.database):
        return sum(row.held for row in SealedFile.select())


def test_a_small_paper_does_not_wait_for_an_album(pair):
    album, note = pair.station.keeps(SCAN), pair.station.keeps(bytes(5000))
    pair.station.posts(pair.hall, "c1", [album])
    pair.station.posts(pair.hall, "c2", [note])

    pair.exchange()

    names = [path.split("/")[2] for _, path, _, _ in pair.link.seen if path.startswith("/files/")]
    assert names[0] == note.sha256 and set(names[1:]) == {album.sha256}


def test_a_small_paper_posted_while_an_album_is_under_way_overtakes_it(pair):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])
    notes = []

    def posts_meanwhile(path, body):
        if "/files/" in path and not notes:
            notes.append(pair.station.keeps(bytes(5000)))
            pair.station.posts(pair.hall, "c2", notes)
        return body

    pair.link.rewrite = posts_meanwhile
    pair.exchange()

    names = [path.split("/")[2] for _, path, _, _ in pair.link.seen if path.startswith("/files/")]
    assert names.index(notes[0].sha256) == 1


def test_who_counts_the_bytes_may_hold_files_back_and_letters_still_go(pair):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])
    asked: list[int] = []
    pair.exchange()  # the courier makes its freight with the first exchange
    pair.station.posts(pair.hall, "c2", [pair.station.keeps(SCAN)])
    pair.courier.may_send = lambda size_bytes: asked.append(size_bytes) is not None

    report = pair.exchange()

    assert report.state == "ok" and report.files_sent_bytes == 0 and asked
    assert pair.hall.effect_rows() == ["c1", "c2"]
    pair.courier.may_send = lambda _: True
    assert pair.exchange().files_sent_bytes > 0


def test_a_hall_that_takes_every_piece_and_never_has_the_file_is_left_alone(pair):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])

    def forgets(path, answer):
        if path.startswith("/files/"):
            return type(answer)(200, answer.headers | {"upload-offset": "0"}, b"")
        return answer

    pair.link.rewrite_answer = forgets
    report = pair.exchange()

    assert report.state == "ok"
    assert report.files_sent_bytes <= 2 * (len(SCAN) + 16)


def test_a_hall_that_lost_a_result_is_named_and_letters_still_go(pair):
    pair.exchange()
    licence = pair.hall.keeps(SCAN)
    pair.hall.posts(pair.station, "r1", [licence])
    with using(pair.hall.database):
        row = SealedFile.get(SealedFile.sha256 == licence.sha256)
        FileChunk.delete().where(FileChunk.file == row).execute()
        row.delete_instance()

    report = pair.exchange()

    assert report.state == "ok" and "没有这份附件" in report.files_why
    assert [arrived.subject for arrived in pair.station.effects] == ["r1"]


def test_the_thread_that_exchanges_is_the_only_one_that_touches_the_database(pair, line):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])
    pair.hall.posts(pair.station, "r1", [pair.hall.keeps(SCAN)])
    seen = set()
    execute = pair.station.database.execute_sql

    def notes(*arguments, **more):
        seen.add(threading.current_thread().name)
        return execute(*arguments, **more)

    pair.station.database.execute_sql = notes
    pair.exchange()

    assert seen == {threading.current_thread().name}
    with using(pair.station.database):
        assert attachments.is_whole(SealedFile.select().where(SealedFile.owner != "").get().sha256)
