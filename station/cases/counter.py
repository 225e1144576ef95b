"""What a station does with a case once it was taken in. Each act is one event, posted to the hall at once."""

from collections.abc import Mapping, Sequence

from station.cases.counter_events import Corrected, HandedOut, Supplemented, Told, Withdrawn
from station.cases.errors import ActRefused, UnknownFile
from station.cases.events import Event
from station.cases.fold import CLOSED, CORRECTABLE, CaseView, Stage
from station.cases.intake import Checked
from station.cases.ledger import case_row, ref_of, view_of, write_event
from station.cases.models import Case
from station.cases.parts import Actor, Body, Change, FileRef, MaterialLine
from station.cases.place import Place
from station.cases.terms import Held
from sync import attachments
from sync.rows import write

LABELS = {
    "name": "姓名或名称",
    "id_number": "证件号码",
    "phone": "联系电话",
    "address": "地址",
    "legal_person": "法定代表人",
}


def supplement(place: Place, case_id: str, checked: Mapping[str, Checked], by: Actor) -> Event:
    """Take in what a notice or a pledge asked for. checked: by material id; only lines now in are sent."""
    with write():
        case, view = _own(place, case_id, "补正收件")
        lacking = lacking_lines(view)
        given = {key: one for key, one in checked.items() if key in lacking and one.state is Held.IN}
        if not given:
            raise ActRefused("补正收件", "没有收到任何要补的材料。", "请至少把一项改为“已收”。")
        refs, lines = _lines(lacking, given)
        against = [w.event.event_id for w in view.open_notices if view.still_asked(w) & set(given)]
        return write_event(place, case, Supplemented(against=tuple(against), materials=lines), by, files=refs)


def lacking_lines(view: CaseView) -> dict[str, MaterialLine]:
    """What is still to come: lines not in, and lines a hall's notice asks for again."""
    asked = {
        line.id: line for w in view.open_notices for line in w.body.lines if line.id in view.still_asked(w)
    }
    found = {
        line.id: line for line in view.materials.values() if line.state is not Held.IN or line.id in asked
    }
    new = {
        key: MaterialLine(id=key, name=line.name, state=line.state, reason=line.reason)
        for key, line in asked.items()
    }
    return new | found


def withdraw(place: Place, case_id: str, reason: str, by: Actor) -> Event:
    """The applicant takes the application back; what was sent stays readable."""
    if not reason.strip():
        raise ActRefused("撤回", "没有写明原因。", "请写明撤回的原因。")
    with write():
        case, _ = _own(place, case_id, "撤回")
        return write_event(place, case, Withdrawn(reason=reason.strip()), by)


def correct(place: Place, case_id: str, values: Mapping[str, str], reason: str, by: Actor) -> Event:
    """Correct what was wrong. values: by "applicant.<name>" or "form.<id>"; equal ones are left out."""
    if not reason.strip():
        raise ActRefused("更正", "没有写明原因。", "请写明更正的原因。")
    with write():
        case, view = _own(place, case_id, "更正")
        changes = tuple(_changes(view, values))
        if not changes:
            raise ActRefused("更正", "没有改动任何内容。", "请改好要更正的栏目再提交。")
        return write_event(place, case, Corrected(changes=changes, reason=reason.strip()), by)


def tell(place: Place, case_id: str, way: str, person: str, by: Actor) -> Event:
    """The applicant was told that the result is here."""
    return _with_result(place, case_id, Told(way=way, person=person), by)


def hand_out(place: Place, case_id: str, body: HandedOut, by: Actor) -> Event:
    """The result is in the receiver's hands. Raises ActRefused when there is none, or twice."""
    return _with_result(place, case_id, body, by)


def file_of(view: CaseView, sha256: str) -> tuple[FileRef, bytes]:
    """One file of a case, opened. Raises UnknownFile while it is not whole, FileErased after its time."""
    ref = view.files.get(sha256)
    if ref is None or not (attachments.is_whole(sha256) or attachments.is_erased(sha256)):
        raise UnknownFile
    return ref, attachments.read(sha256, ref.key_b64)


def _with_result(place: Place, case_id: str, body: Body, by: Actor) -> Event:
    with write():
        case, view = case_row(case_id), view_of(case_id)
        if case.origin != place.node_id:
            raise ActRefused(body.title, "这个办件不是本站收的件。")
        if view.stage is not Stage.DECIDED:
            raise ActRefused(body.title, f"办件现在是“{view.stage.label}”，没有待领取的结果。")
        return write_event(place, case, body, by)


def _own(place: Place, case_id: str, act: str) -> tuple[Case, CaseView]:
    case, view = case_row(case_id), view_of(case_id)
    if case.origin != place.node_id:
        raise ActRefused(act, "这个办件不是本站收的件。", "请到收件的站办理。")
    if view.stage in CLOSED:
        raise ActRefused(act, f"办件现在是“{view.stage.label}”。")
    return case, view


def _lines(
    lacking: Mapping[str, MaterialLine], given: Mapping[str, Checked]
) -> tuple[Sequence[FileRef], tuple[MaterialLine, ...]]:
    refs: list[FileRef] = []
    lines = []
    for key, one in given.items():
        stored = [ref_of(attachments.store(file.data, file.media_type, file.name)) for file in one.files]
        refs += stored
        values = lacking[key].to_dict() | {
            "state": Held.IN.value,
            "reason": "",
            "pages": one.pages or sum(file.pages for file in one.files),
            "files": [ref.sha256 for ref in stored],
        }
        lines.append(MaterialLine.from_dict(values))
    return refs, tuple(lines)


def _changes(view: CaseView, values: Mapping[str, str]) -> list[Change]:
    changes = []
    labels = {pair.id: pair.label for pair in view.received.body.form} if view.received else {}
    for field, new in values.items():
        area, _, name = field.partition(".")
        old = view.form.get(name, "") if area == "form" else str(getattr(view.applicant, name, ""))
        is_known = name in labels if area == "form" else area == "applicant" and name in CORRECTABLE
        if is_known and new.strip() != old:
            label = labels.get(name) or LABELS.get(name, name)
            changes.append(Change(field=field, label=label, old=old, new=new.strip()))
    return changes
