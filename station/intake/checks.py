"""What is wrong with a draft, step by step; the same checks run at each step and again before submitting."""

from collections.abc import Callable
from datetime import date

from flask_babel import gettext

from catalog_cache.model import FieldKind, Need
from catalog_cache.opening import is_open_on
from catalog_cache.situations import Merged, next_question
from station.cases.basket import Asked, common_form, line_key, may_miss, merged_list
from station.cases.errors import OddIdentity
from station.cases.identity import read_id, read_name, read_phone
from station.cases.terms import Authority, Held, IdKind, PartyKind
from station.intake import residence
from station.intake.drafts import Work
from station.web import FieldErrors

VALUE_LENGTH_MAX = 200
STEPS = ("items", "situations", "who", "form", "materials", "confirm")


def problems(work: Work, step: str, today: date) -> FieldErrors:
    """What keeps this step from being done; the keys are the ids of the fields on its page."""
    errors = FieldErrors()
    {
        "items": _items,
        "situations": _situations,
        "who": _who,
        "form": _form,
        "materials": _materials,
        "confirm": _nothing,
    }[step](work, today, errors)
    return errors


def first_open_step(work: Work, today: date) -> str:
    """The first step that is not done; confirm when all are."""
    return next((step for step in STEPS[:-1] if problems(work, step, today)), STEPS[-1])


def _nothing(work: Work, today: date, errors: FieldErrors) -> None:
    return


def _items(work: Work, today: date, errors: FieldErrors) -> None:
    if not work.items:
        errors.add("items", gettext("还没有选择要办的事"))
    for item in work.items:
        if not is_open_on(item, work.days):
            errors.add(f"item-{item.code}", gettext("“%(name)s”现在不开放收件，请移除", name=item.name))


def _situations(work: Work, today: date, errors: FieldErrors) -> None:
    for item in work.items:
        question = next_question(item, work.answers_of(item))
        if question is not None:
            errors.add(
                f"q-{item.code}-{question.id}", gettext("请回答：%(question)s", question=question.text)
            )


def _who(work: Work, today: date, errors: FieldErrors) -> None:
    who = work.content.who
    kind = PartyKind.FIRM if who.get("kind") == PartyKind.FIRM else PartyKind.PERSON
    _try(errors, "name", lambda: read_name(who.get("name", ""), kind))
    _try(errors, "id_number", lambda: read_id(id_kind(who, kind), who.get("id_number", ""), today))
    if kind is PartyKind.FIRM:
        _try(errors, "legal_person", lambda: read_name(who.get("legal_person", "")))
    _phone(errors, "phone", who.get("phone", ""), is_required=True)
    _long(errors, "address", gettext("地址"), who.get("address", ""))
    _residence(work, errors)
    if who.get("has_agent") == "1":
        _agent(work, today, errors)


def _residence(work: Work, errors: FieldErrors) -> None:
    """通办范围 of each item against where the applicant lives; the first that does not fit is told."""
    lives_in = work.content.who.get("residence", "")
    if not residence.is_known(lives_in):
        errors.add("residence", gettext("请从列表中选择"))
        return
    refused = [residence.refusal(item, lives_in) for item in work.items]
    told = [words for words in refused if words]
    if told:
        errors.add("residence", "".join(told))


def _agent(work: Work, today: date, errors: FieldErrors) -> None:
    who = work.content.who
    _try(errors, "agent_name", lambda: read_name(who.get("agent_name", "")))
    _try(errors, "agent_id_number", lambda: read_id(IdKind.IDCARD, who.get("agent_id_number", ""), today))
    _phone(errors, "agent_phone", who.get("agent_phone", ""), is_required=False)
    if who.get("authority") not in [str(one) for one in Authority]:
        errors.add("authority", gettext("请选择代办依据"))
    if who.get("agent_id_number") and who.get("agent_id_number") == who.get("id_number"):
        errors.add("agent_id_number", gettext("代办人和申请人是同一个人；本人来办请选“本人”"))
    if who.get("until") and not _is_day(who["until"]):
        errors.add("until", gettext("代办期限应写成 2026-12-31 的样子"))


def id_kind(who: dict[str, str], kind: PartyKind) -> IdKind:
    """The kind of paper shown; a firm shows its credit code."""
    if kind is PartyKind.FIRM:
        return IdKind.USCC
    known = {str(one): one for one in IdKind if one is not IdKind.USCC}
    return known.get(who.get("id_kind", ""), IdKind.IDCARD)


def _form(work: Work, today: date, errors: FieldErrors) -> None:
    for asked in common_form(work.items):
        value = work.content.form.get(asked.key, "").strip()
        message = _field_problem(asked, value, today)
        if message:
            errors.add(f"form-{asked.key}", message)


def _field_problem(asked: Asked, value: str, today: date) -> str:
    field = asked.field
    if not value:
        return gettext("请填写%(label)s", label=field.label) if field.required else ""
    if len(value) > VALUE_LENGTH_MAX:
        return gettext("%(label)s最多 %(most)d 个字", label=field.label, most=VALUE_LENGTH_MAX)
    if field.kind is FieldKind.CHOICE and value not in field.options:
        return gettext("请从列表中选择%(label)s", label=field.label)
    if field.kind is FieldKind.DATE and not _is_day(value):
        return gettext("%(label)s应写成 2026-11-22 的样子，并且是存在的日期", label=field.label)
    if field.kind is FieldKind.NUMBER and not _is_number(value):
        return gettext("%(label)s应是数字", label=field.label)
    return _identity_problem(field.kind, value, today)


def _identity_problem(kind: FieldKind, value: str, today: date) -> str:
    try:
        if kind is FieldKind.PHONE:
            read_phone(value)
        if kind is FieldKind.IDNO:
            read_id(IdKind.IDCARD, value, today)
    except OddIdentity as error:
        return " ".join(error.told(gettext)[:2])
    return ""


def _materials(work: Work, today: date, errors: FieldErrors) -> None:
    if any(next_question(item, work.answers_of(item)) for item in work.items):
        errors.add("materials", gettext("情形还没有选完，材料清单还定不下来"))
        return
    for line in merged_list(work.chosen):
        key = line_key(line)
        checked = work.content.checked.get(key, {})
        message = _line_problem(line, checked)
        if message:
            errors.add(key, f"{line.material.name}：{message}")
        _long(errors, key, line.material.name, checked.get("reason", ""), 300)


def _line_problem(line: Merged, checked: dict[str, str]) -> str:
    state = {str(one): one for one in Held}.get(checked.get("state", ""))
    if state is None:
        return gettext("请选择已收、缺或不符")
    if state is Held.PLEDGED and line.material.need is not Need.TOLERANT:
        return gettext("目录不允许容缺")
    is_told = state in (Held.MISSING, Held.DEFECTIVE) and not may_miss(line, state)
    if is_told and not checked.get("reason", "").strip():
        return gettext("选择“%(state)s”时要写明原因", state=state.label)
    if not _is_page_count(checked.get("pages", "")):
        return gettext("页数应是 0 到 999 的整数")
    return ""


def _try(errors: FieldErrors, field_id: str, read: Callable[[], object]) -> None:
    try:
        read()
    except OddIdentity as error:
        what, why, _ = error.told(gettext)
        errors.add(field_id, f"{what.rstrip('。')}：{why}")


def _phone(errors: FieldErrors, field_id: str, value: str, *, is_required: bool) -> None:
    if value or is_required:
        _try(errors, field_id, lambda: read_phone(value))


def _long(errors: FieldErrors, field_id: str, label: str, value: str, most: int = VALUE_LENGTH_MAX) -> None:
    if len(value) > most:
        errors.add(field_id, gettext("%(label)s最多 %(most)d 个字", label=label, most=most))
    if any(not letter.isprintable() and letter != "\n" for letter in value):
        errors.add(field_id, gettext("%(label)s含有看不见的控制字符，请重新输入", label=label))


def _is_day(value: str) -> bool:
    try:
        return len(value) == 10 and 1900 <= date.fromisoformat(value).year <= 2099
    except ValueError:
        return False


def _is_number(value: str) -> bool:
    return value.isascii() and value.replace(".", "", 1).removeprefix("-").isdigit()


def _is_page_count(value: str) -> bool:
    return value == "" or (value.isascii() and value.isdigit() and len(value) <= 3)
