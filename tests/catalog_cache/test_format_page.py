"""docs/catalog-format.md says what the code reads and writes."""

from tests.tools.catalog_format import PATH, page


def test_the_page_of_the_format_is_what_the_code_says():
    assert PATH.read_text("utf-8") == page(), "run python -m tests.tools.catalog_format"


def test_the_page_names_every_sheet_and_table():
    text = page()

    for name in ("## 事项", "## 申请材料", "## 情形选项", "## 联办阶段", "### UP_TASK_GENERAL_MATERIAL"):
        assert name in text
