"""Complaints of other systems' users about links and load: no progress, no end, too many bytes.

Each test is named after the thread; docs/complaints.md is the list.
"""

import os
import socket
import threading

import pytest

from sync import attachments
from sync.envelope import FileEntry
from sync.errors import NoRoom
from sync.limits import FILES_PENDING_PER_SENDER_MAX, PARCEL_BYTES_MAX
from sync.outbox import LetterState
from sync.pace import Outcome
from sync.rows import using, write
from sync.tables import FileChunk, SealedFile
from sync.transport import HttpTransport
from tests.sync.test_chain_and_pace import pause


def test_nats_7615_a_link_that_dies_every_few_kilobytes_still_brings_everything(pair, line):
    """The peer reconnects for ever with the same backlog; here every contact that carries a parcel counts."""
    for number in range(60):
        pair.station.posts(pair.hall, f"c{number}", text=os.urandom(600).hex())
    held, contacts = [0], 0
    while pair.station.counts().acknowledged < 60:
        line.cut_after(up=48_000, down=12_000)
        pair.exchange()
        held.append(len(pair.hall.effect_rows()))
        contacts += 1
        assert contacts < 12

    assert line.cuts >= 1
    assert held == sorted(held)
    assert pair.hall.effect_rows() == [f"c{number}" for number in range(60)]


def test_pouchdb_8462_after_a_long_outage_the_next_contact_takes_up_where_it_was(pair, line):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    line.goes_down()
    for number in range(8):
        pair.station.posts(pair.hall, f"later{number}")
        report = pair.exchange()
        assert (report.state, report.outcome) == ("offline", Outcome.OFFLINE) or report.outcome == Outcome.CUT
    pair.passes(9 * 3600)

    line.comes_up()

    assert pair.exchange().acknowledged == 8


def test_opencrvs_7477_a_slow_link_that_eats_answers_makes_no_second_registration(pair):
    """Two of three answers are lost; the station tries until it is green."""
    pair.station.posts(pair.hall, "c1")
    tries = 0
    while pair.station.state("c1") != LetterState.ACKNOWLEDGED:
        pair.link.fate("ok", "ok", "unanswered") if tries == 0 else pair.link.fate("unanswered", "unanswered")
        if tries == 3:
            pair.link.fate()
        pair.exchange()
        tries += 1

    assert tries == 4
    assert pair.hall.effect_rows() == ["c1"]


def test_morango_a_silent_link_does_not_hang_the_station():
    """The other end takes the connection and never says a word: that is an answer as well."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        taken = []
        threading.Thread(target=lambda: taken.append(mute.accept()), daemon=True).start()
        link = HttpTransport(f"http://127.0.0.1:{mute.getsockname()[1]}", silence_seconds=0.2)

        answer = link.request("POST", "/sync/v1/exchange", {}, b"")

        link.close()
        taken[0][0].close()
    assert (answer.status, answer.was_reached, answer.why) == (0, True, "连接中途断开了。")


def test_nats_4094_nothing_to_say_is_one_small_request(pair):
    pair.exchange()

    report = pair.exchange()

    assert report.round_trips == 1
    assert report.bytes_up + report.bytes_down < 1500


def test_sync_gateway_1163_many_like_cases_travel_in_a_fraction_of_their_bytes(pair):
    text = "申请人具有本村户籍，符合高龄津贴发放条件，现申请自本月起按月发放。" * 20
    for number in range(40):
        pair.station.posts(pair.hall, f"c{number}", text=f"{number} {text}")

    report = pair.exchange()

    assert report.acknowledged == 40
    assert report.bytes_up < 0.35 * 40 * len(text.encode())


def test_kolibri_14_requests_one_new_case_needs_no_more_than_two_round_trips(pair):
    """The peer needs 14 requests and 18.6 kB to say that there is nothing new."""
    pair.exchange()
    pair.station.posts(pair.hall, "c1")

    report = pair.exchange()

    assert report.acknowledged == 1
    assert report.round_trips <= 2
    assert report.bytes_up + report.bytes_down < 4096


def test_morango_279_however_much_waits_a_request_stays_small(pair):
    for number in range(150):
        pair.station.posts(pair.hall, f"c{number}", text=os.urandom(4000).hex())

    pair.exchange()

    sizes = [len(body) for _, _, body, _ in pair.link.seen]
    assert len(pair.hall.effect_rows()) == 150
    assert max(sizes) < PARCEL_BYTES_MAX // 8
    assert sum(sizes) > 3 * max(sizes)


def test_cht_10408_one_station_cannot_fill_the_hall_and_the_others_go_on(pair):
    other = pair.adds_station(3)
    with using(pair.hall.database), write():
        rows = [FileEntry(str(n), 10, f"{n:064x}") for n in range(FILES_PENDING_PER_SENDER_MAX)]
        attachments.expect(pair.station.node_id, rows)
        with pytest.raises(NoRoom):
            attachments.expect(pair.station.node_id, [FileEntry("x", 10, "f" * 64)])
        assert SealedFile.select().count() == FILES_PENDING_PER_SENDER_MAX
        assert FileChunk.select().count() == 0
    pair.station.posts(pair.hall, "toomuch", [pair.station.keeps(b"one more")])
    report = pair.exchange()
    other.station.posts(pair.hall, "c1", [other.station.keeps(b"scan")])
    other.exchange()

    assert report.refused
    assert pair.station.state("toomuch") != LetterState.ACKNOWLEDGED
    assert other.station.state("c1") == LetterState.ACKNOWLEDGED
    other.station.database.close_all()


def test_cht_7419_stations_that_were_refused_come_back_spread_out():
    pauses = {round(pause(*[Outcome.REFUSED] * 8, retry_after=60, seed=seed), 2) for seed in range(100)}

    assert min(pauses) >= 60
    assert len(pauses) > 80


def test_kolibri_1794_two_writers_at_once_wait_for_each_other_instead_of_failing(pair):
    """A desk saves cases while mail is taken in; neither meets "database is locked"."""
    failed = []

    def saves() -> None:
        try:
            for number in range(15):
                pair.hall.posts(pair.station, f"desk{number}")
        except Exception as problem:  # noqa: BLE001 - the test is about whatever it would be
            failed.append(problem)

    for number in range(15):
        pair.station.posts(pair.hall, f"c{number}")
    desk = threading.Thread(target=saves)
    desk.start()
    pair.exchange()
    desk.join()
    pair.exchange()

    assert failed == []
    assert len(pair.hall.effect_rows()) == 15
    assert pair.hall.counts().made == 15
