"""The blank form with its sample beside it, on paper."""

from station.documents.form_sheet import FormLine, FormSheet, build_form_sheet

LINES = (
    FormLine("申请人姓名", is_required=True, sample="李桂香", section="申请人信息"),
    FormLine("申请年龄档", is_required=True, sample="90—99周岁", options=("80—89周岁", "90—99周岁")),
    FormLine("联系电话", is_required=False, sample="138××××××××", hint="能接到通知的手机", section="联系"),
)


def form(issue, lines=LINES):
    return FormSheet(issue, "高龄老人津贴申请", "高龄老人津贴申请表", lines)


def test_each_line_has_its_blank_and_its_sample_side_by_side(counter, looker):
    words = looker.words(build_form_sheet(form(counter.issue())))

    assert "要填什么空白表（您填这边）样表（填好的样子）" in words
    assert "*申请人姓名李桂香" in words
    assert words.count("□80—89周岁") == 2
    assert (words.count("□90—99周岁"), words.count("√90—99周岁")) == (1, 1)
    assert "（能接到通知的手机）" in words


def test_sections_are_named_and_nothing_real_is_claimed(counter, looker):
    words = looker.words(build_form_sheet(form(counter.issue())))

    assert words.index("申请人信息") < words.index("申请人姓名")
    assert "样表里的人名、号码都是编的" in words


def test_a_long_form_goes_on_with_its_heading_on_the_next_page(counter, looker):
    lines = tuple(FormLine(f"第{number}项", is_required=False, sample="照实写") for number in range(60))

    made = build_form_sheet(form(counter.issue(), lines))

    assert made.pages > 1
    assert looker.words(made).count("空白表（您填这边）") == made.pages
