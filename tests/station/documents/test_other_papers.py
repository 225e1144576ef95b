"""The notice, the hand-over record and the guide, as a stranger reads them."""

from dataclasses import replace
from datetime import date

import pytest

from station.documents.check_words import query_code, words
from station.documents.given import Due, ItemLine, MaterialState, Person
from station.documents.guide_sheet import GuideMaterial, GuideSheet, build_guide_sheet
from station.documents.handover import HandedOver, Handover, build_handover
from station.documents.notice import Notice, build_notice

APPLICANT = Person("李*䶮", "居民身份证", "4402**********1234", "138****0000")


@pytest.fixture
def notice(counter) -> Notice:
    materials = counter.receipt().materials
    return Notice(
        issue=counter.issue(number="440205100201-1-20261122-0007-K-2"),
        receipt_number="440205100201-1-20261122-0007-K",
        received_on="2026-11-22 09:41",
        applicant=APPLICANT,
        agent=None,
        items=(ItemLine("L05200000001", "高龄老人津贴申请", "80–89 周岁"),),
        materials=tuple(line for line in materials if line.state is not MaterialState.IN),
        ordinal=1,
        due=Due("补正期限", "自收到本告知书次日起 15 个工作日", date(2026, 12, 11)),
        legal_notes=("逾期不补正的，视为放弃本次申请。",),
        contact="示例员，电话（0751）000 0000。",
    )


@pytest.fixture
def handover(counter) -> Handover:
    return Handover(
        issue=counter.issue(number="440205100201-1-20261122-0007-K-S1"),
        case_number="440205100201-1-20261122-0007-K",
        official_number="",
        item_name="高龄老人津贴申请",
        applicant=APPLICANT,
        receiver=Person("张*", "居民身份证", "4402**********5678", "139****1111", "受托代办"),
        documents=(HandedOver("高龄津贴审批决定书", "曲民高津〔2026〕118 号"),),
        place="本站 1 号窗口",
        way="窗口领取",
        signature_note="纸面签名",
    )


@pytest.fixture
def guide(counter) -> GuideSheet:
    return GuideSheet(
        issue=counter.issue(number="L05200000001"),
        item_name="高龄老人津贴申请",
        agency="曲江区民政局",
        situation="年满 80 周岁不满 90 周岁",
        materials=(GuideMaterial("居民身份证", "核对原件，收复印件 1 份", "本站可以复印"),),
        conditions=("年满 80 周岁",),
        steps=(),
        terms=(Due("承诺办结", "10 个工作日"),),
        fee="",
        visits=0,
        place="马坝镇示范村委会一楼",
        hours="周一至周五",
        phone="",
        complaint_phone="（0751）12345",
    )


def test_the_notice_tells_every_missing_thing_with_its_standard_and_a_date(notice, looker):
    words = looker.words(build_notice(notice))

    assert "下列2项需要补正，现一次告知" in words
    assert "银行账户缺，见告知书…0007-2本人实名一类户，卡号清楚。" in words
    assert "容缺受理，须按期补齐。近六个月内、白底、二寸，2张。" in words
    assert "补正期限：2026-12-11前" in words
    assert "逾期不补正的，视为放弃本次申请" in words
    assert "收件专用章" in words
    assert "次告知" not in words.replace("现一次告知", "").replace("一次性告知", "")


def test_a_second_notice_says_that_it_is_one(notice, looker):
    assert "本件第2次告知" in looker.words(build_notice(replace(notice, ordinal=2)))


def test_the_hand_over_record_names_document_receiver_way_and_signatures(handover, looker):
    words = looker.words(build_handover(handover))

    for needed in (
        "送达回证",
        "曲民高津〔2026〕118号",
        "张*（居民身份证4402**********5678，受托代办）",
        "大厅尚未编号",
        "窗口领取",
        "上列文书已当面点交",
        "签收：纸面签名",
        "领取人（签名或指印、日期）",
    ):
        assert needed in words, needed


def test_a_refused_document_is_recorded_with_reason_and_witness(handover, looker):
    refused = replace(handover, refusal="认为核定的档次不对", witness="王某")
    words = looker.words(build_handover(refused))

    assert "受送达人拒收。理由：认为核定的档次不对。见证人：王某。" in words
    assert "见证人（签名、日期）" in words
    assert "领取人核对无误" not in words


def test_the_guide_says_in_large_type_what_to_bring_and_what_it_costs(guide, looker):
    words = looker.words(build_guide_sheet(guide))

    assert "□居民身份证核对原件，收复印件1份。本站可以复印" in words
    assert "您的情形：年满80周岁不满90周岁" in words
    assert "不收费。" in words
    assert "不用到现场。" in words
    assert "怎么办" not in words
    assert "电话" not in words.replace("监督电话", "")


def test_a_guide_without_materials_says_so(guide, looker):
    assert "不用带材料" in looker.words(build_guide_sheet(replace(guide, materials=())))


def test_the_query_code_is_two_plain_words_that_sound_like_no_others():
    listed = words()

    assert len(listed) == len(set(listed)) > 450
    assert all(len(word) == 2 and word.encode("gb2312") for word in listed)
    assert query_code(lambda most: most - 1) == f"{listed[-1]}-{listed[-1]}"
