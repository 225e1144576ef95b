"""The receipt: what the resident takes home."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest

from station.documents.errors import NotForPaper, ProofTooLarge
from station.documents.given import Due, MaterialLine, MaterialState, Person
from station.documents.receipt import STATEMENT, build_receipt
from station.documents.verify import text_in_file, verify_receipt
from sync.clock import Proof, Stamp


def test_the_receipt_says_what_was_received_and_that_it_decides_nothing(counter, looker):
    words = looker.words(build_receipt(counter.receipt()))

    for needed in (
        "申请材料收件凭证",
        "编号440205100201-1-20261122-0007-K",
        "李*䶮（居民身份证4402**********1234）",
        "2026-11-2209:41",
        "情形：80–89周岁",
        "老年人优待证办理",
        "复用本站2026-03-02所收",
        "缺，见告知书…0007-2",
        "容缺，2026-12-07前补齐",
        STATEMENT,
        "逾期不告知的，自本站收件之日起即为受理",
        "查询码槐花-石桥",
        "收件人（签名）",
        "申请人（签名）",
        "收件专用章",
        "目录第37版站点流水7打印第1次时钟已核对",
        "不收费",
    ):
        assert needed in words.replace("·", "-"), needed


def test_legal_sentences_come_from_the_catalog_alone_and_once_each(counter, looker):
    words = looker.words(build_receipt(counter.receipt(legal_notes=("本县句子一。", "本县句子一。"))))

    assert words.count("本县句子一") == 1
    assert "即为受理" not in words


def test_a_term_is_a_date_where_the_calendar_has_one_and_a_rule_in_words_where_not(counter, looker):
    terms = (
        Due("一次告知期限", "自收件次日起 5 个工作日", date(2026, 11, 27)),
        Due("补正期限", "自告知次日起 15 个工作日", None, "工作日历没有 2028 年"),
    )
    words = looker.words(build_receipt(counter.receipt(terms=terms)))

    assert "一次告知期限：2026-11-27前（自收件次日起5个工作日）" in words
    assert "补正期限：自告知次日起15个工作日（工作日历没有2028年，不印日期）" in words


def test_a_receipt_under_an_unproven_clock_says_so(counter, looker):
    issue = counter.issue(stamp=Stamp(counter.stamp.at, Proof.NONE))
    words = looker.words(build_receipt(counter.receipt(issue=issue)))

    assert words.count("时钟未核对") == 2


def test_a_reprint_says_which_and_why(counter, looker):
    issue = counter.issue(copy=3, reprint_reason="原件被雨淋湿")

    assert "补打第3次打印，原因：原件被雨淋湿" in looker.words(build_receipt(counter.receipt(issue=issue)))
    assert "补打" not in looker.words(build_receipt(counter.receipt()))


def test_a_demo_print_says_on_every_page_that_it_has_no_effect(counter):
    document = build_receipt(counter.receipt(issue=counter.issue(is_specimen=True), materials=_materials(40)))

    assert document.pages > 1
    assert document.pdf.count(b"/Type /Page\n") == document.pages


def test_the_same_receipt_gives_the_same_bytes(counter):
    receipt = counter.receipt()

    assert build_receipt(receipt).sha256 == build_receipt(receipt).sha256


def test_receipts_made_at_the_same_time_do_not_disturb_each_other(counter):
    receipts = [counter.receipt(query_code=f"槐花-{word}") for word in ("石桥", "衣柜", "桃花", "山楂")] * 6
    alone = [build_receipt(receipt).sha256 for receipt in receipts]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda receipt: build_receipt(receipt).sha256, receipts))

    assert together == alone


def test_the_date_in_the_file_is_the_date_on_the_paper(counter):
    assert b"(D:20261122014100+00'00')" in build_receipt(counter.receipt()).pdf


def test_an_independent_reader_finds_the_proof_on_the_paper(counter, looker):
    document = build_receipt(counter.receipt())

    verdict = verify_receipt(looker.code(document), counter.hall_keys)

    assert verdict.receipt == counter.proof()


def test_the_proof_of_five_items_with_forty_materials_is_still_read(counter, looker):
    qr_text = counter.seal(counter.proof(items=5, materials=40))
    document = build_receipt(counter.receipt(qr_text=qr_text))

    assert looker.code(document) == qr_text


def test_the_proof_also_stands_in_the_file(counter):
    receipt = counter.receipt()

    assert text_in_file(build_receipt(receipt).pdf) == receipt.qr_text


def test_a_receipt_without_a_proof_has_no_code_and_is_printed_all_the_same(counter, looker):
    document = build_receipt(counter.receipt(qr_text=""))

    assert looker.code(document) == ""
    assert "涂改无效" in looker.words(document)


def test_forty_materials_run_over_several_pages_with_the_head_repeated(counter, looker):
    document = build_receipt(counter.receipt(materials=_materials(40)))
    words = looker.words(document)

    assert document.pages >= 3
    assert words.count("原件／复印件") >= 2
    assert f"第{document.pages}页共{document.pages}页" in words
    assert all(f"材料第{number}号" in words for number in range(1, 41))


def test_one_material_with_a_page_of_text_is_cut_between_pages_and_lost_nowhere(counter, looker):
    endless = MaterialLine("长", "原件", 1, 1, MaterialState.DEFECTIVE, "甲" * 1500 + "终")

    words = looker.words(build_receipt(counter.receipt(materials=(endless,))))

    assert words.count("甲") == 1500
    assert "终" in words


def test_a_name_of_sixty_characters_and_an_agent_fit(counter, looker):
    name = "阿卜杜拉买买提艾力" * 6 + "䶮㛃㙟𬭎欧阳"
    agent = Person("张*", "居民身份证", "4402**********5678", relation="受托代办，授权书 2026-11-20")
    words = looker.words(build_receipt(counter.receipt(applicant=Person(name), agent=agent)))

    assert name in words
    assert "受托代办，授权书2026-11-20" in words


def test_without_an_agent_the_box_says_none(counter, looker):
    assert "代办人无收件时间" in looker.words(build_receipt(counter.receipt(agent=None)))


def test_a_whole_id_number_never_reaches_paper(counter):
    careless = Person("李四", "居民身份证", "440205194001011234")

    with pytest.raises(NotForPaper) as refused:
        build_receipt(counter.receipt(applicant=careless))

    assert "完整的身份证号码" in refused.value.why


def test_a_text_longer_than_paper_is_refused(counter):
    with pytest.raises(NotForPaper):
        build_receipt(counter.receipt(legal_notes=("句" * 5000,)))


def test_a_proof_too_large_for_any_code_asks_to_split_the_intake(counter):
    with pytest.raises(ProofTooLarge) as refused:
        build_receipt(counter.receipt(qr_text=counter.seal(counter.proof(items=20, materials=60))))

    assert "分成两单" in refused.value.next_step


def _materials(count: int) -> tuple[MaterialLine, ...]:
    states = list(MaterialState)
    line = MaterialLine("", "原件核对后退还，收复印件", 1, None, MaterialState.IN, "签章处模糊，请重新盖章")
    return tuple(
        replace(line, name=f"材料第{number}号", state=states[number % 4]) for number in range(1, count + 1)
    )


def test_the_catalogs_own_words_that_nothing_is_decided_stand_in_place_of_ours(counter, looker):
    own = "本凭证只证明本站已收到所列申请材料，不是受理决定；是否受理由区民政局书面告知。"
    words = looker.words(build_receipt(replace(counter.receipt(), legal_notes=(own,))))

    assert own in words
    assert words.count("不是受理决定") == 1
