"""What the simulator knows of every letter ever made, and what a sender's own database has to show.

Read with plain SQL, past the code that is to be judged.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field

from sync import outbox
from sync.keys import pae, verify
from sync.parcel import ACK_KIND, RECEIPT_KIND
from tests.simulation.chance import keys_of
from tests.simulation.machine import Machine


class Broken(AssertionError):
    """A promise that was not kept. promise: such as "P1"."""

    def __init__(self, promise: str, what: str) -> None:
        super().__init__(f"{promise}: {what}")
        self.promise, self.what = promise, what


@dataclass(frozen=True)
class Made:
    """An envelope that some machine made and kept."""

    sender: str
    instance: str
    seq: int
    origin: str
    subject: str


@dataclass
class Truth:
    """Over the whole run. held: by node, every envelope that ever stood durably in its log; files: likewise.

    numbers: the envelopes made under one number of one stream. may_fork: nodes whose disk was copied
    or set back. set_back: machines whose disk was.
    """

    made: dict[str, Made] = field(default_factory=dict)
    numbers: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    held: dict[str, set[str]] = field(default_factory=dict)
    files: dict[str, set[str]] = field(default_factory=dict)
    may_fork: set[str] = field(default_factory=set)
    checks: Counter[str] = field(default_factory=Counter)

    def expect(self, is_so: bool, promise: str, what: str) -> None:
        """Raises Broken unless it is so."""
        self.checks[promise] += 1
        if not is_so:
            raise Broken(promise, what)


class SentBooks:
    """One disk's outgoing mail. Made anew when the disk is set back. letters: subjects by origin."""

    def __init__(self, truth: Truth, machine: Machine) -> None:
        self._truth, self._machine = truth, machine
        self._ack, self._receipt = 0, 0
        self._seen: set[str] = set()
        self.letters: dict[str, str] = {}

    def check_letters(self) -> None:
        """Those that are new, and that none of the old ones has gone. Raises Broken."""
        self._check_new_letters()
        self._check_all_visible()

    def check_words(self) -> None:
        """What others signed for; to be checked when what they hold is known. Raises Broken."""
        self._check_acknowledgements()
        self._check_receipts()
        self._check_green()

    def _check_new_letters(self) -> None:
        there = {row[0] for row in self._machine.rows("SELECT hash FROM out_letter")}
        for name in sorted(there - self._seen):
            [(instance, seq, origin, subject, header)] = self._machine.rows(
                "SELECT s.instance, l.seq, l.origin, l.subject, l.header FROM out_letter l"
                " JOIN out_stream s ON s.id = l.stream_id WHERE l.hash = ?",
                name,
            )
            self.letters[origin] = subject
            is_named = hashlib.sha256(header).hexdigest() == name
            self._truth.expect(is_named, "P4", f"{self._who} keeps a header that is not {name[:8]}")
            self._note(name, Made(self._machine.node_id, instance, seq, origin, subject))
        self._seen |= there

    def _note(self, name: str, made: Made) -> None:
        truth = self._truth
        truth.made[name] = made
        others = truth.numbers.setdefault((made.instance, made.seq), set())
        others.add(name)
        is_explained = len(others) == 1 or made.sender in truth.may_fork
        truth.expect(is_explained, "P6", f"{self._who} used number {made.seq} of {made.instance} twice")

    def _check_all_visible(self) -> None:
        """Each letter is there, once, wherever it moved and whatever came back."""
        rows = self._machine.rows("SELECT origin FROM out_letter WHERE moved_to IS NULL")
        there = {row[0] for row in rows}
        gone = sorted(self.letters[origin] for origin in self.letters.keys() - there)
        self._truth.expect(not gone, "P1", f"{self._who} does not show any more: {gone[:5]}")
        twice = len(rows) - len(there)
        self._truth.expect(not twice, "P2", f"{self._who} shows {twice} letters twice")

    def _check_acknowledgements(self) -> None:
        """Each one is signed by the recipient, ends in a letter of ours, and was true when it was given."""
        rows = self._machine.rows(
            "SELECT a.id, s.id, s.recipient, a.upto, a.body, a.signature FROM acknowledgement a"
            " JOIN out_stream s ON s.id = a.stream_id WHERE a.id > ? ORDER BY a.id",
            self._ack,
        )
        for number, stream, recipient, upto, body, signature in rows:
            self._ack = number
            told = json.loads(body)
            ours = self._machine.rows(
                "SELECT hash FROM out_letter WHERE stream_id = ? AND seq = ?", stream, upto
            )
            is_good = is_signed(recipient, ACK_KIND, body, signature) and told["upto"] == upto
            what = f"{self._who} shows an acknowledgement up to {upto}"
            self._truth.expect(is_good and ours == [(told["head"],)], "P5", f"{what} that does not fit")
            is_true = told["head"] in self._truth.held.get(recipient, ())
            self._truth.expect(is_true, "P1", f"{what} of a letter that never was on the recipient's disk")

    def _check_receipts(self) -> None:
        rows = self._machine.rows(
            "SELECT id, by, sha256, body, signature FROM file_receipt WHERE id > ? ORDER BY id", self._receipt
        )
        for number, by, sha256, body, signature in rows:
            self._receipt = number
            is_good = is_signed(by, RECEIPT_KIND, body, signature)
            is_true = by == self._machine.node_id or sha256 in self._truth.files.get(by, ())
            what = f"{self._who} shows a receipt for {sha256[:8]}"
            self._truth.expect(is_good, "P5", f"{what} that is not signed")
            self._truth.expect(is_true, "P1", f"{what}, which never was on the other's disk")

    def _check_green(self) -> None:
        """The program shows as delivered exactly what was signed for."""
        told = outbox.counts()
        shown = (told.made, told.acknowledged)
        made, green = letters_of(self._machine)
        reckoned = (len(made), len(green))
        self._truth.expect(shown == reckoned, "P5", f"{self._who} shows {shown} and should show {reckoned}")

    @property
    def _who(self) -> str:
        return self._machine.name


def is_signed(sender: str, kind: str, body: bytes, signature: bytes) -> bool:
    """Whether a node of this run, named by its id, signed these bytes as this kind."""
    return verify(keys_of(int(sender[:2], 16)).signing_public, signature, pae(kind, body))


def letters_of(machine: Machine) -> tuple[set[int], set[int]]:
    """(ids of letters, of those fully acknowledged), reckoned without the outbox's own queries."""
    acked = dict(machine.rows("SELECT stream_id, MAX(upto) FROM acknowledgement GROUP BY stream_id"))
    receipts = set(machine.rows("SELECT by, sha256 FROM file_receipt"))
    lacking = {
        letter
        for letter, recipient, sha256 in machine.rows(
            "SELECT f.letter_id, s.recipient, f.sha256 FROM letter_file f"
            " JOIN out_letter l ON l.id = f.letter_id JOIN out_stream s ON s.id = l.stream_id"
        )
        if (recipient, sha256) not in receipts
    }
    letters = machine.rows("SELECT id, stream_id, seq FROM out_letter WHERE moved_to IS NULL")
    green = {one for one, stream, seq in letters if seq <= acked.get(stream, 0) and one not in lacking}
    return {one for one, _, _ in letters}, green
