"""The rule that erases, attacked with random lives of letters: delivered for a period, or untouched."""

import tempfile
from datetime import timedelta
from pathlib import Path

import peewee
from hypothesis import given, note, settings
from hypothesis import strategies as st

from sync import retention
from sync.keys import NodeKeys
from sync.retention import Periods
from sync.tables import Acknowledgement, FileReceipt, LetterFile, OutLetter, OutStream
from tests.tools.mail_node import NOW, MailNode

LETTERS = 4
DAYS = 5
CLASSIC = NodeKeys(b"\x01" * 32, b"\x02" * 32, None)

deeds = st.lists(
    st.one_of(
        st.tuples(st.just("acknowledged"), st.integers(1, LETTERS)),
        st.tuples(st.just("receipt"), st.integers(1, LETTERS)),
        st.tuples(st.just("holds"), st.integers(0, LETTERS)),
        st.tuples(st.just("clock"), st.integers(-4000, 4000)),
        st.tuples(st.just("days"), st.integers(1, DAYS + 1)),
    ),
    max_size=14,
)


class Life:
    """Letters of which every second one has a file; and, beside the tables, what is true of each."""

    def __init__(self, folder: Path) -> None:
        self.hall = MailNode(1, "county", folder, CLASSIC, peewee.SqliteDatabase(":memory:"))
        self.node = MailNode(2, "village", folder, CLASSIC, peewee.SqliteDatabase(":memory:"))
        self.node.joins(self.hall)
        for number in range(LETTERS):
            self.node.writes(self.hall, f"c{number}", {}, [bytes([number])] if number % 2 else [])
        self.acked = self.held = 0
        self.receipts = {1, 3}  # numbers of letters that need none
        self.skew = timedelta(0)
        self.delivered_days = [0] * LETTERS
        self.was_erased: set[int] = set()
        self.node.box.clock.attest(NOW)

    def acknowledged(self, upto: int) -> None:
        stream, facts = OutStream.get(), {"key_id": "", "body": b"", "signature": b"", "at": NOW}
        Acknowledgement.insert(stream=stream, upto=upto, **facts).on_conflict_ignore().execute()
        self.acked = max(self.acked, upto)
        self.holds(max(self.held, upto))

    def receipt(self, seq: int) -> None:
        for file in LetterFile.select().join(OutLetter).where(OutLetter.seq == seq):
            facts = {"key_id": "", "body": b"", "signature": b"", "at": NOW}
            named = {"by": self.hall.node_id, "sha256": file.sha256}
            FileReceipt.insert(named | facts).on_conflict_ignore().execute()
            self.receipts.add(seq)

    def holds(self, upto: int) -> None:
        OutStream.update(peer_has=upto).execute()
        self.held = upto

    def clock(self, days: int) -> None:
        """From now on the hall attests a time that is off by so much."""
        self.skew = timedelta(days=days)

    def days(self, count: int) -> None:
        for _ in range(count):
            self.node.now += timedelta(days=1)
            self.node.box.clock.attest(self.node.now + self.skew)
            retention.sweep(self.node.box.clock, Periods(sent_days=DAYS))
            self.look()

    def look(self) -> None:
        for letter in OutLetter.select():
            index = letter.seq - 1
            if not bytes(letter.sealed) and letter.seq not in self.was_erased:
                assert self.delivered_days[index] >= DAYS, f"letter {letter.seq} was erased too early"
                assert self.is_delivered(letter.seq), f"letter {letter.seq} was erased undelivered"
                self.was_erased.add(letter.seq)
            is_on = self.is_delivered(letter.seq)
            self.delivered_days[index] = self.delivered_days[index] + 1 if is_on else 0

    def is_delivered(self, seq: int) -> bool:
        return seq <= self.acked and seq <= self.held and seq in self.receipts


@settings(max_examples=120, deadline=None)
@given(deeds)
def test_a_letter_is_erased_only_after_it_was_delivered_for_a_whole_period(lived):
    with tempfile.TemporaryDirectory() as folder:
        life = Life(Path(folder))
        note(f"{lived}")
        with life.node.at_work():
            for name, value in lived:
                getattr(life, name)(value)


def test_the_attack_can_succeed_against_a_weaker_rule(monkeypatch, tmp_path):
    """Without the receipts the same life shows a letter erased undelivered."""
    monkeypatch.setattr(retention.outbox, "_misses_files", lambda: peewee.Value(1) == 0)
    life = Life(tmp_path)
    with life.node.at_work():
        life.acknowledged(2)
        try:
            life.days(DAYS + 2)
        except AssertionError as found:
            assert "letter 2 was erased" in str(found)
        else:
            raise AssertionError("the weaker rule was not noticed")
