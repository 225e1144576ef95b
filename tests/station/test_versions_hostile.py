"""Versions under hostile hands: odd numbers and words, a version of another model, no right to be there."""

import html
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256

import pytest

from catalog_cache.model import Order, Package
from station.hall.publishing import draft
from station.hall.publishing.desk import Desk
from station.hall.publishing.models import Version
from tests.station.publishing_desk import ITEMS, PASSPHRASE, PublishingDesk
from tests.tools.counter import Counter

FIRST, SECOND = ITEMS[:2]
MATTER = Package(
    kind="package",
    code="T05000000009",
    name="建房一件事",
    members=(FIRST.code, SECOND.code),
    order=Order.PARALLEL,
)


@pytest.fixture(scope="module")
def standing_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishingDesk]:
    folder = tmp_path_factory.mktemp("hostile")
    hall = Counter(folder / "hall", level="county", division="440205000000")
    desk = PublishingDesk(hall, folder)
    desk.has_its_keys()
    desk.publishes(FIRST, SECOND)
    changes(desk, place="别处一楼")
    desk.has_approval()
    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 302
    yield desk
    hall.closes()


@pytest.fixture
def desk(standing_desk: PublishingDesk) -> PublishingDesk:
    """Two versions, an editor at work, and the draft as it is in force, with a joint matter beside."""
    standing_desk.signs_in("editor")
    with standing_desk.hall.node.using():
        entries = [replace(FIRST, place="别处一楼"), SECOND, MATTER]
        draft.take_entries(entries, is_whole=True, by="editor", now=standing_desk.hall.time.at)
    return standing_desk


def changes(desk: PublishingDesk, **given: str) -> None:
    with desk.hall.node.using():
        row = draft.entry_row(FIRST.code)
        entry = replace(draft.read(row.record), **given)
        draft.save_entry(entry, row.sha256, by="editor", now=desk.hall.time.at)


def seen(desk: PublishingDesk) -> dict[str, str]:
    """The hidden field of the form that puts an item out of use, as the page has it now."""
    page = desk.opens(f"entries/{FIRST.code}/close")
    return dict(re.findall(r'name="(seen)" value="([0-9a-f]{64})"', page))


@pytest.mark.parametrize("which", ["9", "99999999999", "-1", "x", "²", "1e1", "%E4%B8%80", "%27"])
def test_a_version_that_does_not_exist_is_refused_in_words(desk: PublishingDesk, which: str) -> None:
    for path in (f"compare?before={which}&after=1", f"compare.json?before=1&after={which}"):
        answer = desk.hall.opens(f"/publishing/{path}")
        assert answer.status_code == 409 and "没有发布过这一版" in answer.text


@pytest.mark.parametrize("number", ["0", "9", "9" * 30])
def test_nothing_can_be_brought_again_from_a_version_that_does_not_exist(
    desk: PublishingDesk, number: str
) -> None:
    assert desk.hall.opens(f"/publishing/history/{number}").status_code in (404, 409)
    assert desk.hall.opens(f"/publishing/history/{number}/restore").status_code == 404
    assert desk.sends(f"history/{number}/restore", reason="撤回", lines="1").status_code in (404, 409)


@pytest.mark.parametrize("which", ["1", "draft", "0"])
def test_a_version_beside_itself_has_no_difference(desk: PublishingDesk, which: str) -> None:
    assert "没有差别" in html.unescape(desk.opens(f"compare?before={which}&after={which}"))


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("why", "看不见\u2028的字", "看不见的控制字符"),
        ("instead", "看不见\ufffd的字", "看不见的控制字符"),
        ("why", "长" * 301, "最多 300"),
    ],
)
def test_words_that_no_record_holds_never_get_into_the_draft(
    desk: PublishingDesk, field: str, value: str, told: str
) -> None:
    given = {"why": "并入省级平台", "instead": "区政务服务中心", field: value}
    answer = desk.sends(f"entries/{FIRST.code}/close", **given)

    assert answer.status_code == 422 and told in answer.text and f'href="#{field}"' in answer.text
    assert desk.hall.opens("/publishing/").status_code == 200
    assert desk.hall.opens(f"/publishing/entries/{FIRST.code}").status_code == 200


def test_a_tab_in_the_reason_does_not_spoil_the_entry(desk: PublishingDesk) -> None:
    given = {"why": "并入\t省级平台", "instead": "区政务服务中心"}

    assert desk.sends(f"entries/{FIRST.code}/close", **seen(desk), **given).status_code == 302
    assert "并入 省级平台" in html.unescape(desk.opens(f"entries/{FIRST.code}"))


def test_what_another_clerk_saved_since_the_form_was_opened_is_not_overwritten(desk: PublishingDesk) -> None:
    opened = seen(desk)
    changes(desk, phone="0751-0000009")
    answer = desk.sends(f"entries/{FIRST.code}/close", **opened, why="不办了", instead="区政务服务中心")

    assert answer.status_code == 409 and "刚被别人改过" in answer.text
    with desk.hall.node.using():
        item = draft.read(draft.entry_row(FIRST.code).record)
    assert (item.phone, item.closed_why) == ("0751-0000009", "")
    assert (
        desk.sends(
            f"entries/{FIRST.code}/close", **seen(desk), why="不办了", instead="区政务服务中心"
        ).status_code
        == 302
    )


def test_a_joint_matter_is_not_put_out_of_use_like_an_item(desk: PublishingDesk) -> None:
    asked = desk.hall.opens(f"/publishing/entries/{MATTER.code}/close")
    done = desk.sends(f"entries/{MATTER.code}/close", why="不办了", instead="区政务服务中心")

    assert (asked.status_code, done.status_code) == (422, 422)
    assert "联办事项没有停用一说" in done.text


@pytest.mark.parametrize("reason", ["看不见\u2028的字", "长" * 301])
def test_a_reason_that_no_pack_holds_is_told_before_anything_is_signed(
    desk: PublishingDesk, reason: str
) -> None:
    answer = desk.sends("history/1/restore", reason=reason, give_up="1")

    assert answer.status_code == 422 and 'href="#reason"' in answer.text


def test_a_reason_with_lines_and_markup_is_signed_and_shown_as_words(desk: PublishingDesk) -> None:
    reason = "<script>alert(1)</script>\t{{ 7*7 }}\r\n第二行"
    assert desk.sends("history/1/restore", reason=reason, give_up="1").status_code == 302
    desk.has_approval()
    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 302

    page = desk.opens("history")
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page and "{{ 7*7 }}" in page
    assert desk.hall.installation.current_catalog().withdrawal.reason.startswith("<script>")


def test_a_version_of_another_model_is_listed_and_refused_in_words(desk: PublishingDesk) -> None:
    before = draft_hash(desk)
    with an_older_model(desk):
        assert "第 1 版" in desk.opens("history")
        for path in ("compare?before=1&after=draft", "history/1", "history/1/restore"):
            answer = desk.hall.opens(f"/publishing/{path}")
            assert answer.status_code == 409 and "较早的程序" in answer.text, path
        assert desk.hall.opens("/publishing/agenda").status_code == 200
        refused = desk.sends("history/1/restore", reason="撤回", give_up="1")
    assert refused.status_code == 409 and "较早的程序" in refused.text
    assert draft_hash(desk) == before


@contextmanager
def an_older_model(desk: PublishingDesk) -> Iterator[None]:
    """Version 1 is of an older program: an item has a field that this one does not know."""
    with desk.hall.node.using():
        shelf, one = Desk.of(desk.hall.node), Version.get_by_id(1)
        head, *lines = shelf.kept_bytes(one.sha256).splitlines()
        fields = {**json.loads(lines[0]), "fax": "0751-1"}
        line = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        data = b"\n".join([head, line, *lines[1:]]) + b"\n"
        [path] = shelf.repository.folder.rglob(f"{one.sha256}.pack.jsonl")
        path.with_name(f"{sha256(data).hexdigest()}.pack.jsonl").write_bytes(data)
        Version.update(sha256=sha256(data).hexdigest()).where(Version.number == 1).execute()
    yield
    with desk.hall.node.using():
        Version.update(sha256=one.sha256).where(Version.number == 1).execute()


def draft_hash(desk: PublishingDesk) -> str:
    with desk.hall.node.using():
        return draft.fingerprint()


@pytest.mark.parametrize("account", ["reviewer", "boss"])
def test_who_has_no_part_in_the_desk_sees_and_does_nothing_of_this(
    desk: PublishingDesk, account: str
) -> None:
    desk.signs_in(account)

    for path in ("history", "compare", "compare.json", "history/1", "history/1/restore", "agenda"):
        assert desk.hall.opens(f"/publishing/{path}").status_code == 403
    assert desk.sends("history/1/restore", reason="撤回").status_code == 403
    assert desk.sends(f"entries/{FIRST.code}/close", why="撤回").status_code == 403


def test_nothing_is_done_without_the_forms_token(desk: PublishingDesk) -> None:
    before = draft_hash(desk)

    for path in ("history/1/restore", f"entries/{FIRST.code}/close", f"agenda/tasks/{'0' * 64}/undo"):
        answer = desk.hall.browser.post(
            f"/publishing/{path}", data={"reason": "x", "why": "x", "instead": "x"}
        )
        assert answer.status_code in (400, 403)
    assert draft_hash(desk) == before
