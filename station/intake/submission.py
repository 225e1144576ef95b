"""From a finished draft to cases: the draft goes in the very transaction in which its cases come."""

from datetime import date

from station.cases.basket import form_of, line_key, merged_list
from station.cases.errors import FormRefused
from station.cases.identity import read_id, read_name, read_phone
from station.cases.intake import Application, Checked, TakenIn, take_in
from station.cases.parts import Actor, Agent, Party
from station.cases.place import Place
from station.cases.terms import Authority, Held, IdKind, PartyKind
from station.cases.uploads import Upload
from station.intake import residence
from station.intake.checks import STEPS, first_open_step, id_kind
from station.intake.drafts import Work, discard, file_of
from sync.rows import write


def submit(place: Place, work: Work, by: Actor, today: date) -> TakenIn:
    """Take a draft in. Raises FormRefused naming the step that is not done, and what `take_in` raises."""
    if first_open_step(work, today) != STEPS[-1]:
        raise FormRefused("前面还有步骤没有填完或有错。")
    with write():
        done = take_in(place, application_of(work, today), by)
        discard(work)
    return done


def application_of(work: Work, today: date) -> Application:
    """The draft as an application; its values were checked before."""
    return Application(
        token=work.token,
        chosen=work.chosen,
        applicant=_party(work.content.who, today),
        agent=_agent(work.content.who, today),
        form={item.code: form_of(item, work.content.form) for item in work.items},
        checked={line_key(line): _checked(work, line_key(line)) for line in merged_list(work.chosen)},
        package=work.content.package,
    )


def _party(who: dict[str, str], today: date) -> Party:
    kind = PartyKind.FIRM if who.get("kind") == PartyKind.FIRM else PartyKind.PERSON
    paper = id_kind(who, kind)
    return Party(
        kind=kind,
        name=read_name(who["name"], kind),
        id_kind=paper,
        id_number=read_id(paper, who["id_number"], today),
        phone=read_phone(who["phone"]),
        address=" ".join(who.get("address", "").split()),
        legal_person=read_name(who["legal_person"]) if kind is PartyKind.FIRM else "",
        residence=residence.elsewhere(who.get("residence", "")),
    )


def _agent(who: dict[str, str], today: date) -> Agent | None:
    if who.get("has_agent") != "1":
        return None
    return Agent(
        name=read_name(who["agent_name"]),
        id_number=read_id(IdKind.IDCARD, who["agent_id_number"], today),
        phone=read_phone(who["agent_phone"]) if who.get("agent_phone") else "",
        authority=Authority(who["authority"]),
        scope=" ".join(who.get("scope", "").split()),
        until=who.get("until", ""),
    )


def _checked(work: Work, key: str) -> Checked:
    given = work.content.checked[key]
    files = tuple(
        Upload(bytes(whole.data), whole.media_type, whole.name, whole.pages)
        for one in work.files(key)
        for whole in [file_of(work, one.file_id)]
    )
    pages = int(given.get("pages") or 0)
    held = Held(given["state"])
    reason = given.get("reason", "") if held in (Held.MISSING, Held.DEFECTIVE) else ""
    return Checked(held, reason, pages, files)
