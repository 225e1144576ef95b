"""The promises, checked after every step on all machines whose disk was written since."""

import json
from dataclasses import dataclass

from sync.courier import ExchangeReport
from sync.envelope import RETURNED_KIND
from sync.parcel import Parcel
from tests.simulation.arrived import ArrivedBooks
from tests.simulation.machine import Machine
from tests.simulation.network import Exchanged
from tests.simulation.sent import Broken, SentBooks, Truth, letters_of
from tests.simulation.world import World

__all__ = ["Broken", "Promises"]
OK = 200


@dataclass
class _Books:
    """Of one disk. seen: its life and how much had been written when it was last looked at."""

    disk: object
    sent: SentBooks
    arrived: ArrivedBooks
    seen: tuple[int, int] = (-1, -1)


class Promises:
    """Watches one world."""

    def __init__(self, world: World) -> None:
        self.world, self.truth = world, Truth()
        self._books: dict[str, _Books] = {}
        world.network.passed = self._passed

    def check(self) -> None:
        """All machines that wrote something since the last time. Raises Broken."""
        changed = [one for one in [*self.world.machines, self.world.stranger] if self._has_changed(one)]
        for machine in changed:
            with machine.at_work():
                self._books[machine.name].sent.check_letters()
        for machine in changed:
            with machine.at_work():
                self._books[machine.name].arrived.check()
        for machine in changed:
            with machine.at_work():
                self._books[machine.name].sent.check_words()

    def check_anew(self) -> None:
        """Every row of every machine, as if nothing had been looked at before. Raises Broken."""
        self._books.clear()
        self.check()

    def check_arrived(self) -> None:
        """In peace each letter is signed for, and both its ends have it, whole. Raises Broken."""
        for machine in self.world.machines:
            for reader in self.world.machines:
                is_known = not {machine.node_id, reader.node_id} & self.world.revoked
                if is_known and not self._is_copied_behind_a_relay(machine, reader):
                    self._check_came(machine, reader)
                    self._check_came_back(machine, reader)
            self._check_all_green(machine)

    def _check_all_green(self, machine: Machine) -> None:
        """Each letter is signed for, with its files as far as they are anywhere."""
        made, green = letters_of(machine)
        is_excused = machine is self.world.hall or self._is_copied_behind_a_relay(machine)
        is_green = all(self._waits_for_a_lost_file(machine, letter) for letter in made - green)
        what = f"{machine.name} has {len(made)} letters, {len(green)} of them acknowledged"
        self.truth.expect(is_green or bool(self.world.revoked) or is_excused, "P1", what)

    def _waits_for_a_lost_file(self, machine: Machine, letter: int) -> bool:
        """Whether a letter that its recipient holds is open for the sake of such files alone."""
        lacking = machine.rows(
            "SELECT f.sha256 FROM letter_file f JOIN out_letter l ON l.id = f.letter_id"
            " JOIN out_stream s ON s.id = l.stream_id JOIN acknowledgement a ON a.stream_id = s.id"
            " WHERE l.id = ? AND a.upto >= l.seq AND NOT EXISTS"
            " (SELECT 1 FROM file_receipt r WHERE r.by = s.recipient AND r.sha256 = f.sha256)",
            letter,
        )
        return bool(lacking) and all(self._was_lost_with_its_disk(machine, sha256) for (sha256,) in lacking)

    def _is_copied_behind_a_relay(self, *machines: Machine) -> bool:
        """A relay remembers one word of each node: two disks of one node answer for each other there."""
        nodes = [one.node_id for one in self.world.machines]
        return any(nodes.count(one.node_id) > 1 and len(one.lines) > 1 for one in machines)

    def _check_came(self, sender: Machine, reader: Machine) -> None:
        """What the one wrote to the other, the other has."""
        came = {
            origin: state
            for disk in self._counted_as_one(reader)
            for origin, state in disk.rows(
                "SELECT a.origin, a.state FROM arrival a JOIN in_stream s ON s.id = a.stream_id"
                " WHERE s.sender = ? AND a.state != 'repeated'",
                sender.node_id,
            )
        }
        rows = sender.rows(
            "SELECT l.id, l.subject, l.origin, l.kind FROM out_letter l"
            " JOIN out_stream s ON s.id = l.stream_id WHERE l.moved_to IS NULL AND s.recipient = ?",
            reader.node_id,
        )
        own = {row[0] for row in reader.rows("SELECT hash FROM out_letter")}
        for letter, subject, origin, kind in rows:
            is_there = came.get(origin) == "applied" or (not kind.startswith("case.") and origin in came)
            is_there |= kind == RETURNED_KIND and subject in own  # it was a copy of this disk that lacked it
            self.truth.expect(is_there, "P1", f"{subject} of {sender.name} is not at {reader.name}")
            for (sha256,) in sender.rows("SELECT sha256 FROM letter_file WHERE letter_id = ?", letter):
                is_whole = any(_has_whole(disk, sha256) for disk in self._counted_as_one(reader))
                is_safe = is_whole or self._was_lost_with_its_disk(sender, sha256)
                self.truth.expect(is_safe, "P1", f"a file of {subject} is not whole at {reader.name}")

    def _counted_as_one(self, machine: Machine) -> list[Machine]:
        """Where a copied disk and a restored backup come together, each letter is on one disk at least.

        The hall cannot tell the two apart; a person has been told, and lets one of them go.
        """
        disks = [one for one in self.world.machines if one.node_id == machine.node_id]
        is_restored = any(one.set_backs for one in [*disks, self.world.hall])
        return disks if len(disks) > 1 and is_restored else [machine]

    def _was_lost_with_its_disk(self, sender: Machine, sha256: str) -> bool:
        """A letter comes back from its reader, but a file that never left a lost disk is nowhere any more."""
        disks = [one for one in self.world.machines if one.node_id == sender.node_id]
        is_restored = any(one.set_backs for one in disks)
        return is_restored and not any(_has_whole(one, sha256) for one in self.world.machines)

    def _check_came_back(self, sender: Machine, reader: Machine) -> None:
        """What the other has of the one, the one has as well: also what its disk had lost."""
        rows = reader.rows(
            "SELECT a.origin, a.subject FROM arrival a JOIN in_stream s ON s.id = a.stream_id"
            " WHERE s.sender = ? AND a.kind LIKE 'case.%'",
            sender.node_id,
        )
        disks = self._counted_as_one(sender)
        own = {row[0] for disk in disks for row in disk.rows("SELECT origin FROM out_letter")}
        for origin, subject in rows:
            is_back = origin in own
            self.truth.expect(
                is_back, "P6", f"{subject}, which {reader.name} has, did not come back to {sender.name}"
            )

    def witness_of(self, machine: Machine, hall: Machine) -> tuple[int, str] | None:
        """What a station remembers of a hall's log."""
        rows = machine.rows("SELECT size, head FROM witness WHERE peer = ?", hall.node_id)
        return (rows[0][0], rows[0][1]) if rows else None

    def check_exchange(
        self, machine: Machine, hall: Machine, before: tuple[int, str] | None, report: ExchangeReport
    ) -> None:
        """After an exchange that went well to its end. before: the witness it began with. Raises Broken."""
        if report.state == "ok":
            self._check_set_back(machine, hall, before)
            self._check_followed(machine, hall)

    def _has_changed(self, machine: Machine) -> bool:
        books = self._books.get(machine.name)
        if books is None or books.disk is not machine.disk:
            sent, arrived = SentBooks(self.truth, machine), ArrivedBooks(self.truth, machine)
            books = self._books[machine.name] = _Books(machine.disk, sent, arrived)
        seen, books.seen = books.seen, (machine.disk.life, machine.disk.operations)
        return seen != books.seen

    def _check_set_back(self, machine: Machine, hall: Machine, before: tuple[int, str] | None) -> None:
        """A hall that lost what it had told this station: both have told a person."""
        expect, after = self.truth.expect, self.witness_of(machine, hall)
        is_known = after is None or _is_in_log(hall, after)
        expect(is_known, "P7", f"{machine.name} goes on with a log that its hall does not have")
        if before is None or _is_in_log(hall, before):
            return
        told = machine.rows(
            "SELECT 1 FROM incident WHERE kind = 'peer-set-back' AND detail = ?", hall.node_id
        )
        expect(bool(told), "P7", f"{machine.name} tells nobody that its hall was set back")
        told = hall.rows("SELECT 1 FROM incident WHERE kind = 'we-set-back' AND detail = ?", machine.node_id)
        expect(
            bool(told), "P7", f"the hall tells nobody that it was set back, though {machine.name} showed it"
        )

    def _check_followed(self, machine: Machine, hall: Machine) -> None:
        """The stream in use is one that the hall follows."""
        rows = machine.rows(
            "SELECT id, instance, last_seq FROM out_stream WHERE recipient = ? AND is_current", hall.node_id
        )
        for stream, instance, last in rows:
            held = hall.rows(
                "SELECT upto, head FROM in_stream WHERE sender = ? AND instance = ?",
                machine.node_id,
                instance,
            )
            for upto, head in held:
                ours = machine.rows(
                    "SELECT hash FROM out_letter WHERE stream_id = ? AND seq = ?", stream, upto
                )
                is_one = upto == 0 or (upto <= last and ours == [(head,)])
                what = f"{machine.name} goes on in {instance}, of which the hall has another number {upto}"
                self.truth.expect(is_one, "P6", what)

    def _passed(self, what: Exchanged) -> None:
        """Whatever a hall answered with good will, it keeps each letter that came, in its place or aside."""
        if what.answer.status != OK or not what.path.endswith("/exchange"):
            return
        given, taken = Parcel.from_bytes(what.body), Parcel.from_bytes(what.answer.body)
        refused = {one["name"] for one in json.loads(taken.manifest.body_bytes).get("refused", [])}
        for envelope in given.envelopes:
            kept = what.hall.rows(
                "SELECT 1 FROM arrival WHERE hash = ?1 UNION ALL SELECT 1 FROM aside WHERE hash = ?1",
                envelope.hash,
            )
            is_kept = bool(kept) or envelope.hash[:16] in refused
            dropped = f"{what.hall.name} dropped number {envelope.fields.seq} of {envelope.fields.instance}"
            self.truth.expect(is_kept, "P6", f"{dropped} from {what.machine.name} without a word")


def _has_whole(machine: Machine, sha256: str) -> bool:
    """Whether all bytes of a file are on this disk."""
    return bool(machine.rows("SELECT 1 FROM sealed_file WHERE sha256 = ? AND is_whole", sha256))


def _is_in_log(machine: Machine, witness: tuple[int, str]) -> bool:
    size, head = witness
    if size == 0:
        return True
    return bool(machine.rows("SELECT 1 FROM arrival WHERE log_size = ? AND log_head = ?", size, head))
