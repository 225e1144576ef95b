"""A village station, the township it joined, and the county hall above: two lines, and a direct one.

trio.village.posts(trio.county, "c1")
trio.visits()            # the village calls the township
trio.passes_on()         # the township calls the county
trio.calls_county()      # the village calls the county itself
"""

from datetime import timedelta
from pathlib import Path

from sync import attachments, enrolment, register
from sync.courier import Courier, ExchangeReport
from sync.register import certify, remember
from sync.relay_tables import Custody
from sync.rows import using, write
from sync.tables import SealedFile
from sync.transport import Answer
from tests.tools.mail_pair import NOW, FakeLink, Hall, PairNode


class Trio:
    """All of them enrolled, unless `is_joined` is false. More villages: `adds_village`."""

    def __init__(
        self, folder: Path, urls: tuple[str | None, str | None] = (None, None), *, is_joined: bool = True
    ) -> None:
        """urls: databases of the county and of the township, None for a file of their own."""
        self.folder = folder
        self.county = Hall(1, "county", folder, urls[0])
        self.township = Hall(2, "township", folder, urls[1])
        self.village = PairNode(3, "village", folder)
        if is_joined:
            belongs(self.township, self.county)
            self.settles(self.village)
        self.to_county = FakeLink(self.county)
        self.to_township = FakeLink(self.township)
        self.direct = FakeLink(self.county)
        self.township_courier = self.courier(self.township, self.to_county)
        self.village_courier = self.courier(self.village, self.to_township)
        self.direct_courier = self.courier(self.village, self.direct)

    def courier(self, node: PairNode, link: FakeLink) -> Courier:
        return Courier(node.keys, node.node_id, "", node.handlers, node.clock, link)

    def village_is_set_back(self, backup: bytes) -> None:
        """The village's disk is the one of that backup, and its program was started anew."""
        self.village.is_set_back(backup)
        self.village_courier = self.courier(self.village, self.to_township)

    def settles(self, village: PairNode) -> None:
        """A village joins the township, and is known to the county."""
        belongs(village, self.township)
        village.knows(self.county)
        with using(village.database):
            own = register.Peer.node_id == self.township.node_id
            register.Peer.update(parent=self.county.node_id).where(own).execute()
        with using(self.county.database):
            remember(village.record, certify(self.township.keys, village.record), NOW)
            theirs = register.Peer.node_id == village.node_id
            register.Peer.update(parent=self.township.node_id).where(theirs).execute()

    def adds_village(self, number: int) -> PairNode:
        village = PairNode(number, "village", self.folder)
        self.settles(village)
        return village

    def visits(self, village: PairNode | None = None) -> ExchangeReport:
        """A village calls the township."""
        courier = self.village_courier
        if village is not None:
            courier = self.courier(village, self.to_township)
        with using((village or self.village).database):
            return courier.exchange()

    def passes_on(self) -> ExchangeReport:
        """The township calls the county."""
        with using(self.township.database):
            return self.township_courier.exchange()

    def calls_county(self) -> ExchangeReport:
        """The village calls the county itself, without the township."""
        with using(self.village.database):
            return self.direct_courier.exchange()

    def calls_county_for_letters_only(self) -> None:
        """The direct line dies where the files would begin."""
        self.direct.rewrite_answer = self.no_files
        self.calls_county()
        self.direct.rewrite_answer = lambda _, answer: answer

    @staticmethod
    def no_files(path: str, answer: Answer) -> Answer:
        """A line that dies whenever a file begins."""
        return Answer(0, why="断了") if path.startswith("/files/") else answer

    @staticmethod
    def loses_files_of_others(node: PairNode) -> None:
        with using(node.database), write():
            attachments.forget(SealedFile.owner != "")

    def goes_round(self) -> None:
        """There and back again."""
        self.visits()
        self.passes_on()
        self.visits()

    def passes(self, seconds: float) -> None:
        for node in (self.village, self.township, self.county):
            node.now += timedelta(seconds=seconds)

    def in_custody(self) -> list[int]:
        """Up to where the township signed for each stream of the village."""
        with using(self.village.database):
            return [row.upto for row in Custody.select().order_by(Custody.id)]

    def closes(self) -> None:
        for node in (self.village, self.township, self.county):
            node.database.close_all()


def joins(node: PairNode, hall: PairNode) -> None:
    """By a code, as people do it."""
    with using(hall.database):
        code = enrolment.make_code(node.record.division, NOW)
    with using(node.database):
        asked = enrolment.request(node.keys, node.record, code.text, NOW)
    with using(hall.database):
        granted = enrolment.grant(hall.keys, register.peer(hall.node_id).record, asked, NOW)
    with using(node.database):
        enrolment.accept(node.keys, granted, NOW)


def belongs(node: PairNode, hall: PairNode) -> None:
    """Both know each other, and the one is below the other in both registers."""
    with using(hall.database):
        remember(node.record, certify(hall.keys, node.record), NOW)
        register.Peer.update(parent=hall.node_id).where(register.Peer.node_id == node.node_id).execute()
    with using(node.database):
        remember(hall.record, b"", NOW)
        register.Peer.update(parent=hall.node_id).where(register.Peer.node_id == node.node_id).execute()
