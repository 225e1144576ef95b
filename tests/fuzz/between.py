"""Mail that a township carries: sections of strangers and hostile neighbours, from below and from above."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sync import carriage, exchange
from sync.canonical import read_json
from sync.manifest import Manifest
from sync.parcel import Parcel
from sync.relay_tables import CarriedLetter, CarriedWord
from sync.rows import using
from tests.fuzz.targets import must, target
from tests.tools.mail_trio import Trio


class Between:
    """A village, its township and the county, with mail of both kinds under way."""

    def __init__(self, folder: Path) -> None:
        self.trio = trio = Trio(folder)
        trio.village.posts(trio.county, "c1", [trio.village.keeps(b"scan " * 50)])
        trio.goes_round()
        trio.county.posts(trio.village, "c1", decision="准予")
        for number in range(3):
            trio.village.posts(trio.county, f"next{number}")
        self.up = self._goes_to_township()
        trio.passes_on()
        self.down = max((answer.body for *_, answer in trio.to_county.seen), key=len)
        with using(trio.township.database):
            known = {bytes(row.header) for row in CarriedLetter.select()}
        self.headers = known | {one.header for data in (self.up, self.down) for one in _letters(data)}

    def _goes_to_township(self) -> bytes:
        """What the village says with its new letters."""
        kept: list[bytes] = []

        def listens(path: str, body: bytes) -> bytes:
            kept.append(body)
            return body

        self.trio.to_township.rewrite = listens
        self.trio.visits()
        return max(kept, key=len)


@cache
def between() -> Between:
    """The one of this process; its folder goes when the process ends."""
    folder = TemporaryDirectory(prefix="fuzz-")
    made = Between(Path(folder.name))
    made.keeps = folder  # type: ignore[attr-defined]
    return made


@target
def section_up(data: bytes) -> None:
    """A parcel of a village with something for the county in it."""
    _take(data, between().trio.village.node_id)


@target
def section_down(data: bytes) -> None:
    """A parcel of the county with something for a village in it."""
    _take(data, between().trio.county.node_id)


def samples() -> dict[str, list[bytes]]:
    """What an honest village and an honest county send."""
    return {"section_up": [between().up], "section_down": [between().down]}


def _take(data: bytes, neighbour: str) -> None:
    """The township takes it, and keeps nothing that the two did not sign."""
    here = between()
    township = here.trio.township
    with using(township.database), township.database.atomic() as whole:
        try:
            taken = exchange.take(township.box, data, "link", neighbour)
            carriage.unload(township.box, taken, neighbour)
            held = {bytes(row.header) for row in CarriedLetter.select()}
            must(held <= here.headers, "a relay keeps what nobody made")
            for word in CarriedWord.select():
                read_json(bytes(word.body))
        finally:
            whole.rollback()


def _letters(data: bytes) -> list:
    parcel = Parcel.from_bytes(data)
    Manifest.from_dict(read_json(parcel.manifest.body_bytes))
    return [one for part in (parcel, *parcel.carried) for one in part.envelopes]
