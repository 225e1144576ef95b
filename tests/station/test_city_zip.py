"""A county without a line to its city: the ZIP brings catalog and samples, and sticks that mislead."""

import html
import os
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile

from catalog_cache.demonstration import worked_items
from catalog_cache.distribution.sample_files import shelve_file
from catalog_cache.distribution.stick import copy_files
from station.mailroom import carry

ITEMS = worked_items()[:3]
FIRST, SECOND = ITEMS[:2]
SAMPLES = (b"a filled form " * 30_000, b"a blank form " * 500)


def with_sample(city, item, data, name):
    """The item with a sample that lies on the city's shelf."""
    file = shelve_file(city.desk.repository.folder, data, name)
    first = replace(item.materials[0], sample=file)
    return replace(item, materials=(first, *item.materials[1:]))


def publishes_with_samples(city):
    items = [with_sample(city, FIRST, SAMPLES[0], "甲.pdf"), with_sample(city, SECOND, SAMPLES[1], "乙.pdf")]
    city.publishes(*items, ITEMS[2])


def brings(county, data):
    """The clerk imports the ZIP; what the next page says."""
    answer = county.brings_by_stick(data)
    assert answer.status_code == 302, answer.text
    return html.unescape(county.hall.opens(answer.location).text)


def shelf(county):
    return county.hall.node.repository_folder / "files"


def held(county):
    return {path.name for path in shelf(county).glob("*") if "." not in path.name}


def without(data, name):
    """The same ZIP, but for one sample."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(out, "w", ZIP_STORED) as new:
        for entry in old.infolist():
            if entry.filename != f"files/{name}":
                new.writestr(entry, old.read(entry))
    return out.getvalue()


def test_samples_of_the_citys_items_come_with_the_zip_and_go_on_to_stations(city, county, tmp_path):
    publishes_with_samples(city)
    names = [sha256(data).hexdigest() for data in SAMPLES]
    assert "样表和空表 2 份，0.4 MB" in city.reads("counties/")
    (shelf(city) / names[1]).rename(tmp_path / "lost")
    assert "本机缺 1 份样表或空表，各县也取不到：乙.pdf" in city.reads("counties/")
    told = brings(county, city.file_for(county))
    assert "样表和空表 1 份" in told and "还缺 1 份样表或空表：乙.pdf" in told
    assert held(county) == {names[0]}
    os.utime(shelf(county) / names[0], (0, 0))
    county.sends("samples/orphans")
    assert held(county) == {names[0]}, "the base that waits names it, so it is no orphan"

    (tmp_path / "lost").rename(shelf(city) / names[1])
    told = brings(county, city.file_for(county))
    assert "不比本县现有的新" in told and "样表和空表 1 份" in told and "还缺" not in told
    county.takes_over()
    assert county.signs_what_is_there().status_code == 302

    copied = copy_files(county.hall.node.repository_folder, tmp_path / "stick", tmp_path)
    assert copied.files == 2 and (tmp_path / "stick/files" / names[0]).read_bytes() == SAMPLES[0]
    served = county.hall.app.test_client().get(f"/catalog/files/{names[0]}", headers={"Range": "bytes=0-13"})
    assert served.data == SAMPLES[0][:14]


def test_an_altered_sample_is_not_taken_and_the_catalog_comes_all_the_same(city, county):
    publishes_with_samples(city)
    data = bytearray(city.file_for(county))
    at = data.index(b"a filled form")
    data[at] ^= 1

    told = brings(county, bytes(data))

    assert "已取到市级签发的新文件" in told and "还缺 1 份样表或空表：甲.pdf" in told
    assert held(county) == {sha256(SAMPLES[1]).hexdigest()}


def test_a_sample_that_nobody_signed_for_stays_outside(city, county):
    publishes_with_samples(city)
    data = BytesIO(city.file_for(county))
    evil = sha256(b"evil").hexdigest()
    with ZipFile(data, "a") as archive:
        archive.writestr(f"files/{evil}", b"evil")

    brings(county, data.getvalue())

    assert evil not in held(county)


def test_a_sample_cut_off_in_the_middle_goes_on_with_the_next_import(city, county):
    publishes_with_samples(city)
    data = city.file_for(county)
    name = sha256(SAMPLES[0]).hexdigest()
    brings(county, without(data, name))
    (shelf(county) / f"{name}.part").write_bytes(SAMPLES[0][:300_000])

    brings(county, data)

    assert (shelf(county) / name).read_bytes() == SAMPLES[0]


def test_a_zip_on_a_stick_in_this_pc_needs_no_upload(city, county, tmp_path, monkeypatch):
    publishes_with_samples(city)
    stick = tmp_path / "stick"
    stick.mkdir()
    path = stick / f"yimen-city-{county.division}.zip"
    path.write_bytes(city.file_for(county))
    monkeypatch.setattr(carry, "sticks", lambda: [stick])
    assert str(path) in county.reads("layers/")

    assert county.sends("layers/receive", place=str(path)).status_code == 302
    assert "等待接收" in county.reads("layers/") and len(held(county)) == 2
    for other in (str(tmp_path / "city"), "/etc/passwd", f"{path}/../x"):
        answer = county.sends("layers/receive", place=other)
        assert answer.status_code == 422 and 'href="#place"' in answer.text


def test_forty_altered_sticks_are_each_an_ordinary_refusal(city, county):
    city.publishes(*ITEMS)
    data = city.file_for(county)
    for at in range(0, len(data), max(len(data) // 40, 1)):
        altered = bytearray(data)
        altered[-1 - at % 60 if at % 2 else at] ^= 0x81
        assert county.brings_by_stick(bytes(altered)).status_code in (302, 422)
