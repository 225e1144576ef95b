"""The judge and the witness of these stories can say no."""

import pytest

from station.demo.plan import TOWNSHIP
from tests.browser.town import Town, judge_by_axe

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

HEAD = "<!doctype html><html lang=zh><title>页</title><main><h1>页</h1>"


FAULTS = ["<input>", "<p style='width:5000px'>宽", "<p style='color:#bbb'>这行字太淡了"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_page_that_is_not_for_everybody_fails(town: Town, fault: str) -> None:
    page = town.browser.new_page()
    page.set_content(HEAD + "</main>")
    judge_by_axe(page)
    page.set_content(HEAD + fault + "</main>")

    with pytest.raises(AssertionError):
        judge_by_axe(page)
    page.close()


ACTS = {
    "fetch": "fetch('http://192.0.2.1/').catch(() => 0)",
    "picture": "new Image().src = 'http://192.0.2.1/picture.png'",
    "script": "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))",
    "style": "document.body.setAttribute('style', 'color: red')",
}


@pytest.mark.parametrize("act", ACTS)
def test_what_reaches_outside_or_is_written_into_a_page_is_noticed(town: Town, act: str) -> None:
    anybody = town.visitor(TOWNSHIP)
    anybody.opens("/verify/")
    anybody.page.evaluate(f"() => {{ {ACTS[act]} }}")
    anybody.page.wait_for_timeout(200)

    with pytest.raises(AssertionError):
        anybody.leaves()
