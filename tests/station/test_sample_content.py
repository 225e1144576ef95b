"""What may go out as a sample: known by its bytes, whole, bounded, and nothing that acts."""

import random

import pytest

from station.documents.form_sheet import FormLine, FormSheet, build_form_sheet
from station.documents.given import Issue, Office
from station.hall.samples.content import FILE_BYTES_MAX, Content, examine
from station.hall.samples.errors import SampleRefused
from station.hall.samples.pdf_parts import INFLATED_BYTES_MAX
from sync.clock import Proof, Stamp
from tests.station.sample_papers import page_pdf, pdf_with, pdf_with_packed, picture, png_chunk, png_of
from tests.tools.counter import START

SEED = 20261126


def refusal(data: bytes) -> str:
    """Why a file is refused; "" when it is not."""
    try:
        examine(data)
    except SampleRefused as refused:
        return refused.why
    return ""


def test_a_picture_says_what_it_is_and_how_large():
    png, jpeg = examine(picture()), examine(picture("JPEG"))

    assert (png.ending, png.width, png.height) == ("png", 240, 340)
    assert (jpeg.ending, jpeg.width, jpeg.height) == ("jpg", 240, 340)


def test_a_pdf_is_taken_with_its_pages():
    assert (examine(page_pdf()).ending, examine(page_pdf()).pages) == ("pdf", 1)


@pytest.mark.parametrize("data", [b"", b"<html><script>x</script>", b"GIF89a", b"PK\x03\x04docx", b"MZ"])
def test_anything_else_is_refused_whatever_it_is_called(data):
    assert refusal(data)


@pytest.mark.parametrize(
    ("dictionary", "told"),
    [
        (b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>", "脚本"),
        (b"/OpenAction << /S /J#61vaScript /JS (x) >>", "脚本"),
        (b"/OpenAction << /S /Launch /F (cmd.exe) >>", "启动别的程序"),
        (b"/Encrypt 5 0 R", "密码"),
        (b"/AA << /O << /S /SubmitForm >> >>", "发送"),
        (b"/Names << /EmbeddedFiles 3 0 R >>", "夹带"),
        (b"/AcroForm << /XFA 3 0 R >>", "动态表单"),
        (b"/A << /S /GoToR /F (x.pdf) >>", "打开别的文件"),
    ],
)
def test_a_pdf_that_acts_is_refused_with_a_word_for_it(dictionary, told):
    assert told in refusal(pdf_with(dictionary))


def test_words_that_only_look_alike_are_no_reason():
    assert refusal(pdf_with(b"/EncryptMetadataX true /LaunchPad 1 /URI (https://example.org)")) == ""


def test_a_script_in_a_compressed_part_is_found_too():
    assert "脚本" in refusal(pdf_with_packed(b"2 0 << /S /JavaScript /JS (x) >>"))
    assert refusal(pdf_with_packed(b"2 0 << /Type /Page >>")) == ""


@pytest.mark.parametrize(
    "about",
    [
        b"/Filter [/ASCIIHexDecode /FlateDecode]",
        b"/Filter [/FlateDecode /FlateDecode]",
        b"/Filter /FlateDecode /DecodeParms << /Predictor 12 >>",
        b"/Filter 9 0 R",
        b"/Filter /LZWDecode",
    ],
)
def test_a_part_that_cannot_be_looked_into_is_refused(about):
    assert "无法检查" in refusal(pdf_with_packed(b"2 0 << /Type /Page >>", about))


def test_a_part_hidden_from_the_search_is_refused():
    assert "无法检查" in refusal(pdf_with(b"/X /ObjStm"))
    assert "无法检查" in refusal(pdf_with_packed(b"8 nonsense", packed=False))


def test_a_pdf_that_unpacks_without_end_is_refused():
    bomb = pdf_with_packed(bytes(INFLATED_BYTES_MAX + 10))

    assert len(bomb) < 200_000 and "太大" in refusal(bomb)


def test_a_picture_larger_than_it_says_or_too_large_is_refused():
    assert "比它声明的大" in refusal(png_of(10, 10, bytes(5_000_000)))
    assert "太大" in refusal(png_of(6000, 6000, b""))
    assert "太大" in refusal(png_of(2, 20_000, b""))
    assert "没有大小" in refusal(png_of(0, 10, b""))
    assert refusal(png_of(10, 10, bytes(110))) == ""


@pytest.mark.parametrize("data", [picture(), picture("JPEG"), page_pdf()], ids=["png", "jpeg", "pdf"])
def test_a_file_cut_off_anywhere_is_refused(data):
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    cuts = [chance.randrange(1, len(data) - 8) for _ in range(60)]

    assert [cut for cut in cuts if not refusal(data[:cut])] == []


@pytest.mark.parametrize("data", [picture(), picture("JPEG")], ids=["png", "jpeg"])
def test_nothing_may_hang_on_behind_a_picture(data):
    assert "别的内容" in refusal(data + b"PK\x03\x04 a second file")


def test_a_moving_picture_is_refused():
    moving = picture()[:33] + png_chunk(b"acTL", bytes(8)) + picture()[33:]

    assert "会动" in refusal(moving)


def test_a_heavy_file_is_told_how_to_become_lighter():
    assert "降低扫描分辨率" in _next_step(b"%PDF-1.7" + bytes(FILE_BYTES_MAX))


def test_changed_bytes_end_in_an_answer_and_never_in_a_crash():
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    for data in (picture(), picture("JPEG"), page_pdf(), pdf_with_packed(b"2 0 << /Type /Page >>")):
        for _ in range(150):
            changed = bytearray(data)
            for _ in range(chance.randrange(1, 6)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            refusal(bytes(changed))


def test_what_this_program_prints_may_be_a_blank_form():
    stamp = Stamp(START, Proof.NONE)
    issue = Issue("442099003001", Office("示例镇", "440205100000"), "示例员", stamp, 1)
    made = build_form_sheet(FormSheet(issue, "示例事项", "示例申请表", (FormLine("姓名", True, "李桂香"),)))

    assert examine(made.pdf) == Content("application/pdf", 1)


def _next_step(data: bytes) -> str:
    with pytest.raises(SampleRefused) as refused:
        examine(data)
    return refused.value.next_step
