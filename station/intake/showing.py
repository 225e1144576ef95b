"""What the pages of the six steps show beside the draft itself."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext

from catalog_cache.model import CopyKind, Item, Limit, Material, Need, ObjectKind, Question
from catalog_cache.situations import Merged, next_question, path_of, situation_label
from station.cases.basket import common_form, line_key, merged_list
from station.cases.clocks import local_day
from station.cases.identity import masked_party
from station.cases.intake import earliest_promise
from station.cases.place import Place
from station.cases.routing import routing_note
from station.cases.terms import Authority, Held, IdKind, PartyKind
from station.intake import residence
from station.intake.checks import STEPS, problems
from station.intake.drafts import Work
from station.intake.models import DraftFile
from sync.register import find_peer

STATES_ALWAYS = (Held.IN, Held.MISSING, Held.DEFECTIVE)
STATES_TOLERANT = (Held.IN, Held.MISSING, Held.PLEDGED, Held.DEFECTIVE)


@dataclass(frozen=True)
class Line:
    """One line of the material page."""

    key: str
    material: Material
    need: str
    state: str
    reason: str
    pages: str
    states: tuple[Held, ...]
    files: list[DraftFile]
    pledge_until: str = ""


@dataclass(frozen=True)
class Asking:
    """The questions of one item on the page: those answered and the one that is open."""

    item: Item
    questions: list[Question]
    answers: dict[str, str]


def step_lines(work: Work, current: str, today: date) -> list[tuple[str, str, str, str]]:
    """(label, small text, state, address) of each step."""
    labels = {
        "items": (gettext("选事项"), _items_small(work)),
        "situations": (gettext("情形"), _situations_small(work)),
        "who": (gettext("办事人"), _who_small(work)),
        "form": (gettext("填表"), _form_small(work)),
        "materials": (gettext("材料"), _materials_small(work)),
        "confirm": (gettext("确认打印"), ""),
    }
    lines = []
    for number, step in enumerate(STEPS, 1):
        is_reached = number <= work.row.step
        is_done = number < work.row.step and step != current and not problems(work, step, today)
        state = "on" if step == current else "done" if is_done else ""
        address = (
            url_for("intake.show", token=work.token, step=step) if is_reached and step != current else ""
        )
        lines.append((labels[step][0], labels[step][1], state, address))
    return lines


def facts_for(step: str, work: Work, place: Place) -> dict[str, Any]:
    """The values that one step's template needs."""
    today = local_day(place.stamp().at)
    if step == "situations":
        return {"asking": [_asking(work, item) for item in work.items if item.questions]}
    if step == "who":
        return {
            "kinds": _kinds(work),
            "id_kinds": _id_kinds(),
            "authorities": _choices(Authority),
            "residences": residence.options(place.division),
        }
    if step == "form":
        return {"fields": common_form(work.items), "names": {item.code: item.name for item in work.items}}
    if step in ("materials", "confirm") and not problems(work, "situations", today):
        lines = material_lines(work, place, today)
        return {
            "lines": lines,
            "asked_count": sum(len(line.sources) for line in merged_list(work.chosen)),
            "papers": papers_to_come(lines),
            "limits": [(item, limit_words(item)) for item in work.items],
            "situation_of": {item.code: situation_label(item, work.answers_of(item)) for item in work.items},
            "shown": _shown_people(work),
            "lives_in": residence.words_of(work.content.who.get("residence", "")),
            "routed": [note for item in work.items if (note := routing_note(find_peer(place.hall_id), item))],
        }
    return {"lines": [], "papers": [], "limits": [], "asked_count": 0, "situation_of": {}, "shown": {}}


def material_lines(work: Work, place: Place, today: date) -> list[Line]:
    """The merged list with what was found so far."""
    return [_line(work, line, place, today) for line in merged_list(work.chosen)]


def papers_to_come(lines: list[Line]) -> list[tuple[str, str, str]]:
    """(paper, tone, how much) of what will be printed for these lines."""
    counts = {held: sum(line.state == held.value for line in lines) for held in Held}
    optional = sum(line.material.need is Need.OPTIONAL and line.state == Held.MISSING.value for line in lines)
    lacking = counts[Held.MISSING] + counts[Held.DEFECTIVE] - optional
    papers = [(gettext("收件凭证"), "q", gettext("1 份"))]
    if lacking or counts[Held.PLEDGED]:
        parts = [gettext("缺 %(count)d 份材料", count=lacking)] if lacking else []
        parts += [gettext("容缺 %(count)d 份", count=counts[Held.PLEDGED])] if counts[Held.PLEDGED] else []
        papers.append((gettext("一次性告知书"), "a", "，".join(parts)))
    return papers


def limit_words(item: Item) -> str:
    """承诺 10 个工作日 · 法定 20 个工作日."""
    parts = [
        promise_text(item.promised) if item.promised else "",
        gettext("法定 %(limit)s", limit=limit_text(item.statutory)) if item.statutory else "",
    ]
    return " · ".join(part for part in parts if part)


def promise_text(limit: Limit) -> str:
    """承诺 10 个工作日; 当场办结 for 0."""
    return gettext("承诺 %(limit)s", limit=limit_text(limit)) if limit.value else limit_text(limit)


def limit_text(limit: Limit) -> str:
    """10 个工作日; 当场办结 for 0."""
    return f"{limit.value} {gettext(limit.unit.label)}" if limit.value else gettext("当场办结")


def copies_text(material: Material) -> str:
    """What of a material is handed in: 核对原件，收复印件 1 份."""
    if material.kind is CopyKind.CHECK_ORIGINAL:
        return gettext("核对原件，收复印件 %(count)d 份", count=max(material.copies, 1))
    if material.kind is CopyKind.BOTH:
        originals, copies = max(material.originals, 1), max(material.copies, 1)
        return gettext("原件 %(originals)d 份、复印件 %(copies)d 份", originals=originals, copies=copies)
    count = max(material.originals if material.kind is CopyKind.ORIGINAL else material.copies, 1)
    return f"{material.kind.label} {gettext('%(count)d 份', count=count)}"


def _line(work: Work, line: Merged, place: Place, today: date) -> Line:
    key, material = line_key(line), line.material
    checked = work.content.checked.get(key, {})
    parts = [copies_text(material)]
    if len(line.sources) > 1:
        parts.append(gettext("%(count)d 事共用", count=len(line.sources)))
    if material.need is not Need.REQUIRED:
        parts.append(gettext("目录允许容缺") if material.need is Need.TOLERANT else gettext("可以不交"))
    return Line(
        key=key,
        material=material,
        need=" · ".join(parts),
        state=checked.get("state", ""),
        reason=checked.get("reason", ""),
        pages=checked.get("pages", ""),
        states=STATES_TOLERANT if material.need is Need.TOLERANT else STATES_ALWAYS,
        files=work.files(key),
        pledge_until=earliest_promise(place, [work.items[index] for index, _ in line.sources], today),
    )


def _asking(work: Work, item: Item) -> Asking:
    answers = work.answers_of(item)
    questions = [question for question, _ in path_of(item, answers)]
    following = next_question(item, answers)
    return Asking(item, [*questions, following] if following else questions, answers)


def _kinds(work: Work) -> list[tuple[str, str]]:
    """Who may apply: what all items allow; everybody when an item does not say."""
    asked = [set(item.object_kinds) for item in work.items if item.object_kinds]
    persons = all(ObjectKind.PERSON in kinds for kinds in asked)
    firms = all(kinds - {ObjectKind.PERSON} for kinds in asked)
    allowed = [kind for kind, is_fit in ((PartyKind.PERSON, persons), (PartyKind.FIRM, firms)) if is_fit]
    return [(kind.value, gettext(kind.label)) for kind in allowed or PartyKind]


def _id_kinds() -> list[tuple[str, str]]:
    return [(kind.value, gettext(kind.label)) for kind in IdKind if kind is not IdKind.USCC]


def _choices(members: Any) -> list[tuple[str, str]]:
    return [(member.value, gettext(member.label)) for member in members]


def _shown_people(work: Work) -> dict[str, str]:
    who = work.content.who
    kind = PartyKind.FIRM if who.get("kind") == PartyKind.FIRM else PartyKind.PERSON
    return {
        "applicant": masked_party(kind, who.get("name", "")),
        "agent": who.get("agent_name", "") if who.get("has_agent") == "1" else "",
    }


def _items_small(work: Work) -> str:
    count = len(work.items)
    return gettext("%(count)d 项同办", count=count) if count > 1 else gettext("1 项")


def _situations_small(work: Work) -> str:
    count = sum(len(_asking(work, item).questions) for item in work.items)
    return gettext("%(count)d 问", count=count) if count else gettext("不用选")


def _who_small(work: Work) -> str:
    if not work.content.who.get("name"):
        return ""
    by = gettext("代办") if work.content.who.get("has_agent") == "1" else gettext("本人")
    return f"{_shown_people(work)['applicant']} · {by}"


def _form_small(work: Work) -> str:
    return gettext("共 %(count)d 栏", count=len(common_form(work.items)))


def _materials_small(work: Work) -> str:
    if any(next_question(item, work.answers_of(item)) for item in work.items):
        return ""
    count = len(merged_list(work.chosen))
    if len(work.items) > 1:
        return gettext("%(count)d 份合并", count=count)
    return gettext("%(count)d 份", count=count)
