"""At every start, and without any link, a node checks what is in use against its signatures."""

import json
from pathlib import Path

import pytest

from station import chores, kept
from tests.station.publishing_desk import ITEMS, PASSPHRASE, PublishingDesk
from tests.tools.counter import Counter


@pytest.fixture
def desk(hall: Counter, tmp_path: Path) -> PublishingDesk:
    """A county that uses the first version it published."""
    desk = PublishingDesk(hall, tmp_path)
    desk.has_its_keys()
    desk.publishes(*ITEMS[:2])
    return desk


def starts(desk: PublishingDesk) -> str:
    """The first round after a start; what it found."""
    with desk.hall.node.using():
        chores.keep_house(desk.hall.node)
        return kept.note(chores.CATALOG_PROOF)


def catalog_folder(desk: PublishingDesk) -> Path:
    return desk.hall.settings.data_folder / "catalog"


def strip(desk: PublishingDesk) -> str:
    return desk.opens("").split('class="strip"')[1].split("</section>")[0]


def test_a_sound_catalog_says_nothing(desk: PublishingDesk):
    assert starts(desk) == ""
    assert "复核" not in strip(desk)


def test_before_any_catalog_there_is_nothing_to_prove(hall: Counter, tmp_path: Path):
    assert starts(PublishingDesk(hall, tmp_path)) == ""


def test_an_altered_pack_is_told_at_the_next_start_and_stays_in_use(desk: PublishingDesk):
    (catalog_folder(desk) / "1.pack").write_bytes(b"something else")

    assert starts(desk) != ""
    assert "签名没有复核通过" in strip(desk)
    assert desk.hall.installation.current_catalog().count == 2  # type: ignore[union-attr]


def test_a_proof_of_other_signatures_is_told(desk: PublishingDesk):
    [proof] = (catalog_folder(desk) / "metadata/proofs").glob("*.json")
    words = json.loads(proof.read_bytes())
    words["county"] = words["county"].replace('"sig":"', '"sig":"00')
    proof.write_text(json.dumps(words))

    assert "签名不足" in starts(desk)


def test_a_holiday_table_that_was_changed_by_hand_is_told_and_the_signed_one_put_back(desk: PublishingDesk):
    path = catalog_folder(desk) / "holidays.json"
    signed = path.read_bytes()
    path.write_bytes(signed.replace(b"2026-10-07", b"2026-10-04"))

    assert "已换回签名的那一份" in starts(desk)
    assert path.read_bytes() == signed
    assert starts(desk) == ""


def test_a_signed_file_that_was_changed_by_hand_puts_nothing_back(desk: PublishingDesk):
    in_use = catalog_folder(desk) / "holidays.json"
    before = in_use.read_bytes()
    kept_file = catalog_folder(desk) / "metadata/files/city/holidays.json"
    kept_file.write_bytes(kept_file.read_bytes().replace(b"2026-10-07", b"2026-10-04"))

    starts(desk)

    assert in_use.read_bytes() == before


def test_the_next_version_ends_the_trouble(desk: PublishingDesk):
    (catalog_folder(desk) / "1.pack").write_bytes(b"something else")
    starts(desk)
    desk.signs_in("editor")
    desk.imports(list(ITEMS[:3]))
    desk.has_approval()
    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 302

    assert starts(desk) == ""
