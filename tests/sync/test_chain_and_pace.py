"""What is decided on numbers alone: places in a stream, standings, pauses, sizes of pieces."""

from random import Random

import pytest

from sync.chain import Place, Standing, log_after, place, standing
from sync.pace import IDLE_SECONDS_MAX, Outcome, next_pause_seconds

ZERO, A, B = "0" * 64, "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("upto", "head", "seq", "prev", "is_held", "expected"),
    [
        (0, ZERO, 1, ZERO, False, Place.NEXT),
        (3, A, 4, A, False, Place.NEXT),
        (3, A, 4, B, False, Place.FORK),
        (3, A, 5, B, False, Place.EARLY),
        (3, A, 3, B, True, Place.REPEAT),
        (3, A, 3, B, False, Place.FORK),
        (0, ZERO, 2, A, False, Place.EARLY),
    ],
)
def test_an_envelope_has_one_place(upto, head, seq, prev, is_held, expected):
    assert place(upto, head, seq, prev, is_held) == expected


@pytest.mark.parametrize(
    ("last_seq", "upto", "head", "ours", "expected"),
    [
        (5, 0, ZERO, None, Standing.AGREES),
        (5, 5, A, A, Standing.AGREES),
        (5, 3, A, A, Standing.AGREES),
        (5, 3, A, B, Standing.FORKED),
        (5, 6, A, None, Standing.AHEAD),
        (0, 1, A, None, Standing.AHEAD),
    ],
)
def test_a_recipients_word_has_one_meaning(last_seq, upto, head, ours, expected):
    assert standing(last_seq, upto, head, ours) == expected


def test_the_log_head_depends_on_every_envelope_and_their_order():
    assert log_after(log_after(ZERO, A), B) != log_after(log_after(ZERO, B), A)


def pause(*history, retry_after=0, seed=1):
    return next_pause_seconds(history, Random(seed), idle_seconds=600, retry_after=retry_after)


def test_after_a_cut_we_call_again_at_once():
    assert pause(Outcome.OK, Outcome.CUT) == 0
    assert pause(Outcome.CUT, Outcome.CUT) == 0


def test_a_link_that_keeps_dying_is_given_a_rest():
    assert pause(*[Outcome.CUT] * 3) > 0


def test_refusals_are_met_with_growing_pauses_up_to_a_bound():
    pauses = [pause(*[Outcome.REFUSED] * count) for count in range(1, 30)]

    assert pauses[:6] == sorted(pauses[:6])
    assert 1 <= pauses[0] <= 2
    assert 150 <= pauses[-1] <= 300


def test_a_quiet_line_is_asked_less_and_less_often_up_to_a_bound_and_at_once_as_before_after_a_letter():
    quiet = [next_pause_seconds([Outcome.OK] + [Outcome.QUIET] * n, Random(1), 30) for n in range(12)]

    assert [round(seconds / quiet[0]) for seconds in quiet[:7]] == [1, 2, 4, 8, 16, 32, 64]
    assert 0.9 * IDLE_SECONDS_MAX <= quiet[-1] <= 1.1 * IDLE_SECONDS_MAX
    assert pause(*[Outcome.QUIET] * 9, Outcome.OK) <= 660


def test_a_quiet_exchange_ends_a_row_of_failures_too():
    assert pause(*[Outcome.REFUSED] * 9, Outcome.QUIET, Outcome.CUT) == 0


def test_one_success_forgets_the_past():
    assert 540 <= pause(*[Outcome.OFFLINE] * 9, Outcome.OK) <= 660


def test_stations_spread_out():
    pauses = {round(pause(*[Outcome.REFUSED] * 8, seed=seed)) for seed in range(50)}

    assert len(pauses) > 20


def test_the_halls_wish_is_respected_and_spread():
    pauses = {pause(Outcome.OK, Outcome.CUT, retry_after=100, seed=seed) for seed in range(20)}

    assert all(100 <= seconds <= 120 for seconds in pauses)
    assert len(pauses) == 20
