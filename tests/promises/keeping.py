"""P1 to P3: nothing is lost, nothing counts twice, all in order."""

from tests.promises.mechanisms import off

NO_LOSS = [
    off(
        "P1",
        "a letter stands or falls with the transaction of what it reports",
        "tests/sync/test_letters.py::test_a_letter_that_was_rolled_back_leaves_no_number_behind",
        "sync/rows.py",
        '        with _turns_at(database).mine(TURN_SECONDS_MAX), database.atomic("IMMEDIATE"):\n',
        "        if True:  # without its turn, too: inside another write() it would wait for that one\n",
        "sync/outbox.py",
        "    assert current.in_transaction(),",
        "    assert True,",
    ),
    off(
        "P1",
        "a letter is not posted outside of a transaction",
        "tests/sync/test_promises.py::test_a_letter_is_only_posted_together_with_what_it_reports",
        "sync/outbox.py",
        "    assert current.in_transaction(),",
        "    assert True,",
    ),
    off(
        "P1",
        "a letter is offered until the other says that it holds it",
        "tests/sync/test_letters.py::test_whatever_happens_to_a_request_the_effect_comes_once",
        "sync/exchange.py",
        "    unmoved = beyond.where(OutLetter.moved_to.is_null(), OutLetter.erased_at.is_null())",
        "    unmoved = beyond.where(OutLetter.moved_to.is_null(), OutLetter.handed_at.is_null())",
    ),
    off(
        "P1",
        "a commit is on the disk before it is confirmed",
        "tests/station/test_database.py::test_writes_reach_the_disk_before_they_are_confirmed",
        "station/database.py",
        '    ("synchronous", "full"),',
        '    ("synchronous", "off"),',
    ),
    off(
        "P1",
        "storing a letter and its effect are one transaction",
        "tests/sync/test_refused_mail.py::"
        "test_when_the_database_fails_nothing_is_kept_and_all_of_it_is_tried_again",
        "sync/delivery.py",
        "            if isinstance(problem, (peewee.OperationalError, peewee.InterfaceError, MemoryError)):\n"
        "                raise\n",
        "",
    ),
    off(
        "P1",
        "nothing is erased that its recipient did not sign for",
        "tests/sync/test_retention.py::test_a_letter_nobody_acknowledged_stays_for_good",
        "sync/retention.py",
        "    delivered = OutLetter.select(OutLetter.id).join(OutStream).where(outbox.is_delivered())\n"
        "    new = delivered",
        "    delivered = OutLetter.select(OutLetter.id).join(OutStream)\n    new = delivered",
        "sync/retention.py",
        "    delivered = OutLetter.select(OutLetter.id).join(OutStream).where(outbox.is_delivered())\n"
        "    return delivered",
        "    delivered = OutLetter.select(OutLetter.id).join(OutStream)\n    return delivered",
        "sync/retention.py",
        "OutLetter.erased_at.is_null() & (OutLetter.seq > held)",
        "OutLetter.erased_at.is_null() & (OutLetter.seq > 2**60)",
    ),
    off(
        "P1",
        "nothing is erased before its period after that",
        "tests/sync/test_retention.py::"
        "test_a_delivered_letter_and_its_file_go_after_the_period_and_the_proof_stays",
        "sync/retention.py",
        "    return delivered.where(OutLetter.settled_at <= cutoff, OutLetter.erased_at.is_null())",
        "    return delivered.where(OutLetter.erased_at.is_null())",
    ),
    off(
        "P1",
        "a bundle is on the stick, and read back, before it gets its name",
        "tests/sync/test_promises.py::test_a_bundle_is_synced_and_read_back_before_it_has_its_name",
        "sync/bundle_write.py",
        "        _sync(stream)\n",
        "",
    ),
]

ONCE = [
    off(
        "P2",
        "a repeat is known by its hash",
        "tests/sync/test_letters.py::test_whatever_happens_to_a_request_the_effect_comes_once",
        "sync/chain.py",
        "        return Place.REPEAT if is_held else Place.FORK",
        "        return Place.NEXT",
    ),
    off(
        "P2",
        "a letter in a new envelope is known by the hash that first carried it",
        "tests/sync/test_forks.py::"
        "test_a_letter_the_hall_has_already_is_not_applied_again_from_the_new_stream",
        "sync/inbox.py",
        "        is_repeated = (header.sender, origin) in self._origins",
        "        is_repeated = False",
    ),
    off(
        "P2",
        "the answer to a repeat is the same acknowledgement again",
        "tests/sync/test_letters.py::"
        "test_after_a_lost_answer_the_next_heartbeat_brings_the_same_acknowledgement",
        "sync/custody.py",
        "    open_ones = (InStream.sender == sender) & (InStream.ack_upto > InStream.peer_acked)",
        "    open_ones = (InStream.sender == sender) & (InStream.ack_upto > InStream.upto)",
    ),
]

ORDER = [
    off(
        "P3",
        "a gap holds back its stream",
        "tests/sync/test_refused_mail.py::"
        "test_a_letter_ahead_of_its_turn_is_held_and_applied_when_the_gap_closes",
        "sync/chain.py",
        "        return Place.EARLY",
        "        return Place.NEXT",
    ),
    off(
        "P3",
        "an early letter takes its place when the gap closes",
        "tests/sync/test_refused_mail.py::"
        "test_a_letter_ahead_of_its_turn_is_held_and_applied_when_the_gap_closes",
        "sync/inbox.py",
        "            self._follow(stream)\n",
        "            pass\n",
    ),
    off(
        "P3",
        "each envelope holds the hash of the one before",
        "tests/sync/test_promises.py::test_a_letter_that_continues_another_history_is_not_applied",
        "sync/chain.py",
        "    return Place.NEXT if prev == head else Place.FORK",
        "    return Place.NEXT",
    ),
    off(
        "P3",
        "a poisonous letter is quarantined with its reason",
        "tests/sync/test_refused_mail.py::"
        "test_a_poisonous_letter_is_set_down_with_its_reason_and_the_others_go_on",
        "sync/delivery.py",
        "            return _reason(problem)",
        "            raise",
    ),
    off(
        "P3",
        "what a poisonous letter wrote is undone",
        "tests/sync/test_refused_mail.py::"
        "test_a_poisonous_letter_is_set_down_with_its_reason_and_the_others_go_on",
        "sync/delivery.py",
        "        with write():\n            handler(arrived)",
        "        handler(arrived)",
    ),
]
