"""The mail's dictionary: made from the catalog's own words, published beside it as a signed file.

It is public, so no resident's word may stand in it: events are written for every item with persons that
chance makes up anew each time, and what does not come back in many of them does not get in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from catalog_cache.model import Item, Material, Power, Question
from station.cases.counter_events import HandedOut, Noticed, Printed, Received, Told
from station.cases.events import new_event
from station.cases.hall_events import Accepted, Arrived, Decided
from station.cases.parts import Actor, Body, FileRef, MaterialLine, NoticeLine, Pair, Party
from station.cases.terms import End, Held, Paper, Path
from sync import dictionary
from sync.canonical import canonical_json
from sync.clock import Proof, Stamp
from sync.errors import BadForm

SIZE_BYTES = 64 * 1024
ROUNDS = 3  # of made-up people over all items
ITEMS_MAX = 600
LINES_MAX = 60
TEXT_MAX = 300
HEX, DIGITS = "0123456789abcdef", "0123456789"
FIRST_CHARACTER, LAST_CHARACTER = 0x4E00, 0x9FA5


def make(items: Sequence[Item], now: datetime) -> bytes | None:
    """A dictionary for letters about these items; None for a catalog too small to make one from."""
    chance = Random(now.isoformat())  # noqa: S311 - people that nobody is, not secrets
    samples = [sample for _ in range(ROUNDS) for sample in _samples(items[:ITEMS_MAX], now, chance)]
    try:
        return dictionary.train(samples, SIZE_BYTES)
    except BadForm:
        return None


def _samples(items: Sequence[Item], now: datetime, chance: Random) -> Iterator[bytes]:
    for item in items:
        for body in _bodies(item, chance):
            at = datetime.fromtimestamp(now.timestamp() - chance.randrange(10**7), UTC)
            by = Actor(name=_name(chance), account=f"{chance.randrange(10**6)}")
            event = new_event(_hex(chance, 32), _hex(chance, 32), Stamp(at, Proof.HALL), by, body)
            files = tuple(_file(chance) for _ in range(chance.randrange(3)))
            yield canonical_json(replace(event, files=files).as_payload())


def _bodies(item: Item, chance: Random) -> Iterator[Body]:
    """What is said of a case of this item, from intake to hand-out."""
    yield _received(item, chance)
    agency = "" if item.agency is None else item.agency.name
    yield Arrived(department=agency[:100], arrived_at=_moment(chance), path=Path.LINK)
    yield Noticed(number=1, lines=tuple(_notice(line) for line in item.materials[:3]), deadline=_day(chance))
    yield Accepted(
        since=_moment(chance), department=agency[:100], promised=item.promised, statutory=item.statutory
    )
    yield Decided(end=End.DONE, result=item.results[0].name[:200] if item.results else "")
    paper = chance.choice(list(Paper))
    yield Printed(
        document=paper, number=_digits(chance, 12), sha256=_hex(chance, 64), cases=(_hex(chance, 32),)
    )
    yield Told(way="电话", person=_name(chance))
    yield HandedOut(receiver=_name(chance), id_number=_card(chance))


def _received(item: Item, chance: Random) -> Received:
    return Received(
        intake_id=_hex(chance, 32),
        receipt_number=_digits(chance, 26),
        running=chance.randrange(1, 10**6),
        station=f"{_name(chance)}镇{_name(chance)}村便民服务站",
        division=_digits(chance, 12),
        item_code=item.code,
        item_name=item.name,
        answers=tuple(_answer(question, chance) for question in item.questions[:LINES_MAX]),
        applicant=Party(
            name=_name(chance), id_number=_card(chance), phone=_digits(chance, 11), address=_name(chance)
        ),
        form=tuple(Pair(id=field.id, value=_digits(chance, 6), label=field.label) for field in item.form),
        materials=tuple(_line(material, chance) for material in item.materials[:LINES_MAX]),
        power=item.power if item.power is not Power.CONSULT else Power.RECEIVE,
        catalog=chance.randrange(1, 100),
    )


def _answer(question: Question, chance: Random) -> Pair:
    option = chance.choice(question.options) if question.options else None
    return Pair(id=question.id, value=option.value if option else "", label=question.text[:60])


def _line(material: Material, chance: Random) -> MaterialLine:
    return MaterialLine(
        id=material.id,
        name=material.name,
        state=chance.choice((Held.IN, Held.IN, Held.PLEDGED)),
        kind=material.kind,
        originals=material.originals,
        copies=material.copies,
        pages=chance.randrange(5),
    )


def _notice(material: Material) -> NoticeLine:
    standard = material.standard[:TEXT_MAX]
    return NoticeLine(
        id=material.id, name=material.name, state=Held.MISSING, reason="没有带来", standard=standard
    )


def _file(chance: Random) -> FileRef:
    return FileRef(
        sha256=_hex(chance, 64),
        size=chance.randrange(1, 10**6),
        key_b64="".join(chance.choices(DIGITS, k=43)) + "=",
        plain_sha256=_hex(chance, 64),
        plain_size=chance.randrange(1, 10**6),
        media_type=chance.choice(("image/jpeg", "application/pdf")),
        name=f"{_digits(chance, 4)}.jpg",
    )


def _name(chance: Random) -> str:
    """Characters that form nobody's name."""
    return "".join(chr(chance.randrange(FIRST_CHARACTER, LAST_CHARACTER)) for _ in range(3))


def _card(chance: Random) -> str:
    return _digits(chance, 18)


def _day(chance: Random) -> str:
    return f"2026-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"


def _moment(chance: Random) -> str:
    return f"{_day(chance)}T{chance.randrange(24):02d}:{chance.randrange(60):02d}:00Z"


def _digits(chance: Random, count: int) -> str:
    return "".join(chance.choices(DIGITS, k=count))


def _hex(chance: Random, count: int) -> str:
    return "".join(chance.choices(HEX, k=count))
