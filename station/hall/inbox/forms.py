"""The forms of the desk: one reader an act, from what was typed to an act ready to be done.

Every reader fills `errors` under the ids of the fields, in the order of the page; the act it returns
is only called when there are none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from catalog_cache.model import Item
from catalog_cache.records import Choice
from station.cases.counter_events import Noticed
from station.cases.errors import FileRefused
from station.cases.events import Event
from station.cases.fold import CaseView
from station.cases.parts import NoticeLine
from station.cases.terms import Action, End, Held, Outcome, StepKind, Way
from station.cases.uploads import Upload, read_upload
from station.hall.inbox import service
from station.hall.inbox.rules import Act
from station.hall.inbox.service import DEADLINE_WORKDAYS_MAX, Decision, Desk, Notice, Refusal
from station.web import FieldErrors, read_text

RESULT_BYTES_MAX = 5 * 1024 * 1024
REASON_LENGTH_MAX = 1000
FAULTS = (Held.MISSING, Held.DEFECTIVE)
PRECHECK_OUTCOMES = (Outcome.PASS, Outcome.REFUSE)
WITH_RESULT = (End.LICENCE, End.DONE)
Ready = Callable[[Desk, str], Event]


@dataclass
class Sent:
    """One form as it came, the case it is about, and what is wrong with it."""

    form: Mapping[str, str]
    files: Mapping[str, FileStorage]
    view: CaseView
    item: Item | None
    errors: FieldErrors

    def text(self, name: str, label: str, length_max: int = 200, *, is_required: bool = True) -> str:
        """One field of text."""
        return read_text(self.form, name, label, self.errors, length_max=length_max, is_required=is_required)

    def choice(self, name: str, label: str, members: Any) -> Any:
        """One of a closed list; the first member stands in after an error."""
        known: dict[str, Choice] = {str(member): member for member in members}
        given = self.form.get(name, "")
        if given not in known:
            self.errors.add(name, gettext("请选择%(label)s", label=label))
        return known.get(given, next(iter(known.values())))


def read_precheck(sent: Sent) -> Ready:
    """Good enough, or turned away with a reason."""
    outcome = sent.choice("outcome", gettext("预审结果"), PRECHECK_OUTCOMES)
    is_turned_away = outcome is Outcome.REFUSE
    reason = sent.text("reason", gettext("说明"), REASON_LENGTH_MAX, is_required=is_turned_away)
    return lambda desk, case_id: service.precheck(desk, case_id, outcome, reason)


def read_accept(sent: Sent) -> Ready:
    """The basis; and a deliberate tick while a notice is unanswered."""
    basis = sent.text("basis", gettext("受理依据"), REASON_LENGTH_MAX)
    if sent.view.open_notices and sent.form.get("sure") != "1":
        sent.errors.add("sure", gettext("补正告知还没有回音，仍要受理请勾选确认"))
    return lambda desk, case_id: service.accept(desk, case_id, basis)


def read_refuse(sent: Sent) -> Ready:
    """Reason, basis and remedy are all on the paper, so all are asked for."""
    given = Refusal(
        reason=sent.text("reason", gettext("不予受理的理由"), REASON_LENGTH_MAX),
        basis=sent.text("basis", gettext("法律依据"), REASON_LENGTH_MAX),
        agency_instead=sent.text("agency_instead", gettext("应当向何处申请"), is_required=False),
        remedy=sent.text("remedy", gettext("救济途径"), 500),
    )
    return lambda desk, case_id: service.refuse(desk, case_id, given)


def read_notice(sent: Sent) -> Ready:
    """The lines picked, each with what is wrong and the standard to meet, and until when."""
    lines = [line for name in sent.view.materials if (line := _notice_line(sent, name)) is not None]
    if not lines and not sent.errors:
        sent.errors.add("lines", gettext("请至少勾选一项要补正的材料"))
    workdays = sent.form.get("workdays", "").strip()
    is_count = workdays.isascii() and workdays.isdigit() and 1 <= len(workdays) <= 2
    if not is_count or not 1 <= int(workdays) <= DEADLINE_WORKDAYS_MAX:
        most = gettext("补正期限应是 1 到 %(most)d 个工作日", most=DEADLINE_WORKDAYS_MAX)
        sent.errors.add("workdays", most)
    contact = sent.text("contact", gettext("联系方式"))
    if sent.view.all(Noticed) and sent.form.get("sure") != "1":
        sent.errors.add("sure", gettext("已经告知过一次，确需再次告知请勾选确认"))
    days = int(workdays) if is_count else 1
    return lambda desk, case_id: service.notice(desk, case_id, Notice(lines, days, contact))


def read_step(sent: Sent) -> Ready:
    """Which step, how it ended, and the opinion."""
    kind = sent.choice("step", gettext("环节"), StepKind)
    action = sent.choice("action", gettext("环节结果"), Action)
    opinion = sent.text("opinion", gettext("意见"), 2000)
    return lambda desk, case_id: service.step(desk, case_id, kind, action, opinion)


def read_decide(sent: Sent) -> Ready:
    """How it ends, the result with its number and validity, and its file."""
    end = sent.choice("end", gettext("办结结果"), End)
    has_result = end in WITH_RESULT
    given = Decision(
        end=end,
        result=sent.text("result", gettext("结果名称"), is_required=has_result),
        licence_number=sent.text("licence_number", gettext("证照编号"), 100, is_required=False),
        valid_until=_day(sent, "valid_until"),
        validity=sent.text("validity", gettext("有效期说明"), 100, is_required=False),
        reason=sent.text("reason", gettext("说明"), REASON_LENGTH_MAX, is_required=not has_result),
    )
    upload = _result_file(sent)
    return lambda desk, case_id: service.decide(desk, case_id, given, upload)


def read_dispatch(sent: Sent) -> Ready:
    """The way, and for the post whom it was given to."""
    way = sent.choice("way", gettext("送出方式"), Way)
    is_post = way is Way.POST
    courier = sent.text("courier", gettext("快递公司"), 60, is_required=is_post)
    number = sent.text("courier_number", gettext("快递单号"), 60, is_required=is_post)
    return lambda desk, case_id: service.dispatch(desk, case_id, way, courier, number)


READERS: dict[Act, Callable[[Sent], Ready]] = {
    Act.PRECHECK: read_precheck,
    Act.ACCEPT: read_accept,
    Act.NOTICE: read_notice,
    Act.REFUSE: read_refuse,
    Act.STEP: read_step,
    Act.DECIDE: read_decide,
    Act.DISPATCH: read_dispatch,
}


def _notice_line(sent: Sent, material_id: str) -> NoticeLine | None:
    """The line of one material, None when it was not picked."""
    if sent.form.get(f"pick-{material_id}") != "1":
        return None
    name = sent.view.materials[material_id].name
    state = sent.choice(f"state-{material_id}", gettext("“%(name)s”的问题", name=name), FAULTS)
    reason = sent.text(f"reason-{material_id}", gettext("“%(name)s”的原因", name=name), 300)
    standard = sent.text(f"standard-{material_id}", gettext("“%(name)s”应达到的标准", name=name), 2000)
    return NoticeLine(id=material_id, name=name, state=state, reason=reason, standard=standard)


def _day(sent: Sent, name: str) -> str:
    text = sent.form.get(name, "").strip()
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        found = date.max
    if found is not None and not 2000 <= found.year < 2100:
        sent.errors.add(name, gettext("日期应写成 2026-12-31 这样"))
    return found.isoformat() if found else ""


def _result_file(sent: Sent) -> Upload | None:
    """The file by its first bytes, or None when none was chosen."""
    chosen = sent.files.get("file")
    if chosen is None or not chosen.filename:
        return None
    data = chosen.stream.read(RESULT_BYTES_MAX + 1)
    if len(data) > RESULT_BYTES_MAX:
        sent.errors.add("file", gettext("结果文件最大 5 MB，请压缩或降低扫描分辨率后再传"))
        return None
    try:
        return read_upload(data, chosen.filename)
    except FileRefused as refused:
        sent.errors.add("file", gettext(refused.templates[1]) + gettext("请换一份 PDF、JPEG 或 PNG。"))
        return None
