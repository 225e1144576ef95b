"""P6 to P8: copied disks, restored backups, dead clocks."""

from tests.promises.mechanisms import off

FORKS = [
    off(
        "P6",
        "the same number with another hash is seen and both are kept",
        "tests/sync/test_complaints_setbacks.py::"
        "test_tangerine_2722_a_second_version_under_one_number_is_kept_and_a_person_is_told",
        "sync/inbox.py",
        "        is_held = header.seq <= stream.upto and self._is_held(envelope)",
        "        is_held = header.seq <= stream.upto",
    ),
    off(
        "P6",
        "a person is told of a fork",
        "tests/sync/test_complaints_setbacks.py::"
        "test_tangerine_2722_a_second_version_under_one_number_is_kept_and_a_person_is_told",
        "sync/inbox.py",
        '        report(Cause.RECEIVED_FORK, f"{stream.sender} {stream.instance}", self._box.clock.now())',
        "        pass",
    ),
    off(
        "P6",
        "a station set back learns that the hall holds more",
        "tests/sync/test_forks.py::test_a_station_restored_from_a_backup_opens_a_new_stream_and_loses_nothing",
        "sync/chain.py",
        "        return Standing.AHEAD",
        "        return Standing.AGREES",
    ),
    off(
        "P6",
        "a copied disk learns that the hall holds another letter under its number",
        "tests/sync/test_complaints_setbacks.py::"
        "test_kolibri_8438_the_copy_that_lost_still_delivers_its_case",
        "sync/chain.py",
        "    return Standing.AGREES if upto == 0 or our_hash == head else Standing.FORKED",
        "    return Standing.AGREES",
    ),
    off(
        "P6",
        "a new instance, so that no number is used twice",
        "tests/sync/test_forks.py::test_a_station_restored_from_a_backup_opens_a_new_stream_and_loses_nothing",
        "sync/outstream.py",
        "    OutStream.update(is_current=False).where(OutStream.id == stream.id).execute()\n",
        "",
    ),
    off(
        "P6",
        "a restored station asks for its own later letters",
        "tests/sync/test_history_own_letters.py::"
        "test_the_lost_letters_come_back_under_their_old_numbers_and_are_green",
        "sync/recall.py",
        "    return tuple(RecallEntry(row.instance, row.after) for row in _stated.rows(peer_id))",
        "    return ()",
    ),
]

RESTORED = [
    off(
        "P7",
        "the witness goes with an empty heartbeat as well",
        "tests/sync/test_forks.py::test_a_hall_set_back_is_noticed_by_a_station_with_nothing_to_send",
        "sync/exchange.py",
        "        witness=None if ask else _witness(peer_id),",
        "        witness=None,",
    ),
    off(
        "P7",
        "the witness is a hash: a restored hall that has grown again is noticed too",
        "tests/sync/test_forks.py::test_a_hall_that_has_grown_since_it_was_set_back_is_still_noticed",
        "sync/journal.py",
        "Arrival.log_size == size, Arrival.log_head == head",
        "Arrival.log_size == size",
    ),
    off(
        "P7",
        "what a restored hall lost is offered again",
        "tests/sync/test_complaints_setbacks.py::"
        "test_cht_8093_a_hall_restored_from_a_backup_is_offered_again_what_it_lost",
        "sync/outstream.py",
        "        if stream.peer_has != have.upto:",
        "        if stream.peer_has < have.upto:",
        "sync/intake.py",
        "            outstream.forget_progress(told.sender)\n",
        "",
    ),
    off(
        "P7",
        "the witness is kept over a restart",
        "tests/sync/test_forks.py::test_the_witness_is_kept_over_a_restart",
        "sync/intake.py",
        "        self._keep_witness()\n",
        "",
    ),
]

CLOCKS = [
    off(
        "P8",
        "order comes from numbers and hashes, never from a clock",
        "tests/sync/test_promises.py::test_a_clock_that_jumps_back_for_years_changes_no_order",
        "sync/exchange.py",
        ".order_by(OutLetter.seq)",
        ".order_by(OutLetter.made_at)",
        "sync/chain.py",
        "        return Place.EARLY",
        "        return Place.NEXT",
        "sync/chain.py",
        "    return Place.NEXT if prev == head else Place.FORK",
        "    return Place.NEXT",
    ),
    off(
        "P8",
        "a moment says what proves it",
        "tests/sync/test_clock.py::test_after_a_restart_a_clock_that_is_years_off_proves_nothing",
        "sync/clock.py",
        "        return Proof.CHAIN if fits else Proof.NONE",
        "        return Proof.CHAIN",
    ),
    off(
        "P8",
        "the PC's clock never moves time back",
        "tests/sync/test_clock.py::test_no_jump_of_the_wall_clock_ever_moves_a_stamp_back",
        "sync/clock.py",
        "        self._base, self._base_ticks = max(carried, wall), ticks",
        "        self._base, self._base_ticks = wall, ticks",
    ),
    off(
        "P8",
        "a clock that jumps ahead makes nothing old",
        "tests/sync/test_retention.py::test_a_clock_that_jumps_to_2035_makes_nothing_old",
        "sync/retention.py",
        "    at = proved if row is None else min(proved, row.at + STEP)",
        "    at = clock.now()",
    ),
    off(
        "P8",
        "only the answer to our own nonce proves the time",
        "tests/sync/test_promises.py::test_an_old_answer_played_again_does_not_set_the_clock",
        "sync/courier.py",
        "            if taken.manifest.nonce == nonce:",
        "            if taken.manifest.nonce:",
    ),
]
