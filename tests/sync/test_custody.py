"""Green means one thing: the hall's registered key vouches for the letter and for each of its files."""

import pytest

from sync import custody, exchange, outbox
from sync.canonical import canonical_json
from sync.errors import BadForm, BadSignature, NotAddressed, WrongKey
from sync.keys import NodeKeys, Statement, open_statement, sign_statement
from sync.outbox import LetterState
from sync.parcel import ACK_KIND, RECEIPT_KIND, Parcel
from sync.register import revoke
from sync.rows import using, write
from sync.tables import Acknowledgement, FileReceipt, InStream


def ack_body(pair, **changes):
    """What the hall would sign for the station's first letter."""
    posted = pair.station.posts(pair.hall, "c1")
    with using(pair.station.database):
        instance = outbox.OutStream.get().instance
    body = {"by": pair.hall.node_id, "from": pair.station.node_id, "instance": instance}
    body |= {"to": pair.hall.node_id, "upto": 1, "head": posted.envelope_hash}
    body |= {"log": {"size": 1, "head": "a" * 64}, "at": "2026-11-22T09:00:00Z"}
    return body | changes


def takes(pair, statement):
    with using(pair.station.database), write():
        return custody.take_ack(pair.station.box, statement)


def test_a_true_acknowledgement_turns_a_letter_green(pair):
    takes(pair, sign_statement(pair.hall.keys, ACK_KIND, ack_body(pair)))

    assert pair.station.state("c1") == LetterState.ACKNOWLEDGED


def test_an_acknowledgement_by_an_unregistered_key_counts_for_nothing(pair):
    with pytest.raises(WrongKey):
        takes(pair, sign_statement(NodeKeys.generate(), ACK_KIND, ack_body(pair)))

    assert pair.station.state("c1") == LetterState.MADE


def test_the_senders_own_signature_is_no_acknowledgement(pair):
    with pytest.raises(WrongKey):
        takes(pair, sign_statement(pair.station.keys, ACK_KIND, ack_body(pair)))


def test_an_altered_acknowledgement_counts_for_nothing(pair):
    true = ack_body(pair)
    signed = sign_statement(pair.hall.keys, ACK_KIND, true | {"upto": 0, "head": "0" * 64})
    raised = canonical_json(true)

    with pytest.raises(BadSignature):
        takes(pair, Statement(ACK_KIND, raised, signed.key_id, signed.signature))

    assert pair.station.state("c1") == LetterState.MADE


def test_an_acknowledgement_for_a_hash_we_never_sent_counts_for_nothing(pair):
    with pytest.raises(BadSignature):
        takes(pair, sign_statement(pair.hall.keys, ACK_KIND, ack_body(pair, head="b" * 64)))


@pytest.mark.parametrize(
    "change", [{"instance": "0" * 16}, {"from": "9" * 32}, {"by": "9" * 32}, {"to": "9" * 32}]
)
def test_an_acknowledgement_of_somebody_elses_stream_is_refused(pair, change):
    with pytest.raises(NotAddressed):
        takes(pair, sign_statement(pair.hall.keys, ACK_KIND, ack_body(pair, **change)))


@pytest.mark.parametrize("change", [{"upto": "1"}, {"extra": 1}])
def test_an_acknowledgement_of_another_form_is_refused(pair, change):
    with pytest.raises(BadForm):
        takes(pair, sign_statement(pair.hall.keys, ACK_KIND, ack_body(pair, **change)))


def test_a_true_word_of_another_kind_is_no_acknowledgement(pair):
    signed = sign_statement(pair.hall.keys, "application/vnd.yimen.other+json", ack_body(pair))
    with pytest.raises(BadSignature):
        takes(pair, Statement(ACK_KIND, signed.body_bytes, signed.key_id, signed.signature))


def test_a_withdrawn_key_acknowledges_nothing_more(pair):
    statement = sign_statement(pair.hall.keys, ACK_KIND, ack_body(pair))
    with using(pair.station.database):
        revoke(pair.hall.node_id, 0, pair.station.now)

    with pytest.raises(WrongKey):
        takes(pair, statement)


def test_the_kept_acknowledgement_can_be_shown_to_a_stranger(pair):
    posted = pair.station.posts(pair.hall, "c1")
    pair.exchange()

    [state] = pair.station.states("c1")
    body = open_statement(state.ack, pair.hall.keys.signing_public, ACK_KIND)

    assert (body["by"], body["upto"], body["head"]) == (pair.hall.node_id, 1, posted.envelope_hash)
    assert body["log"]["size"] == 1


def test_asked_again_the_hall_gives_the_very_same_acknowledgement(pair):
    pair.station.posts(pair.hall, "c1")
    stick = pair.station.gives(pair.hall)
    pair.hall.takes_stick(stick)
    first = Parcel.from_bytes(pair.hall.gives(pair.station)).acks
    pair.passes(60)
    pair.hall.takes_stick(stick)

    assert Parcel.from_bytes(pair.hall.gives(pair.station)).acks == first


def test_an_acknowledgement_that_was_received_is_not_sent_again(pair):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    pair.exchange()
    idle = Parcel.from_bytes(pair.link.seen[-1][3].body)

    assert (idle.acks, idle.receipts, idle.envelopes) == ((), (), ())


def test_one_bad_word_in_an_answer_is_named_and_the_others_count(pair):
    scan = pair.station.keeps(b"scan" * 100)
    pair.station.posts(pair.hall, "c1", [scan])
    forged = sign_statement(NodeKeys.generate(), ACK_KIND, ack_body(pair))

    def adds_a_lie(path, answer):
        if path != "/sync/v1/exchange" or answer.status != 200:
            return answer
        parcel = Parcel.from_bytes(answer.body)
        lied = Parcel(parcel.manifest, parcel.envelopes, (forged, *parcel.acks), parcel.receipts)
        return type(answer)(200, answer.headers, lied.to_bytes())

    pair.link.rewrite_answer = adds_a_lie
    report = pair.exchange()

    assert pair.station.counts().acknowledged == 2
    assert "ack" in {refusal.name for refusal in report.refused}


class TestFileReceipts:
    def body(self, pair, scan, **changes):
        fields = {"by": pair.hall.node_id, "sha256": scan.sha256, "size": scan.size}
        return fields | {"at": "2026-11-22T09:00:00Z"} | changes

    def takes(self, pair, statement):
        with using(pair.station.database), write():
            return custody.take_receipt(statement)

    @pytest.fixture
    def scan(self, pair):
        scan = pair.station.keeps(b"scan" * 100)
        pair.station.posts(pair.hall, "c1", [scan])
        return scan

    def test_a_letter_with_a_file_is_green_only_with_the_files_receipt(self, pair, scan):
        letter_only = pair.station.gives(pair.hall)
        pair.hall.takes_stick(letter_only)
        pair.station.takes_stick(pair.hall.gives(pair.station))

        [state] = pair.station.states("c1")
        assert (state.state, state.missing_files) == (LetterState.SENT, (scan.sha256,))
        assert pair.station.counts() == outbox.Counts(made=1, queued=0, sent=1, acknowledged=0)

        assert self.takes(pair, sign_statement(pair.hall.keys, RECEIPT_KIND, self.body(pair, scan)))
        assert pair.station.state("c1") == LetterState.ACKNOWLEDGED

    def test_a_receipt_by_another_key_counts_for_nothing(self, pair, scan):
        with pytest.raises(WrongKey):
            self.takes(pair, sign_statement(pair.station.keys, RECEIPT_KIND, self.body(pair, scan)))

    def test_a_node_cannot_give_the_receipt_of_another(self, pair, scan):
        own = self.body(pair, scan, by=pair.station.node_id)
        with pytest.raises(NotAddressed):
            self.takes(pair, sign_statement(pair.station.keys, RECEIPT_KIND, own))

    @pytest.mark.parametrize("change", [{"sha256": "a" * 64}, {"size": 7}])
    def test_a_receipt_for_another_file_is_refused(self, pair, scan, change):
        with pytest.raises(NotAddressed):
            self.takes(pair, sign_statement(pair.hall.keys, RECEIPT_KIND, self.body(pair, scan, **change)))

    @pytest.mark.parametrize("change", [{"sha256": "x"}, {"by": 5}, {"size": "7"}, {"more": 1}])
    def test_a_receipt_of_another_form_is_refused(self, pair, scan, change):
        with pytest.raises(BadForm):
            self.takes(pair, sign_statement(pair.hall.keys, RECEIPT_KIND, self.body(pair, scan, **change)))

    def test_a_repeated_receipt_changes_nothing(self, pair, scan):
        statement = sign_statement(pair.hall.keys, RECEIPT_KIND, self.body(pair, scan))

        assert (self.takes(pair, statement), self.takes(pair, statement)) == (True, False)
        with using(pair.station.database):
            assert FileReceipt.select().count() == 1

    def test_nobody_is_told_whether_another_station_sent_the_same_file(self, pair, scan):
        pair.exchange()
        other = pair.adds_station(3)
        other.exchange()
        with using(pair.hall.database):
            extras = exchange.Extras(awaited=(scan.sha256,))
            given = exchange.give(pair.hall.box, other.station.node_id, extras=extras)

        assert Parcel.from_bytes(given.data).receipts == ()
        other.station.database.close_all()


def test_both_sides_keep_what_was_signed(pair):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()

    with using(pair.hall.database):
        given = InStream.get().ack_body
    with using(pair.station.database):
        assert Acknowledgement.get().body == given
