"""A sample from the editor's upload to the paper in a resident's hand."""

import subprocess
from pathlib import Path

import pytest

from catalog_cache.distribution.sample_files import Round, wanted_files
from catalog_cache.distribution.sources import FolderSource
from station.hall.publishing.desk import Desk
from tests.browser.conftest import Arrives
from tests.browser.visitor import Visitor
from tests.station.publishing_desk import ITEMS, PASSPHRASE, PublishingDesk
from tests.station.sample_papers import page_pdf, pdf_with, picture
from tests.tools.counter import Counter

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
ITEM = ITEMS[0]
FORM, OTHER, RESULT = ITEM.materials[0], ITEM.materials[1], ITEM.results[0]


def test_an_uploaded_sample_is_reviewed_published_seen_in_large_and_printed(
    tmp_path: Path, arrives: Arrives
) -> None:
    desk = PublishingDesk(Counter(tmp_path / "hall", level="county", division="440205000000"), tmp_path)
    desk.has_its_keys()
    desk.imports(ITEMS)
    editor = arrives(desk.hall.app, "editor")
    uploads_what_can_go_out(editor)
    editor.leaves()
    publisher = arrives(desk.hall.app, "publisher")
    looks_and_signs(publisher)
    publisher.leaves()
    village = Counter(tmp_path / "village")
    takes(village, desk)
    agent = arrives(village.app, "agent")
    shows_and_prints(agent, village, desk)
    agent.leaves()
    desk.hall.closes()
    village.closes()


def uploads_what_can_go_out(editor: Visitor) -> None:
    """The editor is led from the item to its files; a file that acts is refused at its field."""
    editor.opens("/publishing/samples/")
    editor.reads("缺样表的")
    editor.opens(f"/publishing/entries/{ITEM.code}")
    editor.follows("样表和空白表")
    sample, blank = f"file-{FORM.id}-sample", f"file-{FORM.id}-blank_form"
    editor.attaches(sample, "表.pdf", "application/pdf", pdf_with(b"/OpenAction << /S /JavaScript >>"))
    editor.presses(f"放入草稿 {FORM.name} 样表")
    editor.reads("PDF 里有脚本")
    assert editor.page.locator(f"#{sample}[aria-invalid]").count() == 1
    editor.shows("sample-refused")
    editor.attaches(sample, "样表.png", "image/png", picture(size=(1240, 1754)))
    editor.presses(f"放入草稿 {FORM.name} 样表")
    editor.reads("已放入草稿")
    editor.attaches(blank, "空白.png", "image/png", picture(size=(1240, 1754), mark=3))
    editor.presses(f"放入草稿 {FORM.name} 空白表")
    editor.attaches(f"file-{OTHER.id}-blank_form", "空白.pdf", "application/pdf", page_pdf())
    editor.presses(f"放入草稿 {OTHER.name} 空白表")
    editor.attaches("file-1-result", "证.png", "image/png", picture(size=(900, 600), mark=5))
    editor.presses(f"放入草稿 {RESULT.name} 结果样本")
    editor.reads("共 4 份文件")
    editor.shows("sample-item")
    editor.opens("/publishing/samples/?show=holding")
    editor.reads(FORM.name)
    editor.shows("samples")
    editor.opens("/publishing/")
    editor.presses("送审")


def looks_and_signs(publisher: Visitor) -> None:
    """The second person sees the files before deciding."""
    publisher.opens("/publishing/")
    publisher.follows("打开送审")
    publisher.follows("看改动的样表和空白表")
    publisher.reads("换了 4 份文件")
    publisher.shows("sample-changes")
    publisher.page.go_back()
    publisher.presses("审核通过")
    publisher.opens("/publishing/sign")
    publisher.types("passphrase", PASSPHRASE)
    publisher.presses("签名并发布")
    publisher.reads("第 1 版已签发")


def takes(village: Counter, desk: PublishingDesk) -> None:
    """The version comes to the village, its files do not yet."""
    with desk.hall.node.using():
        pack = Desk.of(desk.hall.node).repository.content("pack.jsonl")
    village.installation.catalog.install(pack, village.time.at)


def shows_and_prints(agent: Visitor, village: Counter, desk: PublishingDesk) -> None:
    """First the files are on their way; then they stand side by side, and go onto paper page by page."""
    agent.opens(f"/guide/items/{ITEM.code}")
    agent.follows("看空白表和样表")
    agent.reads("还没有传到本站")
    agent.shows("samples-on-their-way")
    catalog = village.installation.catalog.current()
    assert catalog is not None
    source = FolderSource(desk.hall.node.settings.data_folder / "repository")
    village.node.samples.store.fetch(source, wanted_files(catalog), Round(village.time.at))
    agent.opens(f"/guide/items/{ITEM.code}")
    assert (
        agent.page.locator(".look img").evaluate(
            "picture => picture.decode().then(() => picture.naturalWidth)"
        )
        == 900
    )
    agent.shows("result-in-the-guide")
    agent.follows(f"看样子（样本） {RESULT.name}")
    assert agent.page.locator(f"[id='m-{OTHER.id}'] .pair img").count() == 1, "the first page of the PDF"
    images = agent.page.locator(f"[id='m-{FORM.id}'] .pair img")
    assert images.count() == 2
    lefts, widths = zip(*((box["x"], box["width"]) for box in map(_box, images.all())), strict=True)
    assert lefts[0] + widths[0] <= lefts[1] and min(widths) > 400
    agent.shows("samples-side-by-side")
    agent.follows(f"打印这份样表和空白表 {FORM.name}")
    assert agent.page.get_by_role("button", name="打印").is_visible()
    paper = agent.page.pdf(format="A4")
    agent.shows("samples-print")
    agent.page.go_back()
    agent.arrives()
    agent.follows(f"打印结果样本 {RESULT.name}")
    assert agent.page.locator(".print-pages img").count() == 1
    told = subprocess.run(["pdfinfo", "-"], input=paper, check=True, capture_output=True).stdout
    assert b"Pages:           2" in told


def _box(image: object) -> dict[str, float]:
    box: dict[str, float] = image.bounding_box()  # type: ignore[attr-defined]
    return box
