"""What a recipient's own database has to show. Read with plain SQL, past the code that is to be judged."""

import hashlib
import json

from sync.chain import log_after
from sync.envelope import ENVELOPE_KIND, FIRST_PREV
from tests.simulation.machine import POISON, Machine
from tests.simulation.sent import Truth, is_signed

_ARRIVALS = (
    "SELECT a.id, s.sender, s.instance, a.seq, a.hash, a.subject, a.header, a.signature, a.log_size,"
    " a.log_head FROM arrival a JOIN in_stream s ON s.id = a.stream_id WHERE a.id > ? ORDER BY a.id"
)


class ArrivedBooks:
    """One disk's incoming mail. Made anew when the disk is set back."""

    def __init__(self, truth: Truth, machine: Machine) -> None:
        self._truth, self._machine = truth, machine
        self._arrival, self._effect, self._receipt, self._count = 0, 0, 0, 0
        self._heads: dict[str, tuple[int, str]] = {}
        self._log = (0, FIRST_PREV)
        self._origins: set[tuple[str, str]] = set()
        self._orders: dict[str, int] = {}

    def check(self) -> None:
        """Everything that is new, and that nothing old has gone. Raises Broken."""
        self._check_arrivals()
        self._check_effects()
        self._check_forks()
        self._note_files()

    def _check_arrivals(self) -> None:
        truth, who = self._truth, self._machine.name
        held = truth.held.setdefault(self._machine.node_id, set())
        for (
            number,
            sender,
            instance,
            seq,
            name,
            subject,
            header,
            signature,
            size,
            head,
        ) in self._machine.rows(_ARRIVALS, self._arrival):
            self._arrival, self._count = number, self._count + 1
            made = truth.made.get(name)
            what = f"{who} took number {seq} of {instance} ({subject})"
            is_named = hashlib.sha256(header).hexdigest() == name
            is_real = is_named and is_signed(sender, ENVELOPE_KIND, header, signature)
            truth.expect(is_real and made is not None, "P4", f"{what}, which nobody made")
            last, before = self._heads.get(instance, (0, FIRST_PREV))
            is_next = seq == last + 1 and json.loads(header)["prev"] == before
            truth.expect(is_next, "P3", f"{what} after number {last}, of which it does not know")
            self._heads[instance] = (seq, name)
            self._log = (self._log[0] + 1, log_after(self._log[1], name))
            truth.expect(self._log == (size, head), "P7", f"{what} into a log that does not fit")
            held.add(name)
        [(count,)] = self._machine.rows("SELECT COUNT(*) FROM arrival")
        truth.expect(
            count == self._count, "P1", f"{who} had taken {self._count} letters and has {count} left"
        )

    def _check_effects(self) -> None:
        """Each letter once, and in the order in which one disk made them."""
        truth, who = self._truth, self._machine.name
        rows = self._machine.rows(
            "SELECT id, sender, subject, origin FROM effect WHERE id > ? ORDER BY id", self._effect
        )
        for number, sender, subject, origin in rows:
            self._effect = number
            truth.expect((sender, origin) not in self._origins, "P2", f"{subject} took effect twice at {who}")
            self._origins.add((sender, origin))
            self._check_order(sender, subject)
        [(applied,)] = self._machine.rows(
            "SELECT COUNT(*) FROM arrival WHERE state = 'applied' AND kind LIKE 'case.%'"
        )
        is_even = applied == len(self._origins)
        truth.expect(is_even, "P2", f"{who} has {applied} letters applied and {len(self._origins)} effects")

    def _check_order(self, sender: str, subject: str) -> None:
        """Over all streams of a sender; where its disk was set back or copied, only within each stream."""
        maker, _, number = subject.rpartition("-")
        is_excused = sender in self._truth.may_fork or maker.endswith(POISON)
        is_later = int(number) > self._orders.get(maker, 0) or is_excused
        self._truth.expect(is_later, "P3", f"{subject} took effect at {self._machine.name} after a later one")
        self._orders[maker] = max(int(number), self._orders.get(maker, 0))

    def _check_forks(self) -> None:
        """A second letter under one number is kept, and a person is told."""
        told = {
            row[0] for row in self._machine.rows("SELECT detail FROM incident WHERE kind = 'received-fork'")
        }
        for sender, instance in self._machine.rows(
            "SELECT DISTINCT sender, instance FROM aside WHERE why = 'fork'"
        ):
            is_told = f"{sender} {instance}" in told
            self._truth.expect(is_told, "P6", f"{self._machine.name} tells nobody of the fork of {instance}")

    def _note_files(self) -> None:
        held = self._truth.files.setdefault(self._machine.node_id, set())
        for number, sha256 in self._machine.rows(
            "SELECT id, sha256 FROM file_receipt WHERE id > ? AND by = ?",
            self._receipt,
            self._machine.node_id,
        ):
            self._receipt = number
            there = self._machine.rows("SELECT MAX(is_whole) FROM sealed_file WHERE sha256 = ?", sha256)
            is_whole = there[0][0] in (1, None)  # a relay lets go of what has arrived
            self._truth.expect(is_whole, "P5", f"{self._machine.name} signed for a part of a file")
            held.add(sha256)
