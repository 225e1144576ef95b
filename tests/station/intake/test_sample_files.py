"""Samples and blank forms that the catalog names: shown once they have come here, and not before."""

from hashlib import sha256

from tests.station.cases.world import ALLOWANCE, item, pack
from tests.station.intake.window import ALLOWANCE_CODE, Window
from tests.station.sample_papers import page_pdf, picture

PICTURE, PAPER, HOSTILE = picture(), page_pdf(), b"<html><script>alert(1)</script></html>"
GUIDE = f"/guide/items/{ALLOWANCE_CODE}"


def named(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "sha256": sha256(data).hexdigest(), "size": len(data)}


def address_of(data: bytes) -> str:
    return f"{GUIDE}/files/{sha256(data).hexdigest()}"


def publishes(window: Window, **files: dict[str, object]) -> None:
    """The first material of the item gets files."""
    first, *others = ALLOWANCE["materials"]
    changed = item(materials=[first | files, *others])
    window.counter.installation.catalog.install(pack(2, [changed]), window.counter.time.at)


def receives(window: Window, data: bytes) -> None:
    """A file has come to the station."""
    folder = window.counter.node.samples.store.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / sha256(data).hexdigest()).write_bytes(data)


def test_a_sample_on_its_way_is_told_of_and_shown_beside_the_blank_form_when_it_is_here(fresh_window):
    counter = fresh_window.counter
    publishes(fresh_window, blank_form=named("空白.pdf", PAPER), sample=named("样表.png", PICTURE))
    page = fresh_window.opens(f"{GUIDE}/form").text
    missing = counter.opens(address_of(PICTURE))

    assert missing.status_code == 404 and "还没有到本站" in missing.text
    assert "样表.png还没有传到本站" in page and "本站常办的先传" in page
    assert "没有传到本站" in counter.opens(f"{GUIDE}/print").text

    receives(fresh_window, PICTURE)
    receives(fresh_window, PAPER)
    answer, form = counter.opens(address_of(PICTURE)), counter.opens(f"{GUIDE}/form").text
    assert (answer.data, answer.mimetype) == (PICTURE, "image/png")
    assert f'<img src="{address_of(PICTURE)}"' in form and f'<iframe src="{address_of(PAPER)}"' in form
    printed = counter.opens(f"{GUIDE}/print?part=m-{ALLOWANCE['materials'][0]['id']}").text
    assert f'<img src="{address_of(PICTURE)}"' in printed and f'href="{address_of(PAPER)}"' in printed
    assert counter.opens(f"{GUIDE}/print?part=none").status_code == 404


def test_a_file_that_is_no_paper_is_only_saved_and_never_run_whatever_its_name(fresh_window):
    publishes(fresh_window, blank_form=named("页面.pdf", HOSTILE), sample=named("样表.png", PICTURE))
    receives(fresh_window, HOSTILE)
    receives(fresh_window, PICTURE)
    wrong, right = (fresh_window.counter.opens(address_of(data)) for data in (HOSTILE, PICTURE))
    saved = fresh_window.counter.opens(f"{address_of(PICTURE)}?save=1")

    assert wrong.mimetype == "application/octet-stream"
    assert wrong.headers["Content-Disposition"].startswith("attachment")
    assert right.headers["Content-Disposition"].startswith("inline")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    for answer in (wrong, right, saved):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_file_that_lies_here_but_is_not_the_items_is_not_given_out(fresh_window):
    publishes(fresh_window, sample=named("样表.png", PICTURE))
    receives(fresh_window, PAPER)
    asked = [address_of(PAPER), f"{GUIDE}/files/..%2Fnode.json", f"{GUIDE}/files/{'0' * 64}"]

    assert {fresh_window.counter.opens(one).status_code for one in asked} == {404}
