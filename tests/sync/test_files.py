"""Attachments: sealed, resumed from the last durable byte, whole only when they hash to their name."""

import os

import pytest

from sync import attachments, exchange
from sync.attachments import StoredFile
from sync.envelope import FileEntry
from sync.errors import CannotOpen, FileIncomplete, NoRoom, NoSuchFile, TooLarge, UploadConflict
from sync.limits import CHUNK_ROW_BYTES, FILE_BYTES_MAX, FILES_PENDING_PER_SENDER_MAX
from sync.outbox import LetterState
from sync.rows import using, write
from sync.tables import FileChunk, SealedFile

SCAN = os.urandom(300_000)


def announced(pair, data: bytes = SCAN) -> StoredFile:
    """A file whose letter the hall has and whose bytes it lacks."""
    scan = pair.station.keeps(data)
    pair.station.posts(pair.hall, "c1", [scan])
    pair.hall.takes_stick(pair.station.gives(pair.hall))
    return scan


def sealed(pair, scan: StoredFile) -> bytes:
    with using(pair.station.database):
        return attachments.sealed_range(scan.sha256, 0, scan.size)


def sends(pair, scan: StoredFile, offset: int, data: bytes) -> int:
    with using(pair.hall.database):
        return exchange.receive_file(pair.hall.box, pair.station.node_id, scan.sha256, offset, data)


def test_a_letter_and_its_scan_reach_the_hall_and_only_then_it_is_green(pair):
    scan = pair.station.keeps(SCAN)
    pair.station.posts(pair.hall, "c1", [scan])

    report = pair.exchange()

    [arrived] = pair.hall.effects
    assert pair.hall.reads(arrived) == SCAN
    assert report.files_sent_bytes == scan.size
    assert pair.station.state("c1") == LetterState.ACKNOWLEDGED


def test_the_letter_goes_before_its_file(pair):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])

    pair.exchange()

    paths = [path for _, path, _, _ in pair.link.seen]
    assert paths.index("/sync/v1/exchange") < min(i for i, path in enumerate(paths) if "/files/" in path)


def test_a_new_case_overtakes_a_long_file(pair):
    pair.station.posts(pair.hall, "slow", [pair.station.keeps(SCAN)])

    def posts_meanwhile(path, body):
        if "/files/" in path and len(pair.link.seen) == 5:
            pair.station.posts(pair.hall, "quick")
        return body

    pair.link.rewrite = posts_meanwhile
    pair.exchange()

    order = [path.split("/")[1] for _, path, _, _ in pair.link.seen]
    assert pair.hall.effect_rows() == ["slow", "quick"]
    assert order[5:8] == ["files", "sync", "files"]


def test_after_a_cut_the_file_goes_on_where_the_hall_has_it(pair):
    scan = pair.station.keeps(SCAN)
    pair.station.posts(pair.hall, "c1", [scan])
    pair.link.fate("ok", "ok", "ok", "ok", "ok", "lost")
    report = pair.exchange()
    assert (report.state, report.sent) == ("offline", 1)
    before = report.files_sent_bytes

    again = pair.exchange()

    assert before > 0
    assert before + again.files_sent_bytes == scan.size
    assert pair.hall.reads(pair.hall.effects[0]) == SCAN


def test_a_chunk_whose_answer_was_lost_is_not_stored_twice(pair):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])
    pair.link.fate("ok", "ok", "ok", "ok", "unanswered", "ok", "twice", "ok", "twice")

    while pair.exchange().state != "ok":
        pass

    assert pair.hall.reads(pair.hall.effects[0]) == SCAN
    with using(pair.hall.database):
        assert sum(len(chunk.data) for chunk in FileChunk.select()) == len(SCAN) + 16


def test_a_chunk_damaged_on_the_way_is_sent_again(pair):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])
    damaged = iter([True])

    def damages_once(path, body):
        return body[:-1] + bytes([body[-1] ^ 1]) if "/files/" in path and next(damaged, False) else body

    pair.link.rewrite = damages_once
    report = pair.exchange()

    assert report.state == "ok"
    assert 460 in {answer.status for *_, answer in pair.link.seen}
    assert pair.hall.reads(pair.hall.effects[0]) == SCAN


def test_a_whole_that_hashes_to_something_else_is_thrown_away_and_taken_again(pair):
    scan = announced(pair)
    bytes_ = sealed(pair, scan)

    assert sends(pair, scan, 0, bytes_[:-1] + bytes([bytes_[-1] ^ 1])) == 0
    with using(pair.hall.database):
        assert FileChunk.select().count() == 0
        assert not attachments.is_whole(scan.sha256)
    assert sends(pair, scan, 0, bytes_) == scan.size
    assert pair.hall.reads(pair.hall.effects[0]) == SCAN


def test_a_result_file_comes_down_and_is_receipted(pair):
    pair.exchange()
    licence = pair.hall.keeps(SCAN, "许可证.pdf")
    pair.hall.posts(pair.station, "r1", [licence])

    report = pair.exchange()

    [arrived] = pair.station.effects
    assert pair.station.reads(arrived) == SCAN
    assert report.files_received_bytes == licence.size
    assert pair.hall.state("r1") == LetterState.ACKNOWLEDGED


def test_a_result_file_resumes_after_a_cut(pair):
    pair.exchange()
    licence = pair.hall.keeps(SCAN)
    pair.hall.posts(pair.station, "r1", [licence])
    pair.link.fate("ok", "ok", "ok", "ok", "unanswered")
    first = pair.exchange()
    pair.restarts_station()

    second = pair.exchange()

    assert (first.state, second.state) == ("offline", "ok")
    assert first.files_received_bytes + second.files_received_bytes == licence.size


def test_a_damaged_download_is_thrown_away_and_taken_again(pair):
    pair.exchange()
    pair.hall.posts(pair.station, "r1", [pair.hall.keeps(b"licence" * 1000)])
    damaged = iter([True])

    def damages_once(path, answer):
        if answer.status == 206 and next(damaged, False):
            return type(answer)(206, answer.headers, b"?" + answer.body[1:])
        return answer

    pair.link.rewrite_answer = damages_once
    pair.exchange()

    assert pair.station.reads(pair.station.effects[0]) == b"licence" * 1000


def test_only_files_that_an_accepted_letter_names_are_taken(pair):
    scan = pair.station.keeps(SCAN)
    pair.exchange()

    with pytest.raises(NoSuchFile):
        sends(pair, scan, 0, b"unannounced")


def test_a_file_of_one_station_is_not_taken_from_another(pair):
    scan = announced(pair)
    with using(pair.hall.database), pytest.raises(NoSuchFile):
        exchange.receive_file(pair.hall.box, "9" * 32, scan.sha256, 0, b"x")


def test_two_letters_may_name_the_same_file_and_it_travels_once(pair):
    scan = pair.station.keeps(SCAN)
    pair.station.posts(pair.hall, "c1", [scan])
    pair.station.posts(pair.hall, "c2", [scan])

    report = pair.exchange()

    assert report.files_sent_bytes == scan.size
    assert [pair.hall.reads(arrived) for arrived in pair.hall.effects] == [SCAN, SCAN]
    assert pair.station.counts().acknowledged == 2


def test_equal_scans_of_two_residents_share_nothing(pair):
    one, other = pair.station.keeps(SCAN), pair.station.keeps(SCAN)

    assert one.sha256 != other.sha256
    assert one.key_b64 != other.key_b64
    with using(pair.station.database), pytest.raises(CannotOpen):
        attachments.read(one.sha256, other.key_b64)


def test_pieces_must_continue_where_the_stored_part_ends(pair):
    scan = announced(pair)
    data = sealed(pair, scan)
    assert sends(pair, scan, 0, data[:100]) == 100

    for offset in (0, 50, 101):
        with pytest.raises(UploadConflict):
            sends(pair, scan, offset, data[offset : offset + 10])
    with pytest.raises(TooLarge):
        sends(pair, scan, 100, data[100:] + b"more")


def test_any_range_of_a_file_can_be_read(pair):
    scan = pair.station.keeps(SCAN)
    whole = sealed(pair, scan)
    row = CHUNK_ROW_BYTES

    with using(pair.station.database):
        for start, length in (
            (0, 1),
            (row - 1, 2),
            (row, row),
            (5, 3 * row),
            (scan.size - 1, 50),
            (scan.size, 9),
        ):
            assert attachments.sealed_range(scan.sha256, start, length) == whole[start : start + length]


def test_a_file_that_is_still_arriving_cannot_be_read(pair):
    scan = announced(pair)
    sends(pair, scan, 0, sealed(pair, scan)[:50])

    with using(pair.hall.database):
        for act in (
            lambda: attachments.read(scan.sha256, scan.key_b64),
            lambda: attachments.sealed_size(scan.sha256),
        ):
            with pytest.raises(FileIncomplete):
                act()
        with pytest.raises(NoSuchFile):
            attachments.read("0" * 64, scan.key_b64)


@pytest.mark.parametrize("key", ["", "not base64!", "AAAA"])
def test_a_wrong_key_opens_nothing(pair, key):
    scan = pair.station.keeps(b"scan")
    with using(pair.station.database), pytest.raises(CannotOpen):
        attachments.read(scan.sha256, key)


def test_a_file_damaged_on_the_disk_is_not_handed_out(pair):
    scan = pair.station.keeps(b"scan" * 100)
    with using(pair.station.database), write():
        FileChunk.update(data=b"x" * scan.size).execute()

    with using(pair.station.database), pytest.raises(CannotOpen):
        attachments.read(scan.sha256, scan.key_b64)


def test_a_file_above_the_limit_is_refused_and_nothing_is_kept(pair):
    with pytest.raises(TooLarge):
        pair.station.keeps(bytes(FILE_BYTES_MAX + 1))
    with using(pair.station.database):
        assert SealedFile.select().count() == 0


def test_a_sender_cannot_announce_files_without_end(pair):
    with using(pair.hall.database), write():
        rows = [
            {"owner": pair.station.node_id, "sha256": f"{number:064x}", "size": 1}
            for number in range(FILES_PENDING_PER_SENDER_MAX)
        ]
        SealedFile.insert_many(rows).execute()
        with pytest.raises(NoRoom):
            attachments.expect(pair.station.node_id, [FileEntry("1", 1, "f" * 64)])


def test_the_hall_asks_for_a_file_again_that_it_lost(pair):
    pair.station.posts(pair.hall, "c0")
    pair.exchange()
    scan = pair.station.keeps(SCAN)
    pair.station.posts(pair.hall, "c1", [scan])
    pair.link.fate("ok", "lost")
    pair.exchange()
    backup = pair.hall.backs_up()
    pair.exchange()
    pair.hall.is_set_back(backup)

    pair.exchange()

    with using(pair.hall.database):
        assert attachments.is_whole(scan.sha256)
