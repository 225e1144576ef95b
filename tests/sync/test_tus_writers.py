"""Two who write to one upload at once: one wins, the other is told where to go on, nothing is mixed up."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sync import attachments
from sync.rows import using
from sync.tables import FileChunk, PartialUpload
from tests.tools.mail_caller import CHUNK_TYPE, Caller
from tests.tools.mail_pair import Pair

PIECE = 1000


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """The hall's store is either of the two."""
    is_postgres = request.param == "postgres"
    url = request.getfixturevalue("postgres_cluster").make_database() if is_postgres else None
    pair = Pair(tmp_path, url)
    yield pair
    pair.closes()


def at_once(pair: Pair, *acts) -> list:
    """Each in a thread of its own, with a connection of its own; their answers in order."""

    def run(act):
        try:
            return act()
        finally:
            pair.hall.database.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def held_bytes(pair: Pair) -> int:
    with using(pair.hall.database):
        return sum(len(bytes(chunk.data)) for chunk in FileChunk.select())


def puts(caller: Caller, scan, start: int, data: bytes):
    return caller.opens(f"/files/{scan.sha256}/{start}", "PUT", data, Content_Type=CHUNK_TYPE)


def test_of_two_who_append_at_one_place_one_wins_each_time(pair, caller, scan, sealed):
    offset = 0
    while offset < scan.size:
        mine, theirs = sealed[offset : offset + PIECE * 4], sealed[offset : offset + PIECE * 5]
        answers = at_once(
            pair,
            lambda data=mine, at=offset: caller.patches(scan, at, data),
            lambda data=theirs, at=offset: caller.patches(scan, at, data),
        )
        assert sorted(answer.status_code for answer in answers) == [204, 409]
        assert len({answer.headers["Upload-Offset"] for answer in answers}) == 1
        offset = int(answers[0].headers["Upload-Offset"])
        assert held_bytes(pair) == offset

    with using(pair.hall.database):
        assert attachments.is_whole(scan.sha256)


def test_pieces_from_anywhere_put_down_at_once_by_two_make_the_file(pair, caller, scan, sealed):
    starts = range(0, scan.size, 7 * PIECE)
    acts = [lambda at=start: puts(caller, scan, at, sealed[at : at + 7 * PIECE]) for start in starts]
    overlaps = [
        lambda at=start: puts(caller, scan, at, sealed[at : at + 5 * PIECE])
        for start in range(0, scan.size, 5 * PIECE)
    ]

    answers = at_once(pair, *acts, *overlaps)

    assert {answer.status_code for answer in answers} == {200}
    assert held_bytes(pair) == scan.size
    with using(pair.hall.database):
        assert attachments.is_whole(scan.sha256)


def test_one_who_appends_and_one_who_puts_pieces_down_still_end_with_the_file(pair, caller, scan, sealed):
    def appends():
        offset = 0
        while offset < scan.size:
            answer = caller.patches(scan, offset, sealed[offset : offset + 3 * PIECE])
            offset = int(answer.headers["Upload-Offset"])

    def puts_down():
        for start in reversed(range(0, scan.size, 4 * PIECE)):
            puts(caller, scan, start, sealed[start : start + 4 * PIECE])

    at_once(pair, appends, puts_down)

    with using(pair.hall.database):
        assert attachments.is_whole(scan.sha256)
    assert held_bytes(pair) == scan.size


def test_of_two_who_put_one_file_together_at_once_both_get_it_or_one_is_told(pair, caller, scan, sealed):
    half = scan.size // 2
    paths = []
    for data in (sealed[:half], sealed[half:]):
        made = caller.creates(Upload_Length=str(len(data)), Upload_Concat="partial")
        paths.append(made.headers["Location"])
        caller.opens(paths[-1], "PATCH", data, Upload_Offset="0", Content_Type=CHUNK_TYPE)

    joins = [lambda: caller.creates(scan, Upload_Concat="final;" + " ".join(paths))] * 4
    answers = at_once(pair, *joins)

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 201 and set(statuses[1:]) <= {201, 404}
    assert held_bytes(pair) == scan.size
    with using(pair.hall.database):
        assert attachments.is_whole(scan.sha256)
        assert PartialUpload.select().count() == 0


def test_parts_opened_at_once_do_not_share_one_room(pair, caller, scan):
    opens = [lambda: caller.creates(Upload_Length=str(scan.size // 2), Upload_Concat="partial")] * 6

    answers = at_once(pair, *opens)

    assert sorted(answer.status_code for answer in answers) == [201, 201, 507, 507, 507, 507]
