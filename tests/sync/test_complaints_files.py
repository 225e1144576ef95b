"""Complaints of other systems' users about attachments and sticks: begun again from zero, lost, in the way.

Each test is named after the thread; docs/complaints.md is the list.
"""

import os

import pytest

from sync import attachments, retention
from sync.errors import BundleDamaged, BundleNotWritten
from sync.limits import CHUNK_BYTES_START
from sync.outbox import LetterState
from sync.rows import using
from sync.tables import SealedFile

SCAN = os.urandom(300_000)


def is_file(path: str) -> bool:
    return path.startswith("/files/")


def test_opencrvs_5313_a_record_with_several_attachments_stays_until_each_of_them_is_receipted(pair):
    scans = [pair.station.keeps(os.urandom(40_000)) for _ in range(3)]
    pair.station.posts(pair.hall, "c1", scans)
    pair.hall.takes_stick(pair.station.gives(pair.hall))
    pair.station.takes_stick(pair.hall.gives(pair.station))

    [state] = pair.station.states("c1")
    assert state.ack is not None
    assert (state.state, len(state.missing_files)) == (LetterState.SENT, 3)
    pair.exchange()
    assert pair.station.state("c1") == LetterState.ACKNOWLEDGED
    assert all(pair.hall.reads(pair.hall.effects[0], index) for index in range(3))


def test_opencrvs_13303_a_declaration_with_documents_made_offline_leaves_the_outbox(pair):
    pair.link.fate(*["lost"] * 3)
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN), pair.station.keeps(b"second")])
    for _ in range(3):
        assert pair.exchange().state == "offline"

    pair.exchange()

    assert pair.station.counts().acknowledged == 1


def test_collect_7356_after_a_cut_a_file_goes_on_where_the_hall_has_it(pair):
    """The line dies after each second request: in the end hardly more was sent than the file is long."""
    scan = pair.station.keeps(SCAN)
    pair.station.posts(pair.hall, "c1", [scan])
    sent = 0
    for _ in range(60):
        pair.link.fate("ok", "ok", "ok", "ok", "lost")
        sent += pair.exchange().files_sent_bytes
        if pair.station.state("c1") == LetterState.ACKNOWLEDGED:
            break

    assert pair.hall.reads(pair.hall.effects[0]) == SCAN
    assert sent == scan.size


def test_couchdb_1031_a_piece_that_arrived_without_its_answer_is_not_sent_again(pair):
    scan = pair.station.keeps(SCAN)
    pair.station.posts(pair.hall, "c1", [scan])
    lost = iter([True])
    pair.link.rewrite_answer = lambda path, answer: (
        type(answer)(0, why="连接中途断开了。") if is_file(path) and next(lost, False) else answer
    )
    assert pair.exchange().state == "offline"
    with using(pair.hall.database):
        held = attachments.progress(pair.station.node_id, scan.sha256)[0]
    before = len(pair.link.seen)

    pair.exchange()

    again = sum(len(body) for _, path, body, _ in pair.link.seen[before:] if is_file(path))
    assert held >= CHUNK_BYTES_START
    assert again == scan.size - held
    assert pair.hall.reads(pair.hall.effects[0]) == SCAN


def test_tangerine_270_a_new_case_does_not_wait_behind_a_big_file(pair):
    pair.station.posts(pair.hall, "slow", [pair.station.keeps(SCAN)])
    seen = []

    def posts_meanwhile(path, body):
        if is_file(path) and "quick" not in seen:
            seen.append("quick")
            pair.station.posts(pair.hall, "quick")
        seen.append(path)
        return body

    pair.link.rewrite = posts_meanwhile
    pair.exchange()

    asked = seen[seen.index("quick") + 1 :]
    assert any(is_file(path) for path in asked[2:])
    assert next(index for index, path in enumerate(asked) if not is_file(path)) <= 4
    assert pair.hall.effect_rows() == ["slow", "quick"]


def test_collect_6475_no_clean_up_however_late_touches_unsent_work(pair):
    """A hundred rounds of cleaning with no period at all, on a node that knows the time well."""
    pair.exchange()
    scan = pair.station.keeps(SCAN)
    pair.station.posts(pair.hall, "c1", [scan])
    with using(pair.station.database):
        for _ in range(100):
            swept = retention.sweep(pair.station.clock, retention.Periods(0, 0))
            pair.passes(24 * 3600)
        assert swept.at is not None
        assert (swept.letters, swept.files) == (0, 0)
    pair.restarts_station()

    pair.exchange()

    assert pair.hall.reads(pair.hall.effects[0]) == SCAN


def test_commcare_1807_one_file_that_never_comes_does_not_hold_the_others_back(pair):
    first, second = pair.station.keeps(os.urandom(5000)), pair.station.keeps(os.urandom(5000))
    pair.station.posts(pair.hall, "c1", [first])
    pair.station.posts(pair.hall, "c2", [second])
    pair.link.rewrite = lambda path, body: b"?" * len(body) if first.sha256 in path else body

    pair.exchange()

    assert pair.station.state("c1") == LetterState.SENT
    assert pair.station.state("c2") == LetterState.ACKNOWLEDGED


def test_central_backend_299_two_cases_with_the_same_picture_both_become_green(pair):
    scan = pair.station.keeps(SCAN)
    pair.station.posts(pair.hall, "c1", [scan, pair.station.keeps(SCAN)])
    pair.station.posts(pair.hall, "c2", [scan])

    pair.exchange()

    assert pair.station.counts().acknowledged == 2


def test_kolibri_5263_an_import_that_was_interrupted_is_completed_by_the_next_one(hall, village, tmp_path):
    village.writes(hall, "c1", {}, [SCAN])
    village.writes(hall, "c2", {})
    stick = village.exports(hall, tmp_path / "mail.ymb").path
    whole = stick.read_bytes()
    stick.write_bytes(whole[: int(len(whole) * 0.98)])
    with pytest.raises(BundleDamaged):
        hall.imports(stick)
    assert hall.subjects() == []

    stick.write_bytes(whole)
    hall.imports(stick)

    assert hall.subjects() == ["c1", "c2"]
    assert hall.reads_file(hall.arrived[0]) == SCAN


def test_kolibri_1882_a_failed_export_leaves_no_bundle_and_no_rest(hall, village, tmp_path):
    village.writes(hall, "c1", {}, [SCAN])
    folder = tmp_path / "stick"
    folder.mkdir()

    with pytest.raises(BundleNotWritten):
        village.exports(hall, folder / "mail.ymb", size_bytes_max=10)

    assert list(folder.iterdir()) == []
    assert village.states("c1") == [LetterState.MADE]


def test_kalite_721_a_case_and_its_answer_travel_by_stick_alone(hall, village, tmp_path):
    village.writes(hall, "c1", {"text": "高龄津贴"}, [SCAN])
    hall.imports(village.exports(hall, tmp_path / "up.ymb").path)
    hall.writes(village, "c1", {"decision": "准予"}, [b"licence"])
    village.imports(hall.exports(village, tmp_path / "down.ymb").path)

    assert village.states("c1") == [LetterState.ACKNOWLEDGED]
    assert village.reads_file(village.arrived[0]) == b"licence"


def test_kolibri_7270_what_never_completes_does_not_pile_up(pair):
    """Twenty tries of the same file that each break off: the hall holds it once, in part."""
    scan = pair.station.keeps(SCAN)
    pair.station.posts(pair.hall, "c1", [scan])
    for _ in range(20):
        pair.link.fate("ok", "ok", "ok", "lost")
        pair.exchange()
        with using(pair.hall.database):
            rows = list(SealedFile.select())
        assert len(rows) <= 1
        assert sum(row.held for row in rows) <= scan.size
