"""A disk dies and an old backup takes its place; the sticks that go to and fro bring it to light."""

from pathlib import Path

import pytest

from sync.incidents import Cause
from sync.outbox import LetterState
from tests.sync.post import Post
from tests.tools.mail_node import MailNode


@pytest.fixture
def post(tmp_path: Path, hall: MailNode, village: MailNode) -> Post:
    return Post(tmp_path, hall, village)


def test_a_village_set_back_learns_of_it_and_its_new_case_arrives_once_beside_the_old_ones(post):
    hall, village = post.hall, post.village
    village.writes(hall, "c1", {})
    backup = village.backs_up()
    village.writes(hall, "c2", {"before": "the disk died"})
    post.goes()
    village.is_set_back(backup)
    village.writes(hall, "c3", {"after": "the backup"})  # takes number 2 again
    post.goes()
    assert hall.subjects() == ["c1", "c2"]
    assert hall.incidents() == [Cause.RECEIVED_FORK]

    post.comes_back()
    assert Cause.SENT_FORK in village.incidents()
    post.goes()
    post.comes_back()
    assert hall.subjects() == ["c1", "c2", "c3"]
    assert village.states("c3") == [LetterState.ACKNOWLEDGED]


def test_a_village_set_back_to_before_its_first_letter_still_delivers_its_next_one(post):
    hall, village = post.hall, post.village
    backup = village.backs_up()
    village.writes(hall, "c1", {})
    post.goes()
    village.is_set_back(backup)
    village.writes(hall, "c2", {})
    post.comes_back()
    assert village.incidents() == [Cause.SENT_AHEAD]
    post.goes()

    assert hall.subjects() == ["c1", "c2"]


def test_a_hall_set_back_is_noticed_by_the_next_stick_and_gets_its_cases_again(post):
    hall, village = post.hall, post.village
    backup = hall.backs_up()
    for number in range(3):
        village.writes(hall, f"c{number}", {}, [b"scan"])
    post.goes()
    post.comes_back()
    assert village.states("c0") == [LetterState.ACKNOWLEDGED]
    hall.is_set_back(backup)
    village.writes(hall, "c3", {})
    post.goes()
    assert hall.incidents() == [Cause.WE_SET_BACK]

    post.comes_back()
    assert village.incidents() == [Cause.PEER_SET_BACK]
    post.goes()
    assert hall.subjects() == ["c0", "c1", "c2", "c3"]
