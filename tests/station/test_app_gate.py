"""The gate in front of every page: nobody remembers it, so these tests walk over all addresses."""

from pathlib import Path

import pytest
from werkzeug.routing import Rule
from werkzeug.routing.converters import NumberConverter

from station import gate
from tests.tools.counter import Counter

OPEN_TO_ALL = {"static", "health.healthz", "health.metrics", "accounts.sign_in", "accounts.sign_in_now"}


def filled(rule: Rule) -> str:
    """An address of this rule with something in each of its places."""
    values = {
        name: 1 if isinstance(converter, NumberConverter) else "x"
        for name, converter in rule._converters.items()
    }
    return str(rule.build(values, append_unknown=False)[1])  # type: ignore[index]


def own_rules(counter: Counter, method: str) -> list[Rule]:
    """The rules people use, not machines."""
    rules = [rule for rule in counter.app.url_map.iter_rules() if method in (rule.methods or ())]
    return [rule for rule in rules if rule.endpoint.split(".")[0] not in gate.MACHINE_BLUEPRINTS]


def is_public(counter: Counter, rule: Rule) -> bool:
    return gate.is_open(rule.endpoint, counter.app.view_functions[rule.endpoint])


def test_every_page_that_is_not_marked_public_asks_for_a_sign_in(station: Counter) -> None:
    for rule in own_rules(station, "GET"):
        if not is_public(station, rule):
            answer = station.opens(filled(rule))
            assert answer.status_code == 302, rule.endpoint
            assert "/accounts/sign-in" in answer.headers["Location"], rule.endpoint


def test_every_form_that_is_not_marked_public_is_refused_without_a_sign_in(station: Counter) -> None:
    token = station.token()
    for rule in own_rules(station, "POST"):
        if not is_public(station, rule):
            answer = station.browser.post(filled(rule), data={"csrf": token})
            assert answer.status_code == 401, rule.endpoint


def test_every_form_is_refused_without_the_token_of_its_session(station: Counter) -> None:
    station.signs_in("boss")
    for rule in own_rules(station, "POST"):
        answer = station.browser.post(filled(rule), data={"csrf": "made-up"})
        assert answer.status_code in (400, 403), rule.endpoint
        assert "没有保存" in answer.text or "岗位" in answer.text, rule.endpoint


def test_every_page_says_what_it_allows_and_is_kept_nowhere(station: Counter) -> None:
    station.signs_in("boss")
    for path in ("/accounts/", "/accounts/me", "/no-such-page"):
        headers = station.opens(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_no_page_carries_a_style_or_script_the_policy_would_refuse(station: Counter) -> None:
    station.signs_in("boss")
    for path in ("/accounts/sign-in", "/accounts/", "/accounts/me", "/accounts/password", "/accounts/agent"):
        text = station.opens(path).text
        assert "style=" not in text and "<style" not in text and "onclick" not in text
        assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8300", "127.0.0.1.evil.example", "[::1", "10.0.0.9"]
)
def test_a_foreign_host_name_is_refused_in_chinese(station: Counter, host: str) -> None:
    answer = station.opens("/accounts/sign-in", headers={"Host": host})

    assert answer.status_code in (400, 421)
    assert "主机名" in answer.text or "看不懂" in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8300", "localhost", "[::1]:8300", "127.0.0.5"])
def test_loopback_names_are_served(station: Counter, host: str) -> None:
    assert station.opens("/accounts/sign-in", headers={"Host": host}).status_code == 200


def test_a_person_without_the_role_is_told_which_role_is_needed(station: Counter) -> None:
    station.signs_in("agent")

    answer = station.opens("/accounts/")

    assert answer.status_code == 403
    assert "需要的岗位：管理员" in answer.text


def test_a_missing_page_says_what_why_and_what_next(station: Counter) -> None:
    station.signs_in("agent")

    answer = station.opens("/no-such-page")

    assert answer.status_code == 404
    assert "没有这个页面" in answer.text and "原因" in answer.text and "下一步" in answer.text


def test_a_body_beyond_the_limit_is_refused_in_chinese(tmp_path: Path) -> None:
    station = Counter(tmp_path / "small", request_mib_max=1)

    answer = station.sends("/accounts/sign-in", name="agent", password="x" * 2**21)

    assert answer.status_code == 413
    assert "太大" in answer.text


def test_an_english_reader_gets_english_and_keeps_it(station: Counter) -> None:
    station.opens("/accounts/sign-in?lang=en")

    assert 'lang="en"' in station.opens("/accounts/sign-in").text


def test_large_type_stays_chosen(station: Counter) -> None:
    station.opens("/accounts/sign-in?elder=1")

    assert 'class="elder"' in station.opens("/accounts/sign-in").text


def test_odd_queries_do_not_break_the_links_of_a_page(station: Counter) -> None:
    answer = station.opens("/accounts/sign-in?_external=1&_scheme=javascript&next=//evil.example")

    assert answer.status_code == 200
    assert 'value="//evil.example"' not in answer.text
