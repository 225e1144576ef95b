"""The first page of a PDF as a picture: made once at the hall, carried like the sample, seen everywhere."""

import io
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from catalog_cache.distribution.sample_files import PackFiles, wanted_files
from catalog_cache.model import Attachment, FirstPage, Item
from station.documents.form_sheet import FormLine, FormSheet, build_form_sheet
from station.documents.given import Issue, Office
from station.hall.publishing import draft
from station.hall.publishing.desk import Desk
from station.hall.samples import first_page as drawing
from station.hall.samples import shelf
from station.hall.samples.first_page import first_page
from station.hall.samples.pdf_drawing import HEIGHT_MAX, WIDTH_MAX
from sync.clock import Proof, Stamp
from tests.station.publishing_desk import ITEMS, PASSPHRASE, PublishingDesk
from tests.station.sample_papers import pdf_with
from tests.tools.counter import START, Counter

FIRST = ITEMS[0]
FORM = FIRST.materials[0]
PAGE = f"samples/items/{FIRST.code}"


@pytest.fixture(scope="module")
def paper() -> bytes:
    """A form of this program, with Chinese text."""
    issue = Issue("442099003001", Office("示例镇", "440205100000"), "示例员", Stamp(START, Proof.NONE), 1)
    lines = (FormLine("姓名", True, "李桂香"),)
    return build_form_sheet(FormSheet(issue, "示例事项", "示例申请表", lines)).pdf


@pytest.fixture
def desk(hall: Counter, tmp_path: Path) -> PublishingDesk:
    desk = PublishingDesk(hall, tmp_path)
    desk.imports(ITEMS)
    return desk


def uploads(desk: PublishingDesk, data: bytes) -> Any:
    return desk.sends(PAGE, part=FORM.id, kind="sample", seen="", file=(io.BytesIO(data), "表.pdf"))


def sample_of(desk: PublishingDesk) -> Attachment:
    with desk.hall.node.using():
        entry = draft.read(draft.entry_row(FIRST.code).record)
    assert isinstance(entry, Item) and entry.materials[0].sample
    return entry.materials[0].sample


def test_a_page_is_drawn_small_and_with_what_stands_on_it(paper: bytes) -> None:
    drawn = first_page(paper)

    assert drawn is not None and drawn[1] == "png" and len(drawn[0]) < 100_000
    with Image.open(io.BytesIO(drawn[0])) as picture:
        assert picture.width == WIDTH_MAX and picture.height <= HEIGHT_MAX
        assert picture.convert("L").getextrema()[0] < 60


@pytest.mark.parametrize("data", [b"%PDF-1.7 nothing", pdf_with(b""), b""], ids=["cut", "no page", "empty"])
def test_a_paper_that_cannot_be_drawn_has_no_picture(data: bytes) -> None:
    assert first_page(data) is None


def test_a_page_larger_than_a_field_is_drawn_within_the_bounds() -> None:
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 14400 200] >>"
    drawn = first_page(pdf_of(page))

    assert drawn is not None
    with Image.open(io.BytesIO(drawn[0])) as picture:
        assert picture.width == WIDTH_MAX and picture.height < 20


def test_the_picture_goes_out_with_the_sample_and_before_it(desk: PublishingDesk, paper: bytes) -> None:
    uploads(desk, paper)
    file = sample_of(desk)
    page = desk.opens(PAGE)
    assert file.first_page and f'<img src="/publishing/{PAGE}/files/{file.first_page.sha256}"' in page
    assert file.first_page.name == f"{FORM.name}（样表首页）.png" and "共 1 份文件" in page

    desk.has_its_keys()
    desk.has_approval()
    assert f"files/{file.first_page.sha256}" in desk.opens("samples/changes")
    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 302
    with desk.hall.node.using():
        repository = Desk.of(desk.hall.node).repository
        wanted = wanted_files(PackFiles(repository.content("pack.jsonl")))
        assert shelf.orphans(repository.folder, desk.hall.time.at) == []
    assert [one.sha256 for one in wanted] == [file.first_page.sha256, sha256(paper).hexdigest()]


def test_a_hall_without_the_library_says_so_and_takes_the_paper_all_the_same(
    desk: PublishingDesk, paper: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "LIBRARY", "a_library_that_is_not_here")
    uploads(desk, paper)

    assert sample_of(desk).first_page is None
    assert "没有装 pypdfium2" in desk.opens(PAGE) and "在这里看 PDF" in desk.opens(PAGE)


def test_a_station_never_loads_the_library() -> None:
    loaded = "import sys, station.app; sys.exit('pypdfium2' in sys.modules or 'PIL' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0


def test_the_picture_is_read_back_as_it_was_written() -> None:
    page = FirstPage(name="表（首页）.png", sha256="b" * 64, size=9)
    file = Attachment(name="表.pdf", sha256="a" * 64, size=99, first_page=page)

    assert Attachment.from_dict(file.to_dict()) == file
    assert "first_page" not in Attachment(name="表.pdf", sha256="a" * 64, size=99).to_dict()


def pdf_of(page: bytes) -> bytes:
    """A PDF of this one page."""
    objects = (b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page)
    body, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 4\n0000000000 65535 f \n" + table + b"trailer << /Size 4 /Root 1 0 R >>\n"
    return body + head + b"startxref\n%d\n%%%%EOF\n" % len(body)
