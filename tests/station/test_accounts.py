"""Signing in, being locked out, changing shifts, and who may change whom."""

import pytest

from station import audit
from station.accounts import service
from station.accounts.models import Account
from station.accounts.passwords import weakness
from station.accounts.service import NewAccount
from station.errors import AccountRefused, TooManyAttempts, VaultOpen, WeakPassword, WrongPassword
from tests.tools.counter import PASSWORD, Counter

NEW = "blue bicycle 77"


def acts(station: Counter) -> list[str]:
    with station.node.using():
        return [line.act for line in audit.AuditLine.select().order_by(audit.AuditLine.number)]


def test_signing_in_leads_to_the_page_that_was_asked_for(station: Counter) -> None:
    asked = station.opens("/accounts/me")
    assert asked.headers["Location"] == "/accounts/sign-in?next=/accounts/me"

    answer = station.sends("/accounts/sign-in", name="agent", password=PASSWORD, next="/accounts/me")

    assert answer.headers["Location"] == "/accounts/me"
    assert "示例员" in station.opens("/accounts/me").text


@pytest.mark.parametrize(
    "asked", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"]
)
def test_signing_in_never_leads_to_another_site(station: Counter, asked: str) -> None:
    answer = station.sends("/accounts/sign-in", name="agent", password=PASSWORD, next=asked)

    assert answer.headers["Location"] == "/"


def test_a_locked_station_opens_with_the_first_sign_in(station: Counter) -> None:
    station.installation.close()
    assert station.opens("/healthz").json == {"service": "yimen", "state": "locked"}
    assert "还没有人登录" in station.opens("/accounts/sign-in").text

    assert station.signs_in().status_code == 302
    assert station.opens("/healthz").json == {"service": "yimen", "state": "open"}


def test_a_locked_station_answers_the_mail_with_come_back_later(hall: Counter) -> None:
    hall.installation.close()

    answer = hall.browser.post("/sync/v1/exchange", data=b"")

    assert answer.status_code == 503
    assert answer.json is not None and "锁着" in answer.json["what"]


def test_wrong_passwords_in_a_row_make_the_next_try_wait_longer_each_time(station: Counter) -> None:
    for _ in range(3):
        assert station.signs_in(password="wrong").status_code == 401

    answer = station.signs_in()
    assert answer.status_code == 429
    assert "请等 5 秒" in answer.text
    station.time.passes(seconds=6)
    assert station.signs_in(password="wrong").status_code == 401
    assert "请等 10 秒" in station.signs_in().text
    station.time.passes(seconds=11)
    assert station.signs_in().status_code == 302


def test_the_waiting_outlives_a_restart_and_touches_nobody_else(station: Counter) -> None:
    for _ in range(3):
        station.signs_in(password="wrong")
    station.installation.close()

    assert station.signs_in().status_code == 429
    assert station.signs_in("boss").status_code == 302


def test_an_unknown_name_is_told_the_same_as_a_wrong_password(station: Counter) -> None:
    first, second = station.signs_in(password="wrong").text, station.signs_in("nobody", "wrong").text

    assert "账号或密码不对" in first and "账号或密码不对" in second


def test_an_idle_browser_asks_for_the_password_again_and_keeps_the_form(station: Counter) -> None:
    station.signs_in("boss")
    form = station.opens("/accounts/").text
    station.time.passes(minutes=16)
    token = form.split('name="csrf" value="')[1].split('"')[0]
    sent = {"csrf": token, "name": "li", "display_name": "李示例", "roles": "agent", "password": NEW}

    assert station.browser.post("/accounts/", data=sent).status_code == 302
    assert station.signs_in("boss").headers["Location"] == "/accounts/resume"
    page = station.opens("/accounts/resume").text

    assert 'value="李示例"' in page and 'action="/accounts/"' in page
    assert token not in page, "the form goes out with the token of the new session"


def test_the_kept_form_is_for_the_same_person_only(station: Counter) -> None:
    station.signs_in("boss")
    token = station.opens("/accounts/").text.split('name="csrf" value="')[1].split('"')[0]
    station.time.passes(minutes=16)
    station.browser.post("/accounts/", data={"csrf": token, "name": "li"})

    assert station.signs_in("agent").headers["Location"] == "/"
    assert station.opens("/accounts/resume").status_code == 302


def test_a_page_that_asks_by_itself_does_not_keep_the_browser_awake(station: Counter) -> None:
    station.signs_in()
    for _ in range(4):
        station.time.passes(minutes=5)
        station.opens("/accounts/me", headers={"X-Poll": "1"})

    assert station.opens("/accounts/me").status_code == 302


def test_changing_shifts_ends_the_session_and_is_noted(station: Counter) -> None:
    station.signs_in()
    cookie = station.browser.get_cookie(station.app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None

    assert station.sends("/accounts/change-shift").status_code == 302

    station.browser.set_cookie(cookie.key, cookie.value)
    assert station.opens("/accounts/me").status_code == 302, "an old cookie is worth nothing"
    assert acts(station)[-2:] == ["account.signed_in", "account.shift_changed"]


def test_an_administrator_adds_a_person_who_must_change_the_first_password(station: Counter) -> None:
    station.signs_in("boss")
    form = {"name": "li", "display_name": "李示例", "roles": "agent", "password": NEW}
    assert station.sends("/accounts/", form).status_code == 302

    station.signs_in("li", NEW)

    assert station.opens("/").headers["Location"] == "/accounts/password"
    changed = station.sends("/accounts/password", old=NEW, new="green ladder 88")
    assert changed.status_code == 302
    assert station.opens("/").status_code != 302 or "password" not in station.opens("/").headers["Location"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "请填写账号名"),
        ({"name": "agent"}, "已经有人用了"),
        ({"display_name": "x" * 33}, "最多 32 个字"),
        ({"display_name": "李\x00"}, "控制字符"),
        ({"roles": ""}, "岗位"),
        ({"roles": "king"}, "不认识的岗位"),
        ({"password": "12345678"}, "太弱"),
        ({"password": ""}, "请填写密码"),
    ],
)
def test_a_person_who_cannot_be_added_leaves_nothing_behind(
    station: Counter, changes: dict[str, str], told: str
) -> None:
    station.signs_in("boss")
    form = {"name": "li", "display_name": "李示例", "roles": "agent", "password": NEW} | changes

    answer = station.sends("/accounts/", form)

    assert answer.status_code == 422
    assert told in answer.text
    with station.node.using():
        assert Account.select().count() == 2
    assert "li" not in station.node.vault.names()


def test_a_disabled_person_is_out_at_once(station: Counter) -> None:
    station.signs_in()
    with station.node.using():
        service.disable_account(station.node, "agent", by="boss", now=station.time.at)

    assert station.opens("/accounts/me").status_code == 302
    assert station.signs_in().status_code == 401
    assert "agent" not in station.node.vault.names()


def test_the_last_administrator_stays(station: Counter) -> None:
    with station.node.using(), pytest.raises(VaultOpen):
        service.disable_account(station.node, "boss", by="boss", now=station.time.at)


def test_a_reset_password_ends_sessions_and_has_to_be_changed(station: Counter) -> None:
    station.signs_in()
    with station.node.using():
        service.reset_password(station.node, "agent", NEW, by="boss", now=station.time.at)

    assert station.opens("/accounts/me").status_code == 302
    station.signs_in("agent", NEW)
    assert station.opens("/").headers["Location"] == "/accounts/password"


def test_the_recovery_code_opens_a_station_whose_passwords_are_lost(station: Counter) -> None:
    station.installation.close()
    now = station.time.at

    node = service.open_with_recovery(station.installation, station.recovery_code.lower(), now=now)
    with node.using():
        service.reset_password(node, "boss", NEW, by="#recovery", now=now)

    assert station.signs_in("boss", NEW).status_code == 302


def test_wrong_recovery_codes_are_slowed_down_too(station: Counter) -> None:
    for _ in range(3):
        with pytest.raises(WrongPassword):
            service.open_with_recovery(station.installation, "0" * 25, now=station.time.at)

    with pytest.raises(TooManyAttempts):
        service.open_with_recovery(station.installation, station.recovery_code, now=station.time.at)


def test_nobody_keeps_the_same_password_or_takes_a_weak_one(station: Counter) -> None:
    node, now = station.node, station.time.at
    with node.using():
        person = service.existing("agent")
        with pytest.raises(AccountRefused):
            service.change_password(node, person, PASSWORD, PASSWORD, now=now)
        with pytest.raises(WeakPassword):
            service.change_password(node, person, PASSWORD, "agent agent 1", now=now)
        with pytest.raises(WrongPassword):
            service.change_password(node, person, "not the old one", NEW, now=now)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "1234567890",
        "123456789012345",
        "aaaaaaaaaaaa",
        "password123",
        "qwertyuiop12",
        "zhang-zhang-1",
    ],
)
def test_passwords_a_guesser_tries_first_are_refused(password: str) -> None:
    assert weakness(password, "zhang")


@pytest.mark.parametrize(
    "password", [PASSWORD, NEW, "正确的马电池订书钉一二", "Kx7#pQ2!vL9m", "4051" * 4 + "2937"]
)
def test_passwords_nobody_guesses_are_taken(password: str) -> None:
    assert weakness(password, "zhang") is None


def test_a_password_is_in_no_repr() -> None:
    assert NEW not in repr(NewAccount("li", "李示例", ["agent"], NEW))


def test_the_recovery_page_gives_a_new_password_and_the_code_can_be_renewed(station: Counter) -> None:
    station.installation.close()
    form = {"name": "boss", "code": station.recovery_code, "password": NEW}
    assert station.sends("/accounts/recover", form).status_code == 302

    assert station.signs_in("boss", NEW).headers["Location"] == "/"
    renewed = station.sends("/accounts/recovery-code").text
    code = renewed.split('id="recovery-code">')[1].split("<")[0]
    assert station.node.vault.open_with_recovery(code) == station.node.node_key
    with pytest.raises(WrongPassword):
        station.node.vault.open_with_recovery(station.recovery_code)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"code": "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"}, "恢复码不对"),
        ({"code": ""}, "请填写恢复码"),
        ({"name": "nobody"}, "没有账号"),
        ({"password": "short"}, "太弱"),
    ],
)
def test_a_refused_recovery_changes_no_password(station: Counter, changes: dict[str, str], told: str) -> None:
    form = {"name": "boss", "code": station.recovery_code, "password": NEW} | changes

    answer = station.sends("/accounts/recover", form)

    assert answer.status_code == 422
    assert told in answer.text
    assert station.signs_in("boss").status_code == 302


def test_what_was_typed_as_a_name_is_not_kept_unless_it_is_one(station: Counter) -> None:
    station.signs_in(name=PASSWORD, password="agent")

    with station.node.using():
        assert audit.AuditLine.select().where(audit.AuditLine.subject == PASSWORD).count() == 0
