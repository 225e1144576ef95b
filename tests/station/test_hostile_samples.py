"""Uploads made to get past the check: what acts, hides, swells or tells a place does not go out."""

import io
import random
import struct
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from station.hall.samples.content import examine
from station.hall.samples.errors import SampleRefused
from tests.station.sample_papers import page_pdf, pdf_with, pdf_with_packed, picture, png_chunk, png_of

SCRIPT = b"2 0 << /S /JavaScript /JS (x) >>"
PAGE = b"2 0 << /Type /Page >>"
TAIL = b"startxref\n9\n%%EOF\n"
ACTS = [b"JavaScript", b"Launch", b"EmbeddedFile", b"SubmitForm", b"XFA", b"Encrypt", b"RichMedia"]


def refusal(data: bytes) -> str:
    """Why a file is refused; "" when it is not."""
    try:
        examine(data)
    except SampleRefused as refused:
        return refused.why
    return ""


def stream(head: bytes, body: bytes, keyword: bytes = b"stream\n") -> bytes:
    """One object with a stream."""
    return head + b"\n" + keyword + body + b"\nendstream\nendobj\n"


@pytest.mark.parametrize(
    ("dictionary", "told"),
    [
        (b"/Annots [<< /FS << /F (a.exe) /EF << /F 3 0 R >> >> >>]", "夹带"),
        (b"/FS << /F (a.exe) /E#46 3 0 R >>", "夹带"),
        (b"/FS << /EF %a remark\n 3 0 R >>", "夹带"),
        (b"/Annots [<< /Subtype /FileAttachment >>]", "夹带"),
        (b"/OpenAction << /S /Movie >>", "播放"),
        (b"/OpenAction << /S /Sound /Sound 3 0 R >>", "播放"),
    ],
)
def test_what_is_attached_or_plays_is_found_by_more_than_one_name(dictionary, told):
    assert told in refusal(pdf_with(dictionary))


@pytest.mark.parametrize(
    "dictionary", [b"/EFFECT 1", b"/Font << /EF 12 >>", b"/Soundness 1", b"/E (EF 1 0 R)"]
)
def test_what_only_begins_or_sounds_like_it_is_no_reason(dictionary):
    assert refusal(pdf_with(dictionary)) == ""


@pytest.mark.parametrize(
    "about",
    [
        b"/Filter [/ASCIIHexDecode /FlateDecode]",
        b"/Filter /LZWDecode",
        b"/X /Image /Filter [/ASCIIHexDecode /FlateDecode]",
        b"/Filter /FlateDecode /DP << /Predictor 12 >>",
        b"/F /AHx",
        b"/F [/Fl /Fl]",
        b"/F#69lter /LZWDecode",
    ],
)
def test_objects_are_looked_into_also_where_a_stream_does_not_say_that_it_holds_them(about):
    untyped = stream(b"1 0 obj\n<< /N 1 /First 4 " + about + b" >>", zlib.compress(PAGE))

    assert "无法检查" in refusal(b"%PDF-1.7\n" + untyped + TAIL)


@pytest.mark.parametrize("keyword", [b"stream\r", b"stream ", b"stream%\n", b"stream  \n"])
def test_objects_behind_an_odd_beginning_of_a_stream_are_not_passed_over(keyword):
    sound = zlib.compress(PAGE)
    first = stream(b"1 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>", sound)
    second = stream(b"2 0\nobj\n<< /F /Fl >>", sound)
    head = b"3 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>"
    third = stream(head, zlib.compress(SCRIPT), keyword)

    assert refusal(b"%PDF-1.7\n" + first + second + third + TAIL)


def test_an_outline_and_a_scan_in_one_paper_are_no_reason():
    outline = b"4 0 obj\n<< /Type /Outlines /First 5 0 R /Last 5 0 R /Count 1 >>\nendobj\n"
    paper = page_pdf()
    at = paper.rindex(b"xref\n", 0, paper.rindex(b"startxref"))

    assert refusal(paper[:at] + outline + paper[at:]) == ""


def test_a_part_full_of_coded_letters_costs_no_more_memory_than_it_has_bytes():
    bomb = pdf_with_packed(b"2 0 " + b"#41" * 3_000_000)
    tracemalloc.start()
    refusal(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 4 * 9_000_000


@given(st.sampled_from(ACTS), st.randoms(use_true_random=False), st.booleans(), st.binary(max_size=60))
@settings(max_examples=150, deadline=None)
def test_however_a_name_is_spelled_and_wherever_it_stands_it_is_found(name, chance, is_packed, around):
    letters = (b"#%02x" % one if chance.random() < 0.4 else bytes([one]) for one in name)
    after = chance.choice([b" ", b"/B", b"(x)", b"<<>>", b"\r", b"%"])
    words = b"<< /A /" + b"".join(letters) + after + b" >>"
    if is_packed:
        kind = chance.choice([b"/Type /ObjStm", b""])
        head = b"1 0 obj\n<< " + kind + b" /N 1 /First 4 /Filter /FlateDecode >>"
        words = stream(head, zlib.compress(b"2 0 " + words), chance.choice([b"stream\n", b"stream\r\n"]))

    assert refusal(b"%PDF-1.7\n" + around + b"\n" + words + TAIL)


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_parts_of_papers_put_together_anyhow_end_in_an_answer(chance):
    pieces = [page_pdf(), picture(), picture("JPEG"), pdf_with(b"/A 1"), pdf_with_packed(PAGE)]
    cut = [one[chance.randrange(len(one)) :][: chance.randrange(400)] for one in pieces]
    chance.shuffle(cut)
    whole = chance.choice(pieces)

    refusal(whole[: chance.randrange(1, len(whole))] + b"".join(cut) + whole[-chance.randrange(1, 60) :])


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("is_progressive", [False, True])
def test_scans_and_photos_of_every_usual_kind_are_taken(mode, is_progressive):
    assert refusal(jpeg(mode, progressive=is_progressive)) == ""


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
def test_pictures_of_every_usual_kind_are_taken(mode):
    out = io.BytesIO()
    Image.new(mode, (31, 17)).save(out, "PNG")

    assert refusal(out.getvalue()) == ""


def test_an_interlaced_picture_is_counted_pass_by_pass():
    passes = ((2, 2), (2, 1), (1, 3), (3, 2), (2, 5), (5, 4), (4, 9))
    rows = b"".join(bytes(count * (1 + size)) for count, size in passes)

    assert refusal(interlaced(9, 9, rows)) == "" and "不完整" in refusal(interlaced(9, 9, rows[:-1]))


@pytest.mark.parametrize(
    ("depth", "colours"), [(3, 0), (16, 3), (4, 2), (8, 5), (0, 0)], ids=lambda value: str(value)
)
def test_a_picture_of_a_kind_that_does_not_exist_is_refused(depth, colours):
    head = struct.pack(">IIBBBBB", 10, 10, depth, colours, 0, 0, 0)

    assert "损坏" in refusal(png_with_head(head, bytes(4000)))


def test_a_picture_with_rows_missing_is_refused():
    assert "不完整" in refusal(png_of(10, 10, bytes(60)))


def test_a_photo_without_a_scan_or_of_a_kind_no_browser_shows_is_refused():
    photo = jpeg("RGB")
    scan = photo.index(b"\xff\xda")

    assert "不完整" in refusal(photo[:scan] + b"\xff\xd9")
    for kind in (0xC3, 0xC5, 0xC9, 0xCB):
        assert "显示不了" in refusal(photo.replace(b"\xff\xc0", bytes([0xFF, kind])))
    twelve_bits = photo.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c")
    assert "显示不了" in refusal(twelve_bits)


def test_a_photo_that_is_drawn_over_and_over_is_refused():
    photo = jpeg("L", progressive=True)
    scan, end = photo.rindex(b"\xff\xda"), photo.rindex(b"\xff\xd9")

    assert "太多遍" in refusal(photo[:end] + photo[scan:end] * 200 + photo[end:])


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_that_tells_where_it_was_taken_is_refused_with_a_way_out(kind):
    told = Image.Exif()
    told[0x0110] = "phone"
    told.get_ifd(0x8825).update({1: "N", 2: (24.0, 48.0, 0.0), 3: "E", 4: (113.0, 36.0, 0.0)})
    plain = Image.Exif()
    plain[0x010F] = "示例相机".encode().decode("latin-1")

    assert "拍摄地点" in refusal(photo_with(told, kind)) and refusal(photo_with(plain, kind)) == ""
    with pytest.raises(SampleRefused) as refused:
        examine(photo_with(told, kind))
    assert "删除属性和个人信息" in refused.value.next_step


def test_the_place_is_also_found_in_the_other_notes_of_a_picture():
    note = b'http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude="24,48.5N"/>'
    photo = jpeg("RGB")
    segment = b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note

    assert "拍摄地点" in refusal(photo[:2] + segment + photo[2:])


def test_a_paper_put_together_from_such_photos_is_refused_too():
    told = Image.Exif()
    told[0x0110] = "phone"
    head = b"1 0 obj\n<< /Subtype /Image /Filter /DCTDecode >>"
    plain = stream(head, photo_with(told, "JPEG"))
    told.get_ifd(0x8825).update({1: "N", 2: (24.0, 48.0, 0.0)})
    telling = stream(head, photo_with(told, "JPEG"))

    assert "拍摄地点" in refusal(b"%PDF-1.7\n" + plain + telling + TAIL)
    assert refusal(b"%PDF-1.7\n" + plain + TAIL) == ""


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\xef\xbb\xbf<!doctype html><script>x</script>%PDF-1.7",
        b"<!-- \x89PNG\r\n\x1a\n -->",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"  %PDF-1.7\n" + TAIL,
    ],
    ids=["svg", "html", "comment", "webp", "late"],
)
def test_a_page_or_drawing_that_runs_is_refused_whatever_stands_in_it(data):
    assert "不是 PDF" in refusal(data)


def jpeg(mode: str, **options: bool) -> bytes:
    """A small photo."""
    out, chance = io.BytesIO(), random.Random(mode)
    channels = {"L": 1, "RGB": 3, "CMYK": 4}[mode]
    Image.frombytes(mode, (40, 24), chance.randbytes(40 * 24 * channels)).save(out, "JPEG", **options)
    return out.getvalue()


def photo_with(told: Image.Exif, kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 24), "white").save(out, kind, exif=told)
    return out.getvalue()


def png_with_head(head: bytes, rows: bytes) -> bytes:
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, body) for kind, body in parts)


def interlaced(width: int, height: int, rows: bytes) -> bytes:
    return png_with_head(struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 1), rows)
