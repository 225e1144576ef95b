"""What one gets in the end: the sample of a result beside it in the guide, on the page and on paper."""

import io
from hashlib import sha256

import pytest
from PIL import Image

from station.guide.pictures import SIDE_MAX, picture_for_paper
from tests.browser.papers import words_of
from tests.station.cases.world import item, pack
from tests.station.intake.window import ALLOWANCE_CODE, Window
from tests.station.sample_papers import page_pdf, picture

GUIDE = f"/guide/items/{ALLOWANCE_CODE}"


def named(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "sha256": sha256(data).hexdigest(), "size": len(data)}


def publishes(window: Window, name: str, data: bytes, *, is_here: bool = True, version: int = 2) -> None:
    """A catalog whose item ends in a certificate with this sample."""
    result = {"kind": "证照", "name": "老年优待证", "validity": "长期", "delivery": "窗口领取"}
    changed = item(results=[result | {"sample": named(name, data)}])
    window.counter.installation.catalog.install(pack(version, [changed]), window.counter.time.at)
    if is_here:
        receives(window, data)


def receives(window: Window, data: bytes) -> None:
    """A file has come to the station."""
    folder = window.counter.node.samples.store.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / sha256(data).hexdigest()).write_bytes(data)


def test_the_guide_shows_the_sample_beside_the_result_and_prints_it(fresh_window):
    publishes(fresh_window, "优待证.png", picture())
    address = f"{GUIDE}/files/{sha256(picture()).hexdigest()}"
    counter = fresh_window.counter
    page, form = counter.opens(GUIDE).text, counter.opens(f"{GUIDE}/form").text
    printed = counter.opens(f"{GUIDE}/print?part=r-1").text

    assert f'<img src="{address}"' in page and "有效期：长期；窗口领取" in page
    assert f'{GUIDE}/form#r-1"' in page and 'id="r-1"' in form and f'<img src="{address}"' in form
    assert f'<img src="{address}"' in printed and "不在这里打印的" not in printed
    assert counter.opens(f"{GUIDE}/print?part=r-2").status_code == 404


def test_the_printed_guide_shows_what_one_gets(fresh_window):
    publishes(fresh_window, "优待证.png", picture())
    age = f"q-{ALLOWANCE_CODE}-age=80"
    paper = fresh_window.counter.opens(f"{GUIDE}/sheet.pdf?{age}").data
    words = words_of(paper)

    assert "办好以后给您的" in words and "老年优待证有效期：长期；窗口领取" in words
    assert "不能当证件用" in words and b"/Subtype /Image" in paper


def test_of_a_pdf_the_first_page_is_seen_at_once_and_printed_on_the_guide(fresh_window):
    page = {"first_page": named("证（首页）.png", picture(mark=6))}
    result = {"kind": "证照", "name": "老年优待证", "sample": named("证.pdf", page_pdf()) | page}
    changed = item(results=[result])
    fresh_window.counter.installation.catalog.install(pack(2, [changed]), fresh_window.counter.time.at)
    receives(fresh_window, picture(mark=6))
    seen = f'<img src="{GUIDE}/files/{sha256(picture(mark=6)).hexdigest()}"'
    on_its_way = fresh_window.counter.opens(f"{GUIDE}/form").text
    receives(fresh_window, page_pdf())
    form = fresh_window.counter.opens(f"{GUIDE}/form").text

    assert seen in on_its_way and "还没有传到本站" in on_its_way and "<iframe" not in on_its_way
    assert seen in form and "这是第一页" in form and "<iframe" in form
    assert seen in fresh_window.counter.opens(GUIDE).text
    assert (
        b"/Subtype /Image" in fresh_window.counter.opens(f"{GUIDE}/sheet.pdf?q-{ALLOWANCE_CODE}-age=80").data
    )


def test_a_result_sample_that_is_no_picture_or_not_here_leaves_words_on_paper(fresh_window):
    age = f"q-{ALLOWANCE_CODE}-age=80"
    cases = ((2, "证.pdf", page_pdf(), True), (3, "证.png", picture(mark=4), False))
    for version, name, data, is_here in cases:
        publishes(fresh_window, name, data, is_here=is_here, version=version)
        paper = fresh_window.counter.opens(f"{GUIDE}/sheet.pdf?{age}").data

        assert "老年优待证" in words_of(paper) and b"/Subtype /Image" not in paper
        assert "<img" not in fresh_window.counter.opens(GUIDE).text


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_a_picture_of_any_kind_is_made_small_and_stands_on_white(tmp_path, mode):
    _white(mode).save(tmp_path / "x", "JPEG" if mode == "CMYK" else "PNG")
    made = picture_for_paper(tmp_path / "x")

    with Image.open(io.BytesIO(made.data)) as small:
        assert (small.width, made.shape) == (SIDE_MAX, 0.5)
        assert small.convert("L").getextrema()[0] > 250


def test_a_damaged_or_huge_picture_is_none(tmp_path):
    (tmp_path / "cut").write_bytes(picture()[:400])
    (tmp_path / "page").write_bytes(page_pdf())
    Image.new("1", (9000, 5000)).save(tmp_path / "huge", "PNG")

    assert [picture_for_paper(tmp_path / name) for name in ("cut", "page", "huge")] == [None, None, None]


def _white(mode: str) -> Image.Image:
    """White, or what lets the white of the paper show through."""
    if mode == "I;16":
        return Image.new("I;16", (1600, 800), 65535)
    if mode in ("RGBA", "LA"):
        return Image.new(mode, (1600, 800), 0)
    return Image.new("RGB", (1600, 800), "white").convert(mode)
