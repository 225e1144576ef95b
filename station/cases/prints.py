"""Papers kept byte for byte: each print, and each reprint with its count and reason."""

from collections.abc import Sequence
from dataclasses import replace

from station.cases.counter_events import Noticed, Printed
from station.cases.errors import ActRefused, UnknownFile
from station.cases.events import new_event
from station.cases.ledger import cases_of, put, view_of
from station.cases.models import Case, Document, Intake
from station.cases.papers import FIRST_PRINT, Reprint, notice_paper, receipt_paper
from station.cases.parts import Actor
from station.cases.place import Place
from station.cases.terms import Paper
from station.documents.given import Document as Made
from sync.rows import write

REPRINTS_MAX = 99


def keep_print(
    place: Place,
    cases: Sequence[Case],
    kind: Paper,
    made: Made,
    by: Actor,
    reprint: Reprint = FIRST_PRINT,
) -> Document:
    """Keep a paper byte for byte and report its print, inside the caller's transaction."""
    stamp = place.stamp()
    kept = Document.create(
        document_id=place.new_id(),
        intake=cases[0].intake,
        case_id=cases[0].case_id,
        kind=kind.value,
        number=made.number,
        copy=reprint.copy,
        sha256=made.sha256,
        pdf=made.pdf,
        pages=made.pages,
        warning=made.warning[:1000],
        made_at=stamp.at,
    )
    body = Printed(
        document=kind,
        number=made.number,
        sha256=made.sha256,
        reprint=reprint.copy - 1,
        reason=reprint.reason,
        cases=tuple(case.case_id for case in cases),
    )
    event = replace(new_event(place.new_id(), cases[0].case_id, stamp, by, body), node_id=place.node_id)
    put(place, cases[0], event, also=[case.case_id for case in cases[1:]])
    return kept


def reprint(place: Place, document: Document, reason: str, by: Actor) -> Document:
    """Print a paper of this station once more; it says 补打, how often, and why.

    Raises ActRefused for a paper that this room does not make, or without a reason.
    """
    if not reason.strip():
        raise ActRefused("补打", "没有写明补打的原因。", "请写明原因，例如“办事人遗失”。")
    with write():
        kept = (
            Document.select().where(Document.number == document.number).order_by(Document.copy.desc()).get()
        )
        told = len(view_of(kept.case_id).printed(kept.number))  # prints whose bytes a restore did not bring
        copies = max(kept.copy, told)
        if copies >= REPRINTS_MAX:
            raise ActRefused("补打", f"这份文书已打印 {copies} 次。", "请联系站负责人核实原因。")
        again = Reprint(copies + 1, reason.strip()[:100])
        cases = cases_of(document.intake)
        made = _made_again(place, document, cases, again)
        return keep_print(place, cases, Paper(document.kind), made, by, again)


def document_of(document_id: str) -> Document:
    """One kept print. Raises UnknownFile."""
    found: Document | None = Document.get_or_none(Document.document_id == document_id)
    if found is None:
        raise UnknownFile
    return found


def prints_of(intake: Intake) -> list[Document]:
    """Every print of an intake, first prints before their reprints."""
    return list(Document.select().where(Document.intake == intake).order_by(Document.number, Document.copy))


def _made_again(place: Place, document: Document, cases: Sequence[Case], again: Reprint) -> Made:
    views = [view_of(case.case_id) for case in cases]
    if document.kind == Paper.RECEIPT.value:
        return receipt_paper(place, views, again)
    told = [view for view in views if any(_is_of(document, w.body) for w in view.all(Noticed))]
    if not told:
        raise ActRefused("补打", "这种文书不在办件页补打。", "请到打印它的页面补打。")
    notices = [w for view in told for w in view.all(Noticed) if _is_of(document, w.body)]
    return notice_paper(place, told, notices, again)


def _is_of(document: Document, body: Noticed) -> bool:
    return str(body.document_number) == str(document.number)
