"""No input makes a node's memory or work grow beyond what its size explains. Work is counted, not timed."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from sync import exchange
from sync.canonical import canonical_json
from sync.limits import MIB
from sync.parcel import Parcel
from tests.fuzz.samples import TARGETS, samples
from tests.fuzz.world import world
from tests.tools.mail_node import MailNode

TIMES = 4
LETTERS = 8  # and four times as many still fit into one parcel
PEAK_BYTES_MAX = 32 * MIB
PEAK_BYTES_MAX_OF = {"bundle": 64 * MIB, "bundle_lines_signed": 64 * MIB}  # they may be 16 MiB unpacked


def calls(work: Callable[[], object]) -> int:
    """How many calls, of Python and of C functions, the work makes."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_no_kept_input_and_no_bomb_takes_more_memory_than_it_may():
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.bounds"], capture_output=True, text=True, check=False, timeout=300
    )

    assert done.returncode == 0, done.stderr[-2000:]
    peaks = json.loads(done.stdout)
    assert set(peaks) == set(TARGETS)
    most = {name: PEAK_BYTES_MAX_OF.get(name, PEAK_BYTES_MAX) for name in peaks}
    assert {name: peak for name, peak in peaks.items() if peak > most[name]} == {}


def of_json(times: int) -> Callable[[], object]:
    data = canonical_json({f"k{number:06}": [number, "很"] for number in range(50 * times)})
    return lambda: TARGETS["canonical"](data)


def of_metadata(times: int) -> Callable[[], object]:
    data = b"POST /files/ HTTP/1.1\nTus-Resumable: 1.0.0\nAuthorization: Bearer $TOKEN\n"
    data += b"Upload-Length: 1\nUpload-Metadata: " + b"a AA==," * (300 * times) + b"\n\n"
    return lambda: TARGETS["http"](data)


def of_words(times: int) -> Callable[[], object]:
    """The same acknowledgement again and again, as a member may send it."""
    here = world()
    told = Parcel.from_bytes(here.parcels[1])
    data = Parcel(told.manifest, told.envelopes, told.acks * (20 * times)).to_bytes()
    return lambda: TARGETS["answer"](data)


def of_lines(times: int) -> Callable[[], object]:
    plain = samples()["bundle_lines_signed"][0]
    first, _, rest = plain.partition(b"\n")
    return lambda: TARGETS["bundle_lines_signed"](first + b"\n" + rest * (10 * times))


def of_streams(times: int) -> Callable[[], object]:
    """The same letters named again and again."""
    here = world()
    data = Parcel(here.words[0], here.envelopes * (8 * times)).to_bytes()
    return lambda: TARGETS["parcel"](data)


@pytest.mark.parametrize("of", [of_json, of_metadata, of_words, of_lines, of_streams])
def test_four_times_as_much_is_at_most_about_four_times_the_work(of):
    of(1)()  # what is made once and kept is made here
    once, more = calls(of(1)), calls(of(TIMES))

    assert once > 100
    assert more <= 1.25 * TIMES * once, (once, more)


def work_of_taking_in(village: MailNode, hall: MailNode, count: int) -> int:
    """So many letters are written and taken in; the calls that the taking in makes."""
    for number in range(count):
        village.writes(hall, f"c{number}", {"text": "高龄津贴"})
    with village.at_work():
        data = exchange.give(village.box, hall.node_id).data
    with hall.at_work():
        work = calls(lambda: exchange.take(hall.box, data, "usb"))
        answer = exchange.give(hall.box, village.node_id).data
    with village.at_work():
        exchange.take(village.box, answer, "usb")
    return work


def test_letters_of_one_stream_are_taken_in_with_work_that_grows_as_they_do(tmp_path):
    hall, village = MailNode(1, "county", tmp_path), MailNode(2, "village", tmp_path)
    village.joins(hall)
    work_of_taking_in(village, hall, 1)
    once = work_of_taking_in(village, hall, LETTERS)
    more = work_of_taking_in(village, hall, LETTERS * TIMES)

    assert len(hall.arrived) == 1 + LETTERS + LETTERS * TIMES
    assert more <= 1.25 * TIMES * once, (once, more)
