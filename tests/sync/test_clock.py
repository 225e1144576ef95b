"""What the mail says about time when the PC's own clock cannot be trusted."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.clock import CHAIN_PROOF_MAX, Clock, Proof, Stamp, system_clock

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Desk:
    """A PC on a desk: a wall clock somebody may set, and ticks nobody can."""

    def __init__(self, wall: datetime = NOON) -> None:
        self.wall = wall
        self.ticks = 1000.0

    def waits(self, **span: float) -> None:
        self.wall += timedelta(**span)
        self.ticks += timedelta(**span).total_seconds()

    def clock(self, latest_attested: datetime | None = None) -> Clock:
        return Clock(lambda: self.wall, lambda: self.ticks, latest_attested)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_clock_no_hall_ever_confirmed_runs_and_says_that_nothing_proves_it(desk):
    clock = desk.clock()
    desk.waits(hours=1)

    assert clock.stamp().at == NOON + timedelta(hours=1)
    assert clock.stamp().proof is Proof.NONE


def test_after_a_hall_s_answer_the_time_is_the_hall_s_whatever_the_pc_shows(desk):
    clock = desk.clock()
    clock.attest(NOON + timedelta(days=900))
    desk.waits(minutes=10)
    desk.wall = datetime(2019, 1, 1, tzinfo=UTC)

    assert clock.stamp().at == NOON + timedelta(days=900, minutes=10)
    assert clock.stamp().proof is Proof.HALL


def test_an_old_answer_still_carries_the_time_but_counts_as_chain(desk):
    clock = desk.clock()
    clock.attest(NOON)
    desk.waits(days=3)

    assert clock.stamp() == type(clock.stamp())(NOON + timedelta(days=3), Proof.CHAIN)


def test_after_a_restart_a_clock_that_fits_the_last_answer_counts_as_chain(desk):
    assert desk.clock(latest_attested=NOON - timedelta(days=2)).stamp().proof is Proof.CHAIN


@pytest.mark.parametrize("wall", [NOON - timedelta(days=2000), NOON + CHAIN_PROOF_MAX + timedelta(days=1)])
def test_after_a_restart_a_clock_that_is_years_off_proves_nothing(wall):
    assert Desk(wall).clock(latest_attested=NOON).stamp().proof is Proof.NONE


def test_a_dead_battery_does_not_take_the_node_before_the_last_answer(desk):
    desk.wall = datetime(2019, 1, 1, tzinfo=UTC)

    assert desk.clock(latest_attested=NOON).now() == NOON


def test_a_clock_set_back_by_years_goes_on_by_its_ticks_and_loses_its_proof(desk):
    clock = desk.clock(latest_attested=NOON)
    before = clock.now()
    desk.wall -= timedelta(days=3650)
    desk.ticks += 60

    assert clock.now() == before + timedelta(seconds=60)
    assert clock.stamp().proof is Proof.NONE


def test_a_hall_corrects_a_clock_that_ran_years_ahead(desk):
    desk.wall += timedelta(days=3650)
    clock = desk.clock()
    clock.attest(NOON)

    assert clock.now() == NOON


def test_a_hall_a_few_seconds_behind_does_not_make_time_step_back(desk):
    clock = desk.clock()
    before = clock.now()
    clock.attest(before - timedelta(seconds=20))

    assert clock.now() >= before
    assert clock.stamp().proof is Proof.HALL


def test_a_signed_file_shows_that_it_is_not_earlier_and_gives_chain_proof_once_the_clock_fits(desk):
    clock = desk.clock()
    clock.learn(NOON + timedelta(days=1))
    assert clock.stamp().at == NOON + timedelta(days=1)
    assert clock.stamp().proof is Proof.NONE
    desk.wall = NOON + timedelta(days=1, minutes=1)  # somebody sets the PC right

    assert clock.stamp().proof is Proof.CHAIN
    assert clock.latest_attested() == NOON + timedelta(days=1)


def test_an_older_signed_file_does_not_lower_what_is_known(desk):
    clock = desk.clock(latest_attested=NOON)
    clock.learn(NOON - timedelta(days=5))

    assert clock.latest_attested() == NOON


def test_what_was_signed_since_the_halls_last_answer_never_sets_a_right_clock_back(desk):
    clock = desk.clock()
    clock.attest(NOON)
    desk.waits(days=4)
    clock.learn(NOON + timedelta(days=1))

    assert clock.now() == NOON + timedelta(days=4)
    assert clock.latest_attested() == NOON + timedelta(days=1)


JUMPS = st.lists(st.tuples(st.integers(-4000, 4000), st.integers(0, 100_000)), max_size=20)


@given(JUMPS)
def test_no_jump_of_the_wall_clock_ever_moves_a_stamp_back(jumps):
    desk = Desk()
    clock = desk.clock()
    last = clock.now()
    for days, seconds in jumps:
        desk.wall += timedelta(days=days)
        desk.ticks += seconds
        assert clock.now() >= last
        last = clock.now()


def test_the_machine_s_own_clock_is_utc_and_moves_forward():
    clock = system_clock()
    first = clock.now()

    assert first.tzinfo is UTC
    assert clock.now() >= first


def test_a_leading_clock_is_its_own_proof_and_still_never_goes_back():
    wall = [NOON]
    clock = Clock(lambda: wall[0], lambda: 0.0)
    clock.lead()
    first = clock.stamp()
    wall[0] = NOON - timedelta(days=900)

    assert (first, clock.stamp()) == (Stamp(NOON, Proof.HALL), Stamp(NOON, Proof.HALL))
