"""A case is the fold of its events, whatever prefix, repetition or mixture of them is here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.cases.counter_events import Corrected, HandedOut, Noticed, Pledged, Told, Withdrawn
from station.cases.events import read_event
from station.cases.fold import Stage, fold
from station.cases.hall_events import (
    Dispatched,
    Prechecked,
    Refused,
    Resumed,
    Revoked,
    Routed,
    Stepped,
    Suspended,
)
from station.cases.parts import Change
from station.cases.terms import Held, Outcome, Special, StepKind, Way
from tests.station.cases.samples import (
    CASE,
    Story,
    accepted,
    arrived,
    decided,
    material,
    notice_line,
    received,
    supplemented,
)

STEP = Stepped(step=StepKind.REVIEW, person="审核甲", started_at="2026-11-24T01:00:00Z")
HANDED_OUT = HandedOut(receiver="李䶮英", id_number="x")


def folded(*bodies):
    """The case these bodies make."""
    story = Story()
    for body in bodies:
        story.says(body)
    return fold(CASE, story.events)


def whole_life():
    """A case from the counter to the hand-out: (station's events, hall's events)."""
    story = Story()
    station = [story.says(received(materials=(material(), material("bank", Held.MISSING, reason="没带"))))]
    hall = [story.says(arrived()), story.says(Routed(department="曲江区民政局"))]
    notice = story.says(Noticed(number=1, lines=(notice_line(),)))
    hall.append(notice)
    station.append(story.says(supplemented(notice.event_id, "bank")))
    hall += [story.says(accepted()), story.says(STEP)]
    suspended = story.says(Suspended(procedure=Special.HEARING, since="2026-11-24", reason="听证"))
    hall += [suspended, story.says(Resumed(suspension=suspended.event_id, until="2026-11-25"))]
    hall += [story.says(decided()), story.says(Dispatched(way=Way.WINDOW))]
    station += [story.says(Told(way="电话", person="李䶮英")), story.says(HANDED_OUT)]
    return station, hall


@pytest.mark.parametrize(
    ("bodies", "stage"),
    [
        ([], Stage.UNKNOWN),
        ([received()], Stage.RECEIVED),
        ([received(), arrived()], Stage.ARRIVED),
        ([received(), arrived(), Prechecked(outcome=Outcome.PASS)], Stage.ARRIVED),
        ([received(), arrived(), Prechecked(outcome=Outcome.REFUSE)], Stage.TURNED_AWAY),
        ([received(), arrived(), Noticed(number=1, lines=(notice_line(),))], Stage.SUPPLEMENT),
        ([received(), arrived(), accepted()], Stage.ACCEPTED),
        ([received(), arrived(), accepted(), STEP], Stage.REVIEW),
        ([received(), Refused(reason="不属本级", remedy="六十日内申请复议")], Stage.REFUSED),
        ([received(), accepted(), decided()], Stage.DECIDED),
        ([received(), decided(), HANDED_OUT], Stage.HANDED_OUT),
        ([received(), decided(), Revoked(reason_code=3, reason="错发")], Stage.REVOKED),
        ([received(), decided(), Revoked(reason_code=3, reason="错发"), decided()], Stage.DECIDED),
        ([received(), Withdrawn(reason="不办了")], Stage.WITHDRAWN),
        ([received(), Withdrawn(reason="不办了"), decided()], Stage.DECIDED),
    ],
)
def test_where_a_case_stands(bodies, stage):
    assert folded(*bodies).stage is stage


def test_a_whole_life_ends_handed_out_with_nothing_open():
    station, hall = whole_life()
    view = fold(CASE, sorted(station + hall, key=lambda event: event.at))

    assert view.stage is Stage.HANDED_OUT
    assert not view.open_notices and view.open_suspension is None
    assert view.materials["bank"].state is Held.IN
    assert len(view.official_number) == 43
    assert view.department == "曲江区民政局"


@given(st.data())
def test_any_prefix_folds_and_repetitions_do_not_matter(data):
    station, hall = whole_life()
    events = sorted(station + hall, key=lambda event: event.at)
    prefix = events[: data.draw(st.integers(0, len(events)))]
    again = data.draw(st.lists(st.sampled_from(prefix), max_size=20)) if prefix else []

    once, twice = fold(CASE, prefix), fold(CASE, [*prefix, *again])

    assert (twice.stage, twice.timeline, twice.materials) == (once.stage, once.timeline, once.materials)


@given(st.randoms(use_true_random=False))
def test_how_two_nodes_events_were_mixed_does_not_matter(chance):
    station, hall = whole_life()
    expected = fold(CASE, sorted(station + hall, key=lambda event: event.at))
    mixed, left = [], [list(station), list(hall)]
    while any(left):
        mixed.append(chance.choice([side for side in left if side]).pop(0))

    view = fold(CASE, mixed)

    assert (view.stage, view.materials, view.open_notices) == (expected.stage, expected.materials, [])


def test_a_kind_from_the_future_stays_in_sight_and_changes_nothing():
    story = Story()
    first = story.says(received())
    future = read_event("case.future", CASE, first.as_payload() | {"event": "f" * 32, "body": {"x": 1}})

    view = fold(CASE, [first, future])

    assert view.unread == [future]
    assert view.timeline[-1] is future
    assert view.stage is Stage.RECEIVED


def test_a_correction_shows_the_new_value_and_keeps_the_old_readable():
    changes = (
        Change(field="applicant.phone", label="联系电话", old="13800000000", new="13900000000"),
        Change(field="form.bank_account", label="银行账号", old="1", new="2"),
        Change(field="applicant.kind", label="类别", old="person", new="firm"),
    )
    view = folded(received(), Corrected(changes=changes, reason="号码抄错"))

    assert view.applicant.phone == "13900000000"
    assert view.form["bank_account"] == "2"
    assert view.applicant.kind.value == "person"
    assert view.received.body.applicant.phone == "13800000000"


def test_a_pledge_is_open_until_its_material_is_in():
    lacking = received(materials=(material(), material("photo", Held.PLEDGED)))
    pledge = Pledged(materials=("photo",), until="2026-12-07", consequence="逾期按不予受理处理")

    assert folded(lacking, pledge).open_pledges
    assert not folded(lacking, pledge, supplemented("", "photo")).open_pledges


def test_events_before_the_application_itself_arrived_fold_too():
    view = folded(arrived(), decided())

    assert (view.applicant, view.received, view.stage) == (None, None, Stage.DECIDED)
