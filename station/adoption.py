"""A new PC takes the place of a dead one: it goes by the old node id from then on.

The database says so first, in the transaction of the grant; `node.json` follows, at once or, after a
power cut, at the next start.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from station import kept
from station.cases.terminal import draw_terminal
from station.facts import Facts, save_facts

_NOTE = "adopted-node"


def note_adoption(node_id: str, below: Callable[[int], int] = secrets.randbelow) -> None:
    """Remember whose place this PC takes, inside the transaction of the grant.

    Its receipts carry another terminal: the dead PC may have used up any number. below: see `draw_terminal`.
    """
    kept.keep_note(_NOTE, node_id)
    draw_terminal(below)


def settled(data_folder: Path, facts: Facts) -> Facts:
    """The facts this node goes by; with its tables in use."""
    adopted = kept.note(_NOTE)
    if adopted in ("", facts.node_id):
        return facts
    facts = replace(facts, node_id=adopted)
    save_facts(data_folder, facts)
    return facts
