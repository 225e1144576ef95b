"""From a sent form into the draft: values are kept as typed, only trimmed and bounded."""

from collections.abc import Mapping

from station.cases.basket import common_form, line_key, merged_list
from station.intake.drafts import Work

TYPED_LENGTH_MAX = 1000
WHO = ("kind", "name", "id_kind", "id_number", "phone", "address", "residence", "legal_person") + (
    "has_agent",
    "agent_name",
    "agent_id_number",
    "agent_phone",
    "authority",
    "scope",
    "until",
)
PREFILLED = {
    "applicant.name": "name",
    "applicant.id_number": "id_number",
    "applicant.idno": "id_number",
    "applicant.phone": "phone",
    "applicant.address": "address",
    "applicant.legal_person": "legal_person",
    "agent.name": "agent_name",
    "agent.id_number": "agent_id_number",
    "agent.phone": "agent_phone",
}
"""Shared form fields that the step before has asked already."""


def read_step(work: Work, step: str, form: Mapping[str, str]) -> None:
    """Take over what one step's form says."""
    readers = {"situations": _situations, "who": _who, "form": _form, "materials": _materials}
    if step in readers:
        readers[step](work, form)


def prefill(work: Work) -> None:
    """Put what is known of the people into empty fields of the common form."""
    for asked in common_form(work.items):
        source = PREFILLED.get(asked.key)
        if source and not work.content.form.get(asked.key):
            work.content.form[asked.key] = work.content.who.get(source, "")


def _situations(work: Work, form: Mapping[str, str]) -> None:
    for item in work.items:
        given = work.content.answers.setdefault(item.code, {})
        for question in item.questions:
            value = form.get(f"q-{item.code}-{question.id}")
            if value is not None:
                given[question.id] = value[:40]


def _who(work: Work, form: Mapping[str, str]) -> None:
    """What is corrected here is corrected in the common form too, unless it says something of its own."""
    before, filled = work.content.who, work.content.form
    work.content.who = {name: _typed(form, name) for name in WHO}
    for key, source in PREFILLED.items():
        if key in filled and filled[key] == before.get(source):
            filled[key] = work.content.who[source]


def _form(work: Work, form: Mapping[str, str]) -> None:
    work.content.form = {asked.key: _typed(form, f"form-{asked.key}") for asked in common_form(work.items)}


def _materials(work: Work, form: Mapping[str, str]) -> None:
    work.content.checked = {
        key: {
            "state": _typed(form, key),
            "reason": _typed(form, f"reason-{key}"),
            "pages": _typed(form, f"pages-{key}"),
        }
        for key in map(line_key, merged_list(work.chosen))
    }


def _typed(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").replace("\r\n", "\n").strip()[:TYPED_LENGTH_MAX]
