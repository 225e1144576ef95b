"""P11: nobody waits behind somebody else for long."""

from tests.promises.mechanisms import off

FAIRNESS = [
    off(
        "P11",
        "a new case goes before the next piece of a file",
        "tests/sync/test_files.py::test_a_new_case_overtakes_a_long_file",
        "sync/courier.py",
        "        return self._waiting() == 0 or self._mail()",
        "        return True",
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
        "one sender's early letters do not fill the hall",
        "tests/sync/test_refused_mail.py::test_early_letters_are_held_within_a_bound_and_asked_for_again",
        "sync/inbox.py",
        "            if early >= EARLY_PER_STREAM_MAX or held >= ASIDE_PER_SENDER_MAX:",
        "            if False:",
    ),
]
