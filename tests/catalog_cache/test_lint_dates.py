"""Dates and states that make no sense are found before anybody publishes them."""

import pytest

from catalog_cache.lint import Severity, lint
from tests.tools.catalogs import make_item

OTHER = make_item("高龄补助金", code="442099003002")
WITHDRAWN = {"status": "withdrawn", "closed_why": "并入省级平台", "instead": "区政务服务中心"}


def found(**changes):
    return {(one.severity, one.field): one.message for one in lint([make_item(**changes), OTHER])}


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"effective_on": "2026-12-01", "ends_on": "2026-12-01"}, "ends_on", "不晚于计划生效日期"),
        ({"effective_on": "1926-12-01"}, "effective_on", "写的是 1926 年，请核对"),
        ({"ends_on": "2206-12-01"}, "ends_on", "写的是 2206 年，请核对"),
        (WITHDRAWN | {"closed_why": ""}, "closed_why", "要写明停用原因"),
        (WITHDRAWN | {"instead": ""}, "instead", "改到哪里办"),
        ({"replaced_by": "442099003001"}, "replaced_by", "替代事项是它自己"),
        ({"replaced_by": "442099009999"}, "replaced_by", "不在本目录"),
        (
            {"effective_on": "2026-12-01", "delegation": {"by": "局", "basis": "书", "until": "2026-11-01"}},
            "delegation.until",
            "站点一天也不能收件",
        ),
    ],
)
def test_nonsense_keeps_a_catalog_from_being_published(changes, field, message):
    assert message in found(**changes)[Severity.ERROR, field]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"status": "trial"}, "ends_on", "没有写明试行到哪一天"),
        ({"closed_why": "政策到期"}, "closed_why", "却没有停用"),
        (
            {
                "effective_on": "2026-12-01",
                "duties": [{"office": "民政局", "task": "培训", "due_on": "2026-12-05"}],
            },
            "duties[0].due_on",
            "“民政局”的完成日期晚于计划生效日期",
        ),
    ],
)
def test_what_only_looks_odd_is_a_warning(changes, field, message):
    assert message in found(**changes)[Severity.WARNING, field]


def test_dates_and_withdrawals_that_fit_are_passed_over():
    sound = {"effective_on": "2026-12-01", "ends_on": "2027-12-01", "status": "trial"}

    for changes in (sound, WITHDRAWN, WITHDRAWN | {"replaced_by": OTHER.code, "instead": ""}):
        assert not [one for one in found(**changes) if one[0] is Severity.ERROR]
