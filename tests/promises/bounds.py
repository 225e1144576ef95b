"""P9: the bounds of the mail, each taken away by a hundredfold of itself."""

from tests.promises.mechanisms import Mechanism, off

LIMITS = "sync/limits.py"


def bound(name: str, test: str, line: str, instead: str, file: str = LIMITS) -> Mechanism:
    """A bound that is no more."""
    return off("P9", name, test, file, line, instead)


BOUNDS = [
    bound(
        "a payload has a largest size",
        "tests/sync/test_letters.py::test_a_letter_that_cannot_travel_is_refused_before_anything_is_kept",
        "    if len(plain) > PAYLOAD_BYTES_MAX:",
        "    if False:",
        "sync/outbox.py",
    ),
    bound(
        "what unpacks to more than its bound is refused before it is unpacked",
        "tests/sync/test_parcel.py::"
        "test_a_small_parcel_that_unpacks_to_a_huge_one_is_refused_before_it_is_unpacked",
        "    if size_bytes > size_bytes_max:",
        "    if False:",
        "sync/codec.py",
    ),
    bound(
        "a parcel has so many lines and no more",
        "tests/sync/test_hostile_forms.py::"
        "test_a_parcel_of_a_quarter_million_lines_is_refused_before_one_is_read",
        '    if text.count(b"\\n") > LINES_MAX:',
        "    if False:",
        "sync/parcel.py",
    ),
    bound(
        "a parcel has so many letters and words and no more",
        "tests/sync/test_parcel.py::test_too_many_letters_or_words_in_a_parcel_are_refused",
        '    if kinds.count("E") + kinds.count("S") > 2 * LETTERS_PER_PARCEL_MAX:',
        "    if False:",
        "sync/parcel.py",
    ),
    bound(
        "a request is read up to its bound",
        "tests/sync/test_promises.py::test_a_request_that_says_it_is_endless_is_not_read",
        "    request.max_content_length = size_bytes_max\n",
        "",
        "sync/http.py",
    ),
    bound(
        "a sender has so many streams",
        "tests/sync/test_refused_mail.py::test_a_sender_cannot_open_streams_without_end",
        "InStream.sender == header.sender).count() >= STREAMS_PER_SENDER_MAX",
        "InStream.sender == header.sender).count() < 0",
        "sync/inbox.py",
    ),
    bound(
        "a sender has so many unfinished files",
        "tests/sync/test_complaints_links.py::"
        "test_cht_10408_one_station_cannot_fill_the_hall_and_the_others_go_on",
        "    if count + len(rows) > FILES_PENDING_PER_SENDER_MAX:",
        "    if False:",
        "sync/attachments.py",
    ),
    bound(
        "a sender has so many partial uploads",
        "tests/sync/test_tus_parts.py::test_a_bomb_of_empty_parts_is_bounded",
        "    return count < PARTS_PER_SENDER_MAX and int(size_bytes) <= room",
        "    return int(size_bytes) <= room",
        "sync/partials.py",
    ),
    bound(
        "parts of a file ahead of a gap are so many and no more",
        "tests/sync/test_pieces.py::test_separate_parts_of_one_file_are_bounded",
        "    if len([first for first, _ in spans if first > 0]) > LATER_SPANS_MAX:",
        "    if False:",
        "sync/attachments.py",
    ),
    bound(
        "a disk that is nearly full takes letters and no files",
        "tests/sync/test_tus_uploads.py::test_a_disk_that_is_nearly_full_takes_letters_but_no_file",
        "        if self._free_bytes() < DISK_BYTES_KEPT + size_bytes:",
        "        if False:",
        "sync/depot.py",
    ),
    bound(
        "what nobody goes on with is given up",
        "tests/sync/test_tus_uploads.py::test_an_unfinished_upload_says_when_it_is_given_up_and_then_is",
        "        self._give_up_stale()",
        "",
        "sync/depot.py",
    ),
    bound(
        "a relay has so much room for each node below it",
        "tests/sync/test_relay_fooled.py::test_a_relay_has_room_for_so_much_of_one_village_and_says_so",
        "        if self.letters < 1 or self.size_bytes < size_bytes:",
        "        if False:",
        "sync/relay.py",
    ),
    bound(
        "near the end of the disk nothing new is taken in",
        "tests/station/test_disk_full.py::"
        "test_a_new_intake_is_refused_before_anything_is_typed_and_every_page_says_why",
        "        if self.room() is not Room.PLENTY:",
        "        if False:",
        "station/reserve.py",
    ),
    bound(
        "a file has a largest size",
        "tests/sync/test_files.py::test_a_file_above_the_limit_is_refused_and_nothing_is_kept",
        "    if len(data) > FILE_BYTES_MAX:",
        "    if False:",
        "sync/attachments.py",
    ),
    bound(
        "a node has so many sessions",
        "tests/sync/test_http.py::test_a_node_keeps_only_its_latest_sessions",
        "SESSIONS_PER_NODE_MAX = 8",
        "SESSIONS_PER_NODE_MAX = 800",
    ),
    bound(
        "JSON has so many levels",
        "tests/sync/test_canonical.py::test_a_value_nested_without_end_is_refused",
        "    if depth > DEPTH_MAX:",
        "    if depth > 100 * DEPTH_MAX:",
        "sync/canonical.py",
    ),
    bound(
        "a statement has a largest size",
        "tests/sync/test_keys.py::test_a_statement_of_megabytes_is_refused_before_it_is_read",
        "STATEMENT_BYTES_MAX = 1024 * 1024",
        "STATEMENT_BYTES_MAX = 1024**4",
        "sync/keys.py",
    ),
    bound(
        "the files of a bundle are counted while it is measured",
        "tests/sync/test_hostile_forms.py::"
        "test_a_bundle_of_endless_empty_files_is_refused_while_it_is_measured",
        "            if found > FILES_MAX:",
        "            if False:",
        "sync/bundle_file.py",
    ),
    bound(
        "a bundle has so many lines and no more",
        "tests/sync/test_hostile_forms.py::test_a_bundle_of_a_million_lines_is_refused_before_one_is_read",
        '    if not text.endswith(b"\\n") or text.count(b"\\n") > LINES_MAX:',
        '    if not text.endswith(b"\\n"):',
        "sync/bundle_lines.py",
    ),
    bound(
        "a code to join is tried so many times",
        "tests/sync/test_enrolment.py::test_after_ten_wrong_tries_even_the_right_code_is_refused",
        "TRIES_MAX = 10",
        "TRIES_MAX = 1000",
        "sync/enrolment.py",
    ),
    bound(
        "a hall's wish cannot send a station away for years",
        "tests/sync/test_hostile_forms.py::"
        "test_a_hall_that_says_come_back_in_a_thousand_years_is_asked_again_within_the_hour",
        "    asked = min(retry_after, RETRY_AFTER_SECONDS_MAX)",
        "    asked = retry_after",
        "sync/pace.py",
    ),
]
