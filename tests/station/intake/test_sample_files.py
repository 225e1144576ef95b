"""A sample that the catalog names is shown once it has come to this station, and not before."""

from hashlib import sha256

from tests.station.cases.world import ALLOWANCE, item, pack
from tests.station.intake.window import ALLOWANCE_CODE

PICTURE = b"\x89PNG\r\n\x1a\n picture of a filled form"
DIGEST = sha256(PICTURE).hexdigest()
SAMPLE = {"name": "高龄津贴样表.png", "sha256": DIGEST, "size": len(PICTURE)}


def test_a_sample_on_its_way_is_told_of_and_shown_when_it_is_here(fresh_window):
    first, *others = ALLOWANCE["materials"]
    counter, address = fresh_window.counter, f"/guide/items/{ALLOWANCE_CODE}/files/{DIGEST}"
    changed = item(materials=[first | {"sample": SAMPLE}, *others])
    counter.installation.catalog.install(pack(2, [changed]), counter.time.at)

    missing = counter.opens(address)
    assert missing.status_code == 404 and "还没有到本站" in missing.text
    assert "高龄津贴样表.png还没有传到本站" in fresh_window.opens(f"/guide/items/{ALLOWANCE_CODE}/form").text

    folder = counter.node.samples.store.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DIGEST).write_bytes(PICTURE)
    answer = counter.opens(address)
    assert (answer.data, answer.mimetype) == (PICTURE, "image/png")
    assert f'src="{address}"' in counter.opens(f"/guide/items/{ALLOWANCE_CODE}/form").text
