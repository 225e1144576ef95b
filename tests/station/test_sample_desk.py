"""Samples and blank forms at the publishing desk: put there, looked at, reviewed, published, cleared away."""

import io
import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog_cache.distribution.sample_files import PackFiles, files_of
from catalog_cache.distribution.sources import FolderSource
from catalog_cache.model import Attachment, Item
from station.hall.publishing import base, draft
from station.hall.publishing.desk import Desk
from station.hall.publishing.models import DraftEntry
from station.hall.samples import shelf
from station.hall.samples.service import SlotChange, changed_slots
from tests.station.publishing_desk import ITEMS, PASSPHRASE, PublishingDesk
from tests.station.sample_papers import page_pdf, pdf_with, picture
from tests.tools.counter import Counter

FIRST = ITEMS[0]
FORM, RESULT = FIRST.materials[0], FIRST.results[0]
PAGE = f"samples/items/{FIRST.code}"


@pytest.fixture
def desk(hall: Counter, tmp_path: Path) -> PublishingDesk:
    desk = PublishingDesk(hall, tmp_path)
    desk.imports(ITEMS)
    return desk


def uploads(
    desk: PublishingDesk, data: bytes, kind: str = "sample", name: str = "x.bin", **fields: str
) -> Any:
    """Put a file to the first material or result of the first item, as the page does."""
    part = RESULT.name if kind == "result" else FORM.id
    given = {"part": part, "kind": kind, "seen": held(desk, kind), "file": (io.BytesIO(data), name)}
    return desk.sends(PAGE, **(given | fields))


def drafted(desk: PublishingDesk) -> Item:
    with desk.hall.node.using():
        entry = draft.read(draft.entry_row(FIRST.code).record)
    assert isinstance(entry, Item)
    return entry


def placed(desk: PublishingDesk, kind: str = "sample") -> Attachment | None:
    item = drafted(desk)
    found: Attachment | None = (
        item.results[0].sample if kind == "result" else getattr(item.materials[0], kind)
    )
    return found


def held(desk: PublishingDesk, kind: str = "sample") -> str:
    file = placed(desk, kind)
    return file.sha256 if file else ""


def folder(desk: PublishingDesk) -> Path:
    with desk.hall.node.using():
        return Desk.of(desk.hall.node).repository.folder


def grows_old(desk: PublishingDesk) -> None:
    """The files on the shelf have been there for a day."""
    day_before = (desk.hall.time.at - timedelta(days=1)).timestamp()
    for path in (folder(desk) / "files").iterdir():
        os.utime(path, (day_before, day_before))


def test_an_uploaded_sample_lies_on_the_shelf_and_shows_on_the_page(desk):
    assert uploads(desk, picture(), name="../../恶意.html").status_code == 302
    file = placed(desk)

    assert file is not None and file.name == f"{FORM.name}（样表）.png"
    assert (folder(desk) / "files" / file.sha256).read_bytes() == picture()
    page = desk.opens(PAGE)
    assert f"{PAGE}/files/{file.sha256}" in page and "128 kbit/s" in page
    assert "恶意" not in page


def test_a_file_is_handed_out_as_what_its_bytes_are_and_can_run_nothing(desk):
    paper = page_pdf()
    uploads(desk, paper, "blank_form", "页面.html")
    address = f"/publishing/{PAGE}/files/{held(desk, 'blank_form')}"
    shown, saved = desk.hall.opens(address), desk.hall.opens(f"{address}?save=1")

    assert shown.data == paper and shown.content_type == "application/pdf"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert saved.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("asked", ["0" * 64, "..%2F..%2Fnode.json", "x"])
def test_no_other_file_can_be_asked_for(desk, asked):
    uploads(desk, picture())

    assert desk.hall.opens(f"/publishing/{PAGE}/files/{asked}").status_code == 404


@pytest.mark.parametrize(
    "data", [b"", pdf_with(b"/S /JavaScript"), b"<html>"], ids=["none", "script", "page"]
)
def test_a_refused_file_is_told_at_its_field_and_changes_nothing(desk, data):
    answer = uploads(desk, data)

    assert answer.status_code == 422 and f'id="file-{FORM.id}-sample"' in answer.text
    assert f'href="#file-{FORM.id}-sample"' in answer.text
    assert drafted(desk) == FIRST and not (folder(desk) / "files").exists()


def test_a_sample_is_replaced_and_taken_away_and_only_then_nobody_names_it(desk):
    uploads(desk, picture(mark=1))
    first = held(desk)
    uploads(desk, picture(mark=2))
    second = held(desk)
    grows_old(desk)
    with desk.hall.node.using():
        assert [one.sha256 for one in shelf.orphans(folder(desk), desk.hall.time.at)] == [first]
    uploads(desk, b"", act="remove")

    assert drafted(desk) == FIRST
    assert desk.sends("samples/orphans").status_code == 302
    assert {first, second} & set(shelf.sizes(folder(desk))) == set()


def test_a_file_that_came_just_now_is_not_cleared_away(desk):
    uploads(desk, picture())
    grows_old(desk)
    uploads(desk, b"", act="remove")
    os.utime(next((folder(desk) / "files").iterdir()))
    with desk.hall.node.using():
        later = desk.hall.time.at + timedelta(days=30000)

        assert shelf.orphans(folder(desk), desk.hall.time.at - timedelta(days=30000)) == []
        assert len(shelf.orphans(folder(desk), later)) == 1


def test_the_same_file_uploaded_again_counts_as_new(desk):
    uploads(desk, picture())
    grows_old(desk)
    path = folder(desk) / "files" / held(desk)
    before = path.stat().st_mtime
    uploads(desk, picture(), "blank_form")

    assert path.stat().st_mtime > before


def test_two_people_do_not_overwrite_each_other(desk):
    uploads(desk, picture(mark=1))
    answer = uploads(desk, picture(mark=2), seen="")

    assert answer.status_code == 409 and "这份文件刚被换过" in answer.text
    assert (folder(desk) / "files" / held(desk)).read_bytes() == picture(mark=1)


def test_a_sample_put_between_two_edits_of_the_item_loses_neither(desk):
    with desk.hall.node.using():
        row = draft.entry_row(FIRST.code)
        changed = replace(FIRST, phone="0751-7654321")
        draft.save_entry(changed, row.sha256, by="editor", now=desk.hall.time.at)
    uploads(desk, picture())

    assert drafted(desk).phone == "0751-7654321" and held(desk)


def test_a_material_or_item_that_is_not_there_is_refused(desk):
    assert uploads(desk, picture(), part="nothing").status_code == 404
    wrong = {"part": FORM.id, "kind": "phone", "file": (io.BytesIO(picture()), "x.png")}
    assert desk.sends(PAGE, **wrong).status_code == 404
    assert desk.hall.opens("/publishing/samples/items/442099999999").status_code == 404


def test_the_city_provides_the_samples_of_its_own_items(desk):
    with desk.hall.node.using():
        DraftEntry.update(above=draft.written(FIRST)).where(DraftEntry.code == FIRST.code).execute()
        assert base.held() is None

    assert "由市级提供" in desk.opens(PAGE) and "放入草稿" not in desk.opens(PAGE)
    assert uploads(desk, picture()).status_code == 409


def test_a_sample_that_came_from_the_city_can_be_looked_at(desk):
    uploads(desk, picture())
    room = desk.hall.node.samples.store.folder
    room.mkdir()
    (folder(desk) / "files" / held(desk)).rename(room / held(desk))

    assert desk.hall.opens(f"/publishing/{PAGE}/files/{held(desk)}").data == picture()
    assert f'<img src="/publishing/{PAGE}/files/{held(desk)}"' in desk.opens(PAGE)


def test_a_table_that_comes_in_later_leaves_the_samples_where_they_are(desk):
    uploads(desk, picture())
    changed = replace(FIRST, phone="0751-1111111")
    page = desk.imports([changed], preview="1").text
    desk.imports([changed])

    assert "样表" not in page.split("导入前的比较")[1].split("<footer")[0]
    assert drafted(desk).phone == "0751-1111111" and held(desk)


def test_the_overview_counts_what_is_lacking_and_what_all_costs(desk):
    before = desk.opens("samples/")
    uploads(desk, picture())
    uploads(desk, picture(), "blank_form")
    after = desk.opens("samples/?show=holding")

    assert "缺样表的" in before and FORM.name in before
    assert FORM.name in after and "1 份" in after and "约 1 秒" in after


def test_the_second_person_sees_old_and_new_file(desk):
    uploads(desk, picture(mark=1))
    desk.has_keys_and_publishes()
    first = held(desk)
    uploads(desk, picture(mark=2))
    sent = desk.sends("submit")
    desk.signs_in("publisher")

    assert "/publishing/samples/changes" in desk.hall.opens(sent.location).text
    page = desk.opens("samples/changes")
    assert f"files/{first}" in page and f"files/{held(desk)}" in page
    with desk.hall.node.using():
        assert [type(one) for one in changed_slots()] == [SlotChange]


def test_a_published_version_brings_each_file_once(desk):
    uploads(desk, picture())
    uploads(desk, picture(), "blank_form")
    desk.has_keys_and_publishes()
    with desk.hall.node.using():
        pack = Desk.of(desk.hall.node).repository.content("pack.jsonl")
    named = {file.sha256 for item in PackFiles(pack).items_with_files() for file in files_of(item)}

    assert named == set(shelf.sizes(folder(desk))) and len(named) == 1
    piece = FolderSource(folder(desk)).piece(named.pop(), 0, 256 * 1024)
    assert piece == picture()


def test_a_version_that_names_a_file_nobody_has_is_not_signed(desk):
    away = FIRST.to_dict()
    away["materials"][0]["sample"] = {"name": "样表.png", "sha256": "a" * 64, "size": 99}
    desk.imports([away])
    desk.has_its_keys()
    desk.has_approval()
    answer = desk.sends("sign", passphrase=PASSPHRASE)

    assert answer.status_code == 409 and "本机没有文件：样表.png" in answer.text
    assert "文件不在本机的（1）" in desk.opens("samples/?show=absent")


def test_what_an_older_version_names_stays_on_the_shelf(desk):
    uploads(desk, picture())
    desk.has_keys_and_publishes()
    uploads(desk, b"", act="remove")
    desk.has_approval()
    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 302
    grows_old(desk)

    with desk.hall.node.using():
        assert json.loads(draft.entry_row(FIRST.code).published)["materials"][0].get("sample") is None
        assert shelf.drop_orphans(folder(desk), desk.hall.time.at) == 0
    assert len(shelf.sizes(folder(desk))) == 1
