"""P11: nobody waits behind somebody else for long."""

from tests.promises.mechanisms import off

FAIRNESS = [
    off(
        "P11",
        "a new case goes before the next piece of a file",
        "tests/sync/test_files.py::test_a_new_case_overtakes_a_long_file",
        "sync/courier.py",
        "        if self._waiting() <= self._stuck:",
        "        if True:",
    ),
    off(
        "P11",
        "small files go before large ones",
        "tests/sync/test_flow.py::test_small_files_go_before_large_ones_the_smallest_first",
        "sync/cargo.py",
        "        is_small = left <= SMALL_FILE_BYTES",
        "        is_small = False",
    ),
    off(
        "P11",
        "large files of different letters take turns",
        "tests/sync/test_flow.py::test_large_files_of_different_letters_take_turns_and_those_of_one_letter_do_not",
        "sync/cargo.py",
        "        self._turns[chosen.letter] = self._turn",
        "        pass",
    ),
    off(
        "P11",
        "the hall's wish is respected",
        "tests/sync/test_chain_and_pace.py::test_the_halls_wish_is_respected_and_spread",
        "sync/pace.py",
        "    return max(pause, asked * (1.0 + 0.2 * chance.random()))",
        "    return pause",
    ),
    off(
        "P11",
        "stations spread out",
        "tests/sync/test_chain_and_pace.py::test_stations_spread_out",
        "sync/pace.py",
        "        pause = most * (0.5 + 0.5 * chance.random())",
        "        pause = most",
    ),
    off(
        "P11",
        "beyond the day's budget files wait, and letters go on",
        "tests/sync/test_budget.py::test_a_file_stops_where_the_budget_is_spent_and_a_new_case_still_goes",
        "sync/courier.py",
        "        self.report.is_over_budget = self._left_bytes is not None and passed >= self._left_bytes",
        "        self.report.is_over_budget = False",
    ),
    off(
        "P11",
        "a hall refuses at once what it could not serve soon, and says when to come",
        "tests/sync/test_storm.py::test_a_station_refused_in_the_storm_waits_as_asked_and_is_served_later",
        "sync/storm.py",
        "            if is_too_much(load):",
        "            if False:",
    ),
    off(
        "P11",
        "those told to come back are spread over the time the work takes",
        "tests/sync/test_storm.py::test_those_told_to_come_back_are_spread_over_the_time_the_work_takes",
        "sync/storm.py",
        "    return min(COME_BACK_SECONDS_MAX, 1 + int(load.all_seconds * (0.5 + chance.random())))",
        "    return min(COME_BACK_SECONDS_MAX, 1 + int(load.all_seconds))",
    ),
    off(
        "P11",
        "one sender's early letters do not fill the hall",
        "tests/sync/test_refused_mail.py::test_early_letters_are_held_within_a_bound_and_asked_for_again",
        "sync/inbox.py",
        "            if early >= EARLY_PER_STREAM_MAX or held >= ASIDE_PER_SENDER_MAX:",
        "            if False:",
    ),
]
