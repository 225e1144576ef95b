"""How long this node keeps what was delivered; the rule itself is `sync.retention`'s."""

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from station.cases.fold import CLOSED
from station.cases.models import Case
from station.corrections.service import forget_closed
from sync import retention
from sync.retention import Periods, Swept
from sync.tables import LetterFile, OutLetter

if TYPE_CHECKING:
    from station.node import Node

log = logging.getLogger("station.keeping")


def erase_what_is_due(node: "Node") -> Swept:
    """One round of erasing, with the periods of the settings."""
    periods = Periods(node.settings.keep_sent_days, node.settings.keep_arrived_days)
    swept = retention.sweep(node.clock, periods, files_of_open_cases)
    if swept.letters or swept.files or swept.arrivals:
        log.info("erased %d letters, %d files, %d arrivals", swept.letters, swept.files, swept.arrivals)
    if swept.at is not None:
        forget_closed(swept.at - timedelta(days=periods.arrived_days))
    return swept


def files_of_open_cases(sha256s: list[str]) -> set[str]:
    """Of these sealed files, those of cases that are not closed: somebody at the window may open them."""
    open_cases = Case.select(Case.case_id).where(Case.stage.not_in([stage.value for stage in CLOSED]))
    named: Any = LetterFile.select(LetterFile.sha256).join(OutLetter)
    found = named.where(LetterFile.sha256.in_(sha256s), OutLetter.subject.in_(open_cases))
    return {row[0] for row in found.tuples()}
