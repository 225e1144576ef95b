"""The state diagrams of docs/protocol.md, section 18, use the program's own words, and end where they say."""

import re
from pathlib import Path

from sync import inbox
from sync.chain import Place
from sync.limits import LEASE_SECONDS, NONCE_SECONDS, SESSION_SECONDS, SESSIONS_PER_NODE_MAX
from sync.outbox import LetterState

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")
STATES = re.split(r"^## 18\. .*$", PAGE, flags=re.M)[1]
DIAGRAMS = re.findall(r"```mermaid\n(.*?)```", STATES, re.S)


def names(diagram: str) -> set[str]:
    """Every state of a diagram."""
    arrows = re.findall(r"^ *(\S+) --> ([^:\s]+)", diagram, re.M)
    return {name for arrow in arrows for name in arrow} - {"[*]"}


def test_there_is_a_diagram_for_each_thing_that_has_states():
    assert re.findall(r"^\*\*(?:A|An) (\w+)", STATES, re.M) == [
        "letter",
        "letter",
        "stream",
        "file",
        "session",
        "bundle",
    ]
    assert len(DIAGRAMS) == 6


def test_a_letters_states_are_those_of_the_outbox_and_the_inbox():
    sent, came = names(DIAGRAMS[0]), names(DIAGRAMS[1])

    assert {LetterState.MADE, LetterState.ACKNOWLEDGED} <= sent
    assert {inbox.APPLIED, inbox.REPEATED, inbox.QUARANTINED, Place.EARLY, Place.FORK} <= came


def test_no_state_is_left_without_a_way_out_but_an_end():
    for diagram in DIAGRAMS:
        arrows = re.findall(r"^ *(\S+) --> ([^:\s]+)", diagram, re.M)
        left = {start for start, _ in arrows}
        ends = names(diagram) - left
        assert ends <= {"erased", "fork", "refused", "done", "nothing", "named"}, ends


def test_the_numbers_in_it_are_those_of_the_code():
    assert f"lease of {LEASE_SECONDS} s" in DIAGRAMS[0]
    assert f"within {NONCE_SECONDS} s" in DIAGRAMS[4]
    assert f"{SESSION_SECONDS // 3600} hours, at most {SESSIONS_PER_NODE_MAX} at a time" in DIAGRAMS[4]
