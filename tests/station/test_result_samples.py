"""What a certificate looks like: the sample of a result at the desk, and carried like the others."""

import io
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from catalog_cache.distribution.sample_files import PackFiles, files_of
from catalog_cache.model import Attachment, Item
from station.hall.publishing import draft
from station.hall.publishing.desk import Desk
from station.hall.samples.overview import is_paper
from station.hall.samples.service import changed_slots
from tests.station.publishing_desk import ITEMS, PASSPHRASE, PublishingDesk
from tests.station.sample_papers import picture
from tests.tools.counter import Counter

FIRST = ITEMS[0]
NAME = FIRST.results[0].name
PAGE = f"samples/items/{FIRST.code}"


@pytest.fixture
def desk(hall: Counter, tmp_path: Path) -> PublishingDesk:
    desk = PublishingDesk(hall, tmp_path)
    desk.imports(ITEMS)
    return desk


def sample_in_draft(desk: PublishingDesk) -> Attachment | None:
    with desk.hall.node.using():
        entry = draft.read(draft.entry_row(FIRST.code).record)
    assert isinstance(entry, Item)
    return entry.results[0].sample


def uploads(desk: PublishingDesk, data: bytes, **fields: str) -> Any:
    held = sample_in_draft(desk)
    given = {"part": NAME, "kind": "result", "seen": held.sha256 if held else ""}
    return desk.sends(PAGE, **(given | {"file": (io.BytesIO(data), "证.png")} | fields))


def test_a_result_has_its_sample_uploaded_shown_replaced_and_taken_away(desk):
    before = desk.opens(PAGE)
    assert uploads(desk, picture(mark=1)).status_code == 302
    first = sample_in_draft(desk)
    page = desk.opens(PAGE)
    uploads(desk, picture(mark=2))
    second = sample_in_draft(desk)
    answer = uploads(desk, b"", act="remove")

    assert "上传结果样本" in before and "换一份结果样本" in page
    assert first.name == f"{NAME}（结果样本）.png" and f"{PAGE}/files/{first.sha256}" in page
    assert first != second and answer.location.endswith("#r-1") and sample_in_draft(desk) is None


def test_a_refused_result_sample_is_told_at_its_own_field(desk):
    answer = uploads(desk, b"<svg xmlns='http://www.w3.org/2000/svg'>")

    assert answer.status_code == 422 and 'href="#file-1-result"' in answer.text
    assert sample_in_draft(desk) is None


@pytest.mark.parametrize("wrong", [{"part": "没有这项"}, {"kind": "sample"}, {"part": FIRST.materials[0].id}])
def test_a_result_takes_only_its_own_kind_of_file(desk, wrong):
    assert uploads(desk, picture(), **wrong).status_code == 404


def test_editing_the_item_and_importing_a_table_leave_the_result_sample_there(desk):
    uploads(desk, picture())
    held = sample_in_draft(desk)
    desk.imports([replace(FIRST, phone="0751-1111111")])

    assert sample_in_draft(desk) == held is not None


def test_the_second_person_sees_it_and_the_version_carries_it(desk):
    uploads(desk, picture())
    with desk.hall.node.using():
        changes = changed_slots()
    assert [(one.part_name, one.kind) for one in changes] == [(NAME, "result")]

    desk.has_its_keys()
    desk.has_approval()
    assert "结果样本" in desk.opens("samples/changes")
    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 302
    with desk.hall.node.using():
        published = Desk.of(desk.hall.node).repository.content("pack.jsonl")
    named = [file for one in PackFiles(published).items_with_files() for file in files_of(one)]
    assert [file.sha256 for file in named] == [sha256(picture()).hexdigest()]


def test_the_overview_names_the_papers_that_nobody_has_seen_yet(desk):
    card = replace(FIRST, results=(replace(FIRST.results[0], kind="证照"),))
    desk.imports([card])
    before = desk.opens("samples/?show=results")
    uploads(desk, picture())
    after = desk.opens("samples/?show=results")

    assert f"{FIRST.code}#r-1" in before and f"{FIRST.code}#r-1" not in after
    assert NAME in desk.opens("samples/?show=holding")


@pytest.mark.parametrize(
    ("kind", "is_one"), [("证照", True), ("许可证", True), ("给付", False), ("凭证", False)]
)
def test_money_has_no_look_of_its_own(kind, is_one):
    assert is_paper(kind) is is_one
