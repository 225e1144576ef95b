"""A village without any link: its mail goes out and its answers come back on a stick."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from sync import bundle, inbox, register
from sync.bundle_file import BundleReader
from sync.bundle_seal import open_lines
from sync.clock import Proof
from sync.errors import (
    BundleDamaged,
    BundleForeign,
    BundleNotForUs,
    BundleNotWritten,
    CannotOpen,
    RevokedPeer,
    UnknownPeer,
)
from sync.outbox import LetterState
from sync.rows import write
from tests.tools.mail_node import NOW, MailNode

NAME, ID_NUMBER = "欧阳䶮", "440205194910010028"


def test_a_case_travels_on_a_stick_and_its_acknowledgement_comes_back_the_same_way(hall, village, stick):
    scan = os.urandom(50_000)
    village.writes(hall, "c1", {"applicant": NAME}, [scan])
    there = village.exports(hall, stick)
    done = hall.imports(there.path)

    assert (there.letters, there.files, there.more) == (1, 1, False)
    assert (done.accepted, done.files, done.refused) == (1, 1, [])
    assert hall.arrived[0].payload["applicant"] == NAME
    assert hall.arrived[0].path == "usb"
    assert hall.reads_file(hall.arrived[0]) == scan
    assert village.states("c1") == [LetterState.SENT]

    back = hall.exports(village, stick)
    answer = village.imports(back.path)
    assert (answer.acknowledged, answer.receipts) == (1, 1)
    assert village.states("c1") == [LetterState.ACKNOWLEDGED]


def test_a_result_with_its_file_comes_back_and_is_acknowledged_by_the_next_stick(hall, village, stick):
    village.writes(hall, "c1", {})
    hall.imports(village.exports(hall, stick).path)
    result = os.urandom(3_000_000)
    hall.writes(village, "c1", {"decision": "准予"}, [result])
    village.imports(hall.exports(village, stick).path)

    assert village.arrived[0].payload["decision"] == "准予"
    assert village.reads_file(village.arrived[0]) == result
    hall.imports(village.exports(hall, stick / "second.ymb").path)
    assert hall.states("c1") == [LetterState.ACKNOWLEDGED]


def test_importing_again_has_no_second_effect(hall, village, stick):
    village.writes(hall, "c1", {}, [b"scan"])
    path = village.exports(hall, stick).path
    hall.imports(path)
    again = hall.imports(path)

    assert (again.accepted, again.repeated, again.files) == (0, 1, 0)
    assert hall.subjects() == ["c1"]


def test_overlapping_bundles_in_any_order_give_each_case_once(hall, village, stick):
    for number in range(3):
        village.writes(hall, f"c{number}", {})
        village.exports(hall, stick / f"{number}.ymb")
    for number in (2, 0, 1):
        hall.imports(stick / f"{number}.ymb")

    assert hall.subjects() == ["c0", "c1", "c2"]


def test_three_hundred_cases_go_in_many_parcels_of_one_file(hall, village, stick):
    with village.at_work(), write():
        for number in range(300):
            village.writes(hall, f"c{number}", {"text": os.urandom(600).hex()})
    there = village.exports(hall, stick)
    hall.imports(there.path)

    assert there.letters == 300
    assert hall.subjects() == [f"c{number}" for number in range(300)]


def test_the_stick_shows_nothing_of_a_resident(hall, village, stick):
    scan = os.urandom(20_000)
    village.writes(hall, "c1", {"applicant": NAME, "id_number": ID_NUMBER}, [scan])
    path = village.exports(hall, stick).path
    with open(path, "rb") as stream:
        reader = BundleReader(stream)
        lines = open_lines(bundle.key_of(path, hall.keys), reader.label, reader.sealed_lines())

    for data in (path.read_bytes(), lines):
        for secret in (NAME.encode(), ID_NUMBER.encode(), scan[:16], scan[-16:]):
            assert secret not in data
    assert b"case.opened" in lines


def test_who_finds_the_stick_sees_from_whom_to_whom_and_how_much_and_no_more(hall, village, stick):
    village.writes(hall, "the-matter", {"applicant": NAME}, [b"scan"])
    path = village.exports(hall, stick).path
    shown = bundle.inspect_bundle(path)

    assert set(shown) == {"from", "to", "kem", "key", "seal", "size_bytes", "payload_bytes", "file_bytes"}
    assert (shown["kem"], shown["file_bytes"]) == ("mlkem768-x25519", [20])
    for secret in (b"the-matter", b"case.opened", b"2026-11-22", village.streams()[0].encode()):
        assert secret not in path.read_bytes()


def test_the_lines_open_for_the_addressee_and_for_whom_it_gives_the_key(hall, village, stick, tmp_path):
    village.writes(hall, "c1", {})
    path = village.exports(hall, stick).path

    for other in (village.keys, MailNode(3, "county", tmp_path).keys):
        with pytest.raises(CannotOpen):
            bundle.key_of(path, other)
    with pytest.raises(CannotOpen):
        bundle.inspect_bundle(path, key=bytes(32))
    assert bundle.inspect_bundle(path, key=bundle.key_of(path, hall.keys))["envelopes"] == 1


def test_every_bundle_has_a_key_of_its_own(hall, village, stick):
    first, second = village.exports(hall, stick / "1.ymb"), village.exports(hall, stick / "2.ymb")

    assert bundle.key_of(first.path, hall.keys) != bundle.key_of(second.path, hall.keys)


def test_inspecting_with_the_key_shows_headers_and_sizes_and_changes_nothing(hall, village, stick):
    village.writes(hall, "c1", {}, [b"scan"])
    path = village.exports(hall, stick).path
    shown = bundle.inspect_bundle(path, village.keys.signing_public, bundle.key_of(path, hall.keys))

    assert (shown["from"], shown["to"], shown["seal"]) == (village.node_id, hall.node_id, "valid")
    assert [(one["seq"], one["kind"], one["subject"]) for one in shown["letters"]] == [
        (1, "case.opened", "c1")
    ]
    assert shown["files"][0]["size"] == 20
    assert bundle.inspect_bundle(path)["seal"] == "unchecked"
    with pytest.raises(BundleDamaged):
        bundle.inspect_bundle(path, hall.keys.signing_public)


def test_a_bundle_of_another_county_is_refused(hall, village, stick, tmp_path):
    stranger = MailNode(3, "village", tmp_path)
    stranger.knows(hall)
    path = stranger.exports(hall, stick).path

    with pytest.raises(BundleForeign) as refusal:
        hall.imports(path)
    assert "不是本县的" in refusal.value.what


def test_a_bundle_for_somebody_else_is_refused(hall, village, stick, tmp_path):
    neighbour = MailNode(3, "village", tmp_path)
    neighbour.knows(village)
    hall.writes(village, "c1", {})
    neighbour.knows(hall)

    with pytest.raises(BundleNotForUs) as refusal:
        neighbour.imports(hall.exports(village, stick).path)
    assert "真正的收件方" in refusal.value.next_step


def test_an_altered_or_cut_bundle_is_refused_and_nothing_of_it_is_taken(hall, village, stick):
    village.writes(hall, "c1", {}, [b"scan" * 100])
    path = village.exports(hall, stick).path
    whole = path.read_bytes()
    for place in range(0, len(whole), len(whole) // 40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        with pytest.raises(BundleDamaged):
            hall.imports(path)
        path.write_bytes(whole[:place])
        with pytest.raises(BundleDamaged):
            hall.imports(path)

    assert hall.subjects() == []
    assert [name for name in os.listdir(hall.folder) if not name.startswith("node.db")] == []


def test_what_does_not_fit_goes_with_the_next_stick_and_letters_go_first(hall, village, stick):
    village.writes(hall, "c1", {}, [os.urandom(400_000)])
    village.writes(hall, "c2", {}, [os.urandom(400_000)])
    first = village.exports(hall, stick / "a.ymb", size_bytes_max=500_000)
    hall.imports(first.path)

    assert (first.letters, first.files, first.more) == (2, 1, True)
    assert first.size_bytes <= 500_000
    village.imports(hall.exports(village, stick / "b.ymb").path)
    second = village.exports(hall, stick / "c.ymb", size_bytes_max=500_000)
    hall.imports(second.path)
    assert (second.letters, second.files, second.more) == (0, 1, False)
    village.imports(hall.exports(village, stick / "d.ymb").path)
    assert village.states("c1") == village.states("c2") == [LetterState.ACKNOWLEDGED]


def test_forty_files_are_all_receipted_by_one_return_bundle(hall, village, stick):
    with village.at_work(), write():
        for number in range(40):
            village.writes(hall, f"c{number}", {}, [bytes([number]) * 50])
    hall.imports(village.exports(hall, stick).path)
    answer = village.imports(hall.exports(village, stick).path)

    assert answer.receipts == 40


def test_a_stick_without_room_for_the_letters_is_refused_and_they_stay_queued(hall, village, stick):
    village.writes(hall, "c1", {})

    with pytest.raises(BundleNotWritten):
        village.exports(hall, stick, size_bytes_max=500)
    assert os.listdir(stick) == []
    assert village.states("c1") == [LetterState.MADE]


def test_an_exported_case_counts_as_queued_again_when_no_answer_comes(hall, village, stick):
    village.writes(hall, "c1", {})
    village.exports(hall, stick)
    village.now += timedelta(minutes=10)

    assert village.states("c1") == [LetterState.MADE]


def test_nothing_is_exported_for_a_node_nobody_knows_or_that_was_revoked(hall, village, stick, tmp_path):
    with pytest.raises(UnknownPeer):
        village.exports(MailNode(3, "village", tmp_path), stick)
    with hall.at_work():
        register.revoke(village.node_id, 0, NOW)
    with pytest.raises(RevokedPeer):
        hall.exports(village, stick)
    assert os.listdir(stick) == []


def test_a_case_of_a_revoked_station_is_kept_for_a_person_not_lost(hall, village, stick):
    village.writes(hall, "c1", {})
    path = village.exports(hall, stick).path
    with hall.at_work():
        register.revoke(village.node_id, 0, NOW)
    hall.imports(path)

    assert hall.subjects() == []
    with hall.at_work():
        assert [row.subject for row in inbox.quarantined()] == ["c1"]


def test_a_village_with_a_dead_clock_learns_the_time_from_the_hall_s_bundle(hall, village, stick):
    village.now = datetime(2019, 1, 1, tzinfo=UTC)
    village.imports(hall.exports(village, stick).path)

    assert village.box.clock.now() >= NOW
    village.now = NOW + timedelta(hours=1)
    assert village.box.clock.stamp().proof is Proof.CHAIN


def test_an_empty_bundle_is_a_bundle_too(hall, village, stick):
    there = village.exports(hall, stick)

    assert (there.letters, there.files) == (0, 0)
    assert hall.imports(there.path).accepted == 0


def test_the_suggested_name_fits_on_every_stick(hall, village, stick):
    name = village.exports(hall, stick).path.name

    assert name == "YM-02020202-01010101-20261122-090000.ymb"
