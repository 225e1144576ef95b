"""The one file in which a city's catalog and its samples travel to a county, and files made to mislead."""

import io
import random
import struct
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from catalog_cache.distribution.handed_zip import HandoverZip, save_handover, write_handover
from catalog_cache.errors import BadHandover, NotServed, PublishRefused, UpdateRefused
from catalog_cache.layering.layer_files import BASE
from catalog_cache.model import Attachment, Status
from catalog_cache.signatures.ceremony import renew_city
from catalog_cache.signatures.handover import read_handover
from tests.catalog_cache.layered import CITY, item, material, pack
from tests.catalog_cache.press import Press

SEED = 20261126
SAMPLES = {name: f"样表 {name} ".encode() * 60 for name in ("甲", "乙", "丙")}


def attached(name: str) -> Attachment:
    data = SAMPLES[name]
    return Attachment(name=f"{name}.pdf", sha256=sha256(data).hexdigest(), size=len(data))


def offering(code: str, name: str, status: Status = Status.ACTIVE):
    """An item of the city whose first material has a sample."""
    first = replace(material(0), sample=attached(name))
    return item(code, status=status, materials=(first, material(1), material(2)))


class City:
    """What a city signed for one county, with three samples; the first is of an item that is not open."""

    def __init__(self, folder: Path) -> None:
        press = Press(folder)
        self.folder, self.samples = press.city_folder, folder / "files"
        closed = offering("L20000000000", "甲", Status.SUSPENDED)
        items = [closed, offering("L20000000001", "乙"), offering("L20000000002", "丙")]
        renew_city(self.folder, press.city_signers, {BASE: pack(CITY, items=items)}, press.now)
        self.samples.mkdir()
        for data in SAMPLES.values():
            (self.samples / sha256(data).hexdigest()).write_bytes(data)

    def writes(self, bytes_max: int = 10**9):
        """The file as it goes onto the stick, and what went into it."""
        out = io.BytesIO()
        packed = write_handover(self.folder, self.samples, out, bytes_max)
        return out.getvalue(), packed


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def opened(data: bytes) -> HandoverZip:
    return HandoverZip(io.BytesIO(data))


def zipped(*entries: tuple[str, bytes], kind: int = zipfile.ZIP_STORED, **attributes: int) -> bytes:
    """A ZIP that somebody else made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, data in entries:
            told = zipfile.ZipInfo(name)
            told.compress_type = kind
            for attribute, value in attributes.items():
                setattr(told, attribute, value)
            archive.writestr(told, data)
    return out.getvalue()


def test_what_is_signed_and_every_sample_is_in_one_file_and_comes_out_of_it_whole(city, tmp_path):
    data, packed = city.writes()
    brought = opened(data)
    brought.lay(tmp_path / "laid")

    assert (packed.samples, packed.left_out, packed.missing, packed.bytes) == (3, (), (), len(data))
    assert BASE in read_handover(tmp_path / "laid", None).files
    assert brought.samples == {sha256(one).hexdigest() for one in SAMPLES.values()}
    for one in SAMPLES.values():
        name = sha256(one).hexdigest()
        pieces = [brought.piece(name, start, 100) for start in range(0, len(one), 100)]
        assert b"".join(pieces) == one
        assert brought.piece(name, 50, 10) == one[50:60], "also out of turn"


def test_the_same_signed_files_give_the_same_bytes(city):
    assert city.writes()[0] == city.writes()[0]


def test_what_has_no_room_is_left_out_by_worth_and_named(city):
    whole, _ = city.writes()
    smaller, packed = city.writes(len(whole) - 1)

    assert packed.left_out == ("甲.pdf",), "the item that is not open for intake waits"
    assert (packed.samples, packed.bytes) == (2, len(smaller)) and len(smaller) < len(whole)
    exact, packed = city.writes(len(whole))
    assert exact == whole and packed.left_out == ()


def test_a_stick_too_small_for_what_is_signed_is_told(city):
    with pytest.raises(PublishRefused, match="上限 2000 字节"):
        city.writes(2000)


def test_a_sample_that_the_city_lost_or_that_was_altered_is_named(city):
    names = [sha256(data).hexdigest() for data in SAMPLES.values()]
    (city.samples / names[0]).unlink()
    (city.samples / names[1]).write_bytes(b"x" * len(SAMPLES["乙"]))

    _, packed = city.writes()

    assert packed.missing == ("乙.pdf", "甲.pdf") and packed.samples == 1


def test_a_file_on_a_stick_is_there_whole_or_as_it_was(city, tmp_path):
    path = tmp_path / "stick/yimen-city.zip"
    path.parent.mkdir()
    path.write_bytes(b"the one of last month")
    with pytest.raises(PublishRefused):
        save_handover(city.folder, city.samples, path, 2000)
    assert path.read_bytes() == b"the one of last month"

    save_handover(city.folder, city.samples, path)

    assert path.read_bytes() == city.writes()[0] and [path] == list(path.parent.iterdir())


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/passwd",
        "metadata/../../evil",
        "metadata/1.root.json/",
        "metadata\\1.root.json",
        "targets/city/" + "a" * 64 + ".x/../../y",
        "targets/county/440205000000/" + "a" * 64 + ".pack.jsonl",
        "metadata/timestamp.json",
        "files/" + "A" * 64,
        "files/" + "a" * 64 + "/x",
        "deltas/a.delta",
    ],
)
def test_a_name_that_has_no_place_there_is_refused_and_nothing_is_written(name, tmp_path):
    with pytest.raises(BadHandover):
        opened(zipped((name, b"x"))).lay(tmp_path / "laid")

    assert not (tmp_path / "laid").exists() and not (tmp_path / "evil").exists()


def test_a_link_in_it_becomes_a_plain_file_that_no_signature_fits(tmp_path):
    data = zipped(("metadata/1.root.json", b"/etc/passwd"), external_attr=0o120777 << 16)
    opened(data).lay(tmp_path / "laid")

    assert not (tmp_path / "laid/metadata/1.root.json").is_symlink()
    with pytest.raises(BadHandover):
        read_handover(tmp_path / "laid", None)


def test_a_small_file_that_unpacks_to_a_huge_one_stops_at_the_limit(tmp_path):
    bomb = zipped(("metadata/1.root.json", bytes(200 * 1024**2)), kind=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 300_000

    with pytest.raises(BadHandover, match="128 MiB"):
        opened(bomb).lay(tmp_path / "laid")
    assert not list(tmp_path.rglob("*.json"))


def test_a_sample_is_never_unpacked_so_none_can_be_a_bomb():
    with pytest.raises(BadHandover):
        opened(zipped((f"files/{'a' * 64}", bytes(10**6)), kind=zipfile.ZIP_DEFLATED))


def test_a_list_of_contents_that_would_fill_the_memory_is_refused_before_it_is_read():
    """Two hundred thousand names in 9 MB: reading them all took 0.2 GB before anybody looked."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", *[20] * 2, *[0] * 4, 0, 0, 0, 0, *[0] * 4, 0, 0)
    names = entry * 200_000
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(names), 0, 0)

    with pytest.raises(BadHandover, match="超过"):
        opened(names + end)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["metadata/1.root.json", f"files/{'a' * 64}"])
def test_two_entries_of_one_name_are_refused(name):
    with pytest.raises(BadHandover):
        opened(zipped((name, b"one"), (name, b"two")))


def test_a_zip_with_a_comment_or_none_at_all_is_refused(city):
    data, _ = city.writes()
    commented = data[:-2] + b"\x05\x00hello"

    for odd in (commented, data + b"x", b"", b"PK\5\6", data[: len(data) // 2], b"hello" * 100):
        with pytest.raises(BadHandover):
            opened(odd)


def test_a_sample_it_lacks_is_an_ordinary_answer(city):
    with pytest.raises(NotServed):
        opened(city.writes()[0]).piece("0" * 64, 0, 10)


def test_whatever_is_altered_in_it_only_our_refusals_come_of_it(city, tmp_path):
    print(f"seed {SEED}")
    chance, (data, _), refused = random.Random(SEED), city.writes(), 0
    for turn in range(300):
        altered = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            at = chance.choice((chance.randrange(len(data)), len(data) - 1 - chance.randrange(900)))
            altered[at] = chance.randrange(256)
        if chance.random() < 0.2:
            del altered[chance.randrange(len(altered)) :]
        try:
            brought = opened(bytes(altered))
            brought.lay(tmp_path / str(turn))
            for name in brought.samples:
                brought.piece(name, 0, 10**6)
        except (BadHandover, UpdateRefused):
            refused += 1
    assert refused > 150, refused
