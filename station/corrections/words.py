"""How a report stands, in words for the station that sent it."""

from flask_babel import gettext

from station.corrections.letters import State
from station.corrections.models import Correction

TONES = {
    State.OPEN: "q",
    State.ASKED: "a",
    State.TAKEN_UP: "b",
    State.DUPLICATE: "q",
    State.REFUSED: "r",
    State.MENDED: "g",
}


def told(row: Correction, catalog_version: int) -> tuple[str, str]:
    """The words and their tone: g, a, r, b or q. catalog_version: of the catalog in use here, 0 for none."""
    state = State(row.state)
    if state is State.MENDED and row.version > catalog_version:
        return gettext("第 %(number)d 版改正，本站还没收到这一版", number=row.version), "b"
    if state is State.MENDED:
        return gettext("已在第 %(number)d 版改正", number=row.version), TONES[state]
    return gettext(state.label), TONES[state]
