"""Stories for promises that no other file tells; docs/protocol.md, section 16, lists promises and tests."""

import io
import json
from datetime import timedelta

import pytest

from sync import bundle_write, outbox
from sync.envelope import check_envelope
from sync.errors import CannotOpen
from sync.limits import MIB
from sync.outbox import Letter
from sync.parcel import Parcel
from sync.rows import using
from sync.sealing import Address, open_payload, unwrap_key
from sync.tables import Arrival
from tests.tools.mail_node import MailNode

NAME, SCAN = "张示例", b"%PDF-1.7 birth certificate of a resident " * 50


def test_a_letter_is_only_posted_together_with_what_it_reports(pair):
    station = pair.station
    letter = Letter(
        to=pair.hall.node_id, kind="case.opened", subject="c1", payload={}, stamp=station.clock.stamp()
    )
    with using(station.database), pytest.raises(AssertionError, match="in the transaction"):
        outbox.post(station.keys, station.node_id, letter)

    assert station.counts().made == 0


def test_a_bundle_is_synced_and_read_back_before_it_has_its_name(tmp_path, monkeypatch):
    hall, village = MailNode(1, "county", tmp_path), MailNode(2, "village", tmp_path)
    village.joins(hall)
    village.writes(hall, "c1", {})
    stick, done = tmp_path / "mail.ymb", []
    for name in ("_sync", "_read_back"):
        true = getattr(bundle_write, name)
        monkeypatch.setattr(
            bundle_write,
            name,
            lambda *given, name=name, true=true: done.append((name, stick.exists())) or true(*given),
        )
    village.exports(hall, stick)

    assert done == [("_sync", False), ("_read_back", False)]
    assert stick.exists()


def test_a_letter_that_continues_another_history_is_not_applied(pair, tmp_path):
    """A copied disk wrote its own number 2, so did the true one; the copy's 3 builds on the copy's 2."""
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    twin = pair.clone(tmp_path)
    pair.station.posts(pair.hall, "c2")
    pair.hall.takes_stick(pair.station.gives(pair.hall))
    for subject in ("twin2", "twin3"):
        twin.posts(pair.hall, subject)
    parcel = Parcel.from_bytes(twin.gives(pair.hall))

    pair.hall.takes_stick(Parcel(parcel.manifest, parcel.envelopes[1:]).to_bytes())

    assert pair.hall.effect_rows() == ["c1", "c2"]
    assert pair.hall.incidents() == ["received-fork"]
    twin.database.close_all()


def test_a_clock_that_jumps_back_for_years_changes_no_order(pair):
    """The battery died between two cases: the second one is dated years before the first."""
    pair.station.posts(pair.hall, "first")
    pair.station.now -= timedelta(days=3000)
    pair.restarts_station()
    pair.station.posts(pair.hall, "second")

    pair.exchange()

    first, second = pair.hall.effects
    assert first.stamp_made.at > second.stamp_made.at
    assert pair.hall.effect_rows() == ["first", "second"]


def test_an_old_answer_played_again_does_not_set_the_clock(pair):
    """Somebody recorded the hall's answer of a year ago; its signature is good, its nonce is not ours."""
    pair.exchange()
    old = pair.link.seen[-1][3]
    pair.passes(365 * 24 * 3600)
    pair.restarts_station()
    pair.link.rewrite_answer = lambda path, answer: old if path.endswith("exchange") else answer
    now = pair.station.clock.now()

    pair.exchange()

    assert pair.station.clock.now() >= now
    assert pair.station.clock.stamp().proof == "none"


def test_nothing_that_leaves_the_station_shows_a_word_of_a_resident(pair):
    scan = pair.station.keeps(SCAN, f"{NAME}.jpg")
    pair.station.posts(pair.hall, "c1", [scan], applicant=NAME)

    pair.exchange()

    assert pair.hall.effects[0].payload["applicant"] == NAME
    bodies = b"".join(body for _, _, body, _ in pair.link.seen)
    headers = b"".join(
        envelope.header
        for _, path, body, _ in pair.link.seen
        if path.endswith("exchange") and body
        for envelope in Parcel.from_bytes(body).envelopes
    )
    assert len(bodies) > len(SCAN)
    for word in (NAME.encode(), json.dumps(NAME).encode().strip(b'"'), b"birth certificate", "高龄".encode()):
        assert word not in bodies + headers


def test_two_equal_letters_cannot_be_told_to_be_equal(pair):
    for subject in ("c1", "c2"):
        pair.station.posts(pair.hall, subject, decision="准予")
    first, second = Parcel.from_bytes(pair.station.gives(pair.hall)).envelopes

    assert len(first.sealed) == len(second.sealed)
    assert first.sealed[:16] != second.sealed[:16]
    assert first.fields.seal.sha256 != second.fields.seal.sha256


def test_a_relay_that_carries_a_letter_cannot_open_it(pair):
    """It can check who wrote it, and open neither the letter nor the key that comes with it."""
    other = pair.adds_station(3)
    pair.station.posts(pair.hall, "c1", applicant=NAME)
    [letter] = Parcel.from_bytes(pair.station.gives(pair.hall)).envelopes
    header = check_envelope(letter, pair.station.keys.signing_public)
    address = Address(header.sender, header.instance, header.recipient, header.seal.epoch)

    key = unwrap_key(pair.hall.keys, header.seal.kem, header.seal.enc, address)
    assert NAME.encode() in open_payload(key, address, header.seq, letter.sealed, header.size)
    with pytest.raises(CannotOpen):
        unwrap_key(other.station.keys, header.seal.kem, header.seal.enc, address)
    other.station.database.close_all()


def test_a_stick_that_is_found_names_no_matter(tmp_path):
    hall, village = MailNode(1, "county", tmp_path), MailNode(2, "village", tmp_path)
    village.joins(hall)
    village.writes(hall, "a-very-private-matter", {"applicant": NAME}, [SCAN])
    found = village.exports(hall, tmp_path / "mail.ymb").path.read_bytes()

    for word in (b"a-very-private-matter", b"case.opened", NAME.encode(), b"birth certificate"):
        assert word not in found


def test_what_an_hour_of_mail_left_at_the_hall_is_what_was_sent(pair):
    """Every envelope is stored as the very bytes that were signed, whoever asks for them later."""
    pair.station.posts(pair.hall, "c1")
    [letter] = Parcel.from_bytes(pair.station.gives(pair.hall)).envelopes
    pair.exchange()

    with using(pair.hall.database):
        row = Arrival.get()
        stored = (bytes(row.header), bytes(row.signature), bytes(row.sealed))
    assert stored == (letter.header, letter.signature, letter.sealed)


def test_a_request_that_says_it_is_endless_is_not_read(pair):
    """Its length alone is enough to refuse it; of its body not a byte is taken."""

    body = io.BytesIO(bytes(4 * MIB))
    said = {"CONTENT_LENGTH": str(10**12), "wsgi.input": body}

    answer = pair.hall.client.post("/sync/v1/session", environ_overrides=said)

    assert (answer.status_code, answer.json["error"]) == (413, "TooLarge")
    assert body.tell() == 0
