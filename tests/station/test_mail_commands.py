"""Joining, exchanging and carrying mail on a stick, as an administrator types it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.cli import main
from tests.station import joined
from tests.station.joined import served
from tests.tools.counter import PASSWORD, VILLAGE, Counter
from tests.tools.link import Link

Typed = Callable[..., int]


@pytest.fixture
def typed(tmp_path: Path) -> Typed:
    """Run `yimen` at a node, as its administrator: typed(station, "sync", "--once")."""
    password = tmp_path / "password.txt"
    password.write_text(PASSWORD + "\n")

    def run(at: Counter, *words: object) -> int:
        where = ["--dir", str(at.settings.data_folder), "--account", "boss", "--password-file", str(password)]
        return main([*map(str, words), *where])

    return run


@pytest.fixture
def served_hall(hall: Counter) -> Iterator[str]:
    """The hall's address while it serves."""
    with served(hall) as url:
        yield url


def told(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


def figures(capsys: pytest.CaptureFixture[str], *names: str) -> list[int]:
    document = told(capsys)
    return [document[name] for name in names]


def test_a_station_joins_over_the_link(station, hall, served_hall, typed, capsys):
    assert typed(hall, "enrol-code", "--for", VILLAGE, "--json") == 0
    code = told(capsys)["code"]

    assert typed(station, "enrol", "--code", code, "--hall", served_hall, "--json") == 0
    assert told(capsys)["hall"]["node_id"] == hall.node.facts.node_id
    assert typed(station, "sync", "--once", "--json") == 0
    assert told(capsys)["state"] == "ok"


def test_a_station_without_a_link_joins_by_files(station, hall, typed, tmp_path, capsys):
    request, grant = tmp_path / "request.json", tmp_path / "grant.json"
    typed(hall, "enrol-code", "--for", VILLAGE, "--json")
    code = told(capsys)["code"]

    assert typed(station, "enrol", "--code", code, "--request", request) == 0
    assert typed(hall, "enrol", "--request", request, "--grant", grant) == 0
    assert typed(station, "enrol", "--accept", grant) == 0
    assert "已加入" in capsys.readouterr().out


def test_a_wrong_code_is_refused_in_words(station, served_hall, typed, capsys):
    assert typed(station, "enrol", "--code", "2222-2222", "--hall", served_hall) == 1
    said = capsys.readouterr().err
    assert "错误：" in said and "原因：" in said and "下一步：" in said


@pytest.mark.parametrize(
    "words",
    [
        ["enrol"],
        ["enrol", "--code", "ABC"],
        ["enrol", "--grant", "g.json"],
        ["enrol", "--accept", "/no/such/file"],
        ["enrol", "--code", "2222-2222"],
        ["enrol-code", "--for", "4402"],
        ["bundle", "export", "/tmp"],
        ["bundle", "import", "/no/such.ymb"],
        ["trust", "--out", "/no/such/folder/trust.json"],
        ["sync", "--once"],
    ],
)
def test_what_cannot_be_done_yet_is_refused_in_words(station, typed, capsys, words):
    assert typed(station, *words) == 1
    said = capsys.readouterr().err
    assert "错误：" in said and "原因：" in said and "下一步：" in said


def test_a_file_that_is_no_request_is_refused(hall, typed, tmp_path, capsys):
    (tmp_path / "r.json").write_text("{}")

    assert typed(hall, "enrol", "--request", tmp_path / "r.json", "--grant", tmp_path / "g.json") == 1
    assert not (tmp_path / "g.json").exists()


def test_a_letter_is_exchanged_over_the_link_and_the_figures_are_told(
    station, hall, served_hall, typed, capsys
):
    joined.join(station, hall)
    arrived = joined.accept_notes(hall.node)
    joined.writes(station, hall)
    typed(hall, "enrol-code", "--for", VILLAGE, "--json")
    typed(station, "enrol", "--code", told(capsys)["code"], "--hall", served_hall)
    capsys.readouterr()

    assert typed(station, "sync", "--once", "--json") == 0
    assert figures(capsys, "made", "queued", "sent", "acknowledged", "newly_held") == [1, 0, 0, 1, 1]
    assert len(arrived) == 1


def test_a_hall_that_is_down_is_named_and_the_letter_stays_queued(
    station, hall, served_hall, typed, capsys, tmp_path
):
    with Link(int(served_hall.rsplit(":", 1)[1])) as link:
        typed(hall, "enrol-code", "--for", VILLAGE, "--json")
        code = told(capsys)["code"]
        typed(station, "enrol", "--code", code, "--hall", f"http://127.0.0.1:{link.port}")
        joined.writes(station, hall)
        link.goes_down()
        capsys.readouterr()

        assert typed(station, "sync", "--once", "--json") == 1
    out = capsys.readouterr()
    assert json.loads(out.out)["queued"] == 1
    assert "不会丢" in out.err


def test_a_letter_goes_out_and_its_acknowledgement_comes_back_on_a_stick(
    station, hall, typed, tmp_path, capsys
):
    joined.join(station, hall)
    joined.writes(station, hall, files=[joined.keeps_file(station).sha256])
    there, back = tmp_path / "there.ymb", tmp_path / "back.ymb"

    assert typed(station, "bundle", "export", there, "--json") == 0
    assert figures(capsys, "letters", "files") == [1, 1]
    assert typed(hall, "bundle", "import", there, "--json") == 0
    assert figures(capsys, "accepted", "files") == [1, 1]
    assert typed(hall, "bundle", "export", back, "--to", VILLAGE) == 0
    assert typed(station, "bundle", "import", back) == 0
    assert "新签收 1 封" in capsys.readouterr().out


def test_inspecting_needs_no_password_and_checks_the_seal_when_given_the_key(
    station, hall, typed, tmp_path, capsys
):
    joined.join(station, hall)
    joined.writes(station, hall)
    typed(station, "bundle", "export", tmp_path / "b.ymb")
    typed(station, "trust", "--json")
    (tmp_path / "key").write_text(
        json.loads(capsys.readouterr().out.partition("\n")[2])["own"]["signing_key"]
    )

    assert main(["bundle", "inspect", str(tmp_path / "b.ymb")]) == 0
    assert "没有核对封签" in capsys.readouterr().out
    assert main(["bundle", "inspect", str(tmp_path / "b.ymb"), "--key", str(tmp_path / "key"), "--json"]) == 0
    shown = told(capsys)
    assert (shown["seal"], "letters" in shown) == ("valid", False)


def test_the_hall_gives_an_auditor_the_key_of_one_bundle_and_no_letter_opens_by_it(
    station, hall, typed, tmp_path, capsys
):
    joined.join(station, hall)
    joined.writes(station, hall)
    typed(station, "bundle", "export", tmp_path / "b.ymb")
    assert typed(station, "bundle", "key", tmp_path / "b.ymb") == 1, "the sender did not keep it"
    capsys.readouterr()

    assert typed(hall, "bundle", "key", tmp_path / "b.ymb") == 0
    (tmp_path / "opener").write_text(capsys.readouterr().out)
    words = ["bundle", "inspect", str(tmp_path / "b.ymb"), "--bundle-key", str(tmp_path / "opener"), "--json"]
    assert main(words) == 0
    shown = told(capsys)
    assert [letter["seq"] for letter in shown["letters"]] == [1]
    assert "一句话" not in json.dumps(shown, ensure_ascii=False)


def test_the_trust_file_of_a_joined_station_holds_the_hall_s_key(station, hall, typed, tmp_path, capsys):
    joined.join(station, hall)

    assert typed(station, "trust", "--out", tmp_path / "trust.json") == 0
    [row] = json.loads((tmp_path / "trust.json").read_text())["receipt_keys"]
    assert row["key"] == hall.node.keys.signing_public.hex()
    assert "大厅" in capsys.readouterr().out
