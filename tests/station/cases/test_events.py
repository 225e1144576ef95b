"""Events are strict in what they say and forgiving towards a future that says more."""

import json

import pytest

from station.cases.counter_events import HandedOut, Withdrawn
from station.cases.errors import OddEvent
from station.cases.events import KINDS, read_event
from station.cases.parts import FileRef
from station.cases.terms import IdKind
from tests.station.cases.samples import CASE, Story, received

VOCABULARY = """
case.consulted case.received case.noticed case.pledged case.supplemented case.corrected case.withdrawn
document.printed case.arrived case.prechecked case.accepted case.refused case.routed case.stepped
case.suspended case.resumed case.extended case.decided case.revoked
result.dispatched result.told result.handed_out case.rated
"""


def payload_of(body=None):
    """A sound payload, free to be spoiled."""
    event = Story().says(body or received())
    return json.loads(json.dumps(event.as_payload()))


def refusal_of(kind, payload):
    """Why the event is refused."""
    with pytest.raises(OddEvent) as caught:
        read_event(kind, CASE, payload)
    assert caught.value.what and caught.value.next_step
    return caught.value.why


def test_every_kind_of_the_design_has_its_class():
    assert set(VOCABULARY.split()) == set(KINDS)


def test_an_event_reads_back_as_it_was_written():
    written = Story().says(received())

    read = read_event("case.received", CASE, written.as_payload())

    assert read.body == written.body
    assert (read.at, read.proof, read.by) == (written.at, written.proof, written.by)


def test_what_holds_its_default_does_not_travel():
    assert set(payload_of(Withdrawn(reason="不办了"))["body"]) == {"reason"}


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("item_name", "", "不能为空"),
        ("item_name", "事" * 121, "最多 120"),
        ("receipt_number", "4402-1", "写法不对"),
        ("power", "decide_everything", "应为下列之一"),
        ("running", 0, "应为 1 到"),
        ("running", True, "应为 1 到"),
        ("station", "站\x00", "不可显示"),
        ("applicant", None, "对象"),
        ("materials", [{}] * 201, "最多 200 项"),
        ("surprise", 1, "没有这个字段"),
    ],
)
def test_one_wrong_field_refuses_the_event_and_names_it(field, value, why):
    payload = payload_of()
    payload["body"][field] = value

    assert why in refusal_of("case.received", payload)


@pytest.mark.parametrize("name", ["v", "event", "at", "proof", "by"])
def test_an_event_without_its_head_is_refused(name):
    payload = payload_of()
    del payload[name]

    assert "没有填写" in refusal_of("case.received", payload)


@pytest.mark.parametrize(
    "at",
    [
        "2026-02-30T01:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23 01:00:00",
        "昨天",
        7,
        "2026-11-23T01:00:00Z\n",
    ],
)
def test_a_time_that_does_not_exist_is_refused(at):
    assert refusal_of("case.received", payload_of() | {"at": at})


@pytest.mark.parametrize("day", ["2027-02-29", "2026-13-01", "2026-04-31", "26-01-01", "٢٠٢٦-01-01"])
def test_a_day_that_does_not_exist_is_refused(day):
    payload = payload_of()
    payload["body"]["agent"] = {"name": "张三", "id_number": "1", "authority": "kin", "until": day}

    assert "写法不对" in refusal_of("case.received", payload)


def test_leap_days_exist():
    payload = payload_of()
    payload["body"]["agent"] = {"name": "张三", "id_number": "1", "authority": "kin", "until": "2028-02-29"}

    assert read_event("case.received", CASE, payload).body.agent.until == "2028-02-29"


@pytest.mark.parametrize("payload", [{}, {"body": []}, {"body": {"x": 1.5}}, {"body": {"x": {"y": [2**60]}}}])
def test_what_is_no_event_at_all_is_refused(payload):
    refusal_of("case.received", payload)


def test_an_event_above_the_size_limit_is_refused():
    payload = payload_of()
    payload["body"] = {"story": ["长" * 1000] * 300}

    assert "字节" in refusal_of("case.future", payload)


def test_a_kind_from_the_future_is_kept_with_its_text_but_not_understood():
    payload = payload_of() | {"body": {"anything": ["goes", {"here": 1}]}}

    event = read_event("case.teleported", CASE, payload)

    assert event.body is None
    assert event.as_payload()["body"] == payload["body"]


def test_a_later_version_of_a_known_kind_is_kept_not_guessed():
    payload = payload_of() | {"v": 2}
    payload["body"]["new_field"] = "later"

    assert read_event("case.received", CASE, payload).body is None


def test_file_keys_travel_with_the_event():
    ref = {
        "sha256": "a" * 64,
        "size": 10,
        "key_b64": "x" * 43 + "=",
        "plain_sha256": "b" * 64,
        "plain_size": 9,
        "media_type": "application/pdf",
        "name": "身份证.pdf",
    }

    event = read_event("case.received", CASE, payload_of() | {"files": [ref]})

    assert event.files == (FileRef(**ref),)
    assert event.as_payload()["files"] == [ref]


def test_choices_come_back_as_choices():
    payload = payload_of(HandedOut(receiver="李英", id_number="4", id_kind=IdKind.OTHER))

    assert read_event("result.handed_out", CASE, payload).body.id_kind is IdKind.OTHER
