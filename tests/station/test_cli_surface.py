"""The stable command surface: every command an administrator may script, with help, codes and JSON."""

import argparse
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from station.cli import main, make_parser
from station.hall.statistics import statistics_of
from station.version import program_version
from tests.station.hall_desk import HallDesk
from tests.tools.counter import PASSWORD, Counter

SURFACE = (
    ("init", "serve", "desktop", "demo", "enrol-code", "enrol", "sync", "trust", "day-end")
    + ("doctor", "backup", "restore")
    + ("bundle export", "bundle import", "bundle inspect", "bundle key", "receipt verify")
    + ("catalog import", "catalog lint", "catalog diff", "catalog publish", "catalog update")
    + ("catalog status", "catalog search", "catalog show", "catalog submit", "catalog approve")
    + ("tuf-client init", "tuf-client refresh", "tuf-client download")
    + ("case list", "case show", "case import")
    + ("account add", "account list", "account disable", "account reset")
    + ("hall fleet", "hall inbox", "hall revoke", "hall stats", "keys rotate", "keys show")
)


def every_command(parser: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, str | None, bool]]:
    """(name, example, is_leaf) of every command below a parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                here = f"{path} {name}".strip()
                below = list(every_command(child, here))
                yield here, child.epilog, not below
                yield from below


COMMANDS = {name: (example, is_leaf) for name, example, is_leaf in every_command(make_parser([]))}


class Shell:
    """Runs `yimen` in this process at one node, without a terminal."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self.capsys, self.password = capsys, folder / "password.txt"
        self.password.write_text(PASSWORD + "\n")

    def runs(self, at: Counter | Path, *words: str, as_: str = "") -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        folder = at if isinstance(at, Path) else at.settings.data_folder
        who = ["--account", as_, "--password-file", str(self.password)] if as_ else []
        self.capsys.readouterr()
        code = main([*words, "--dir", str(folder), *who])
        return code, *self.capsys.readouterr()


@pytest.fixture
def shell(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    """A shell without a terminal: nothing may wait for an answer."""
    with open("/dev/null") as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        yield Shell(capsys, tmp_path)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[HallDesk]:
    """A hall and a village that joined it."""
    desk = HallDesk(tmp_path)
    yield desk
    desk.closes()


def test_every_command_of_the_surface_is_there() -> None:
    assert set(SURFACE) - set(COMMANDS) == set()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"] if "tuf-client " not in command else tuf(command))

    told = capsys.readouterr()
    assert ended.value.code == 0
    assert f"示例：yimen {command.split()[0]}" in re.sub(r"\s+", " ", told.out)
    assert told.err == ""


def tuf(command: str) -> list[str]:
    """The client's action comes after its options."""
    return ["tuf-client", "--metadata-dir", "m", command.split()[1], "--help"]


@pytest.mark.parametrize("command", sorted(name for name, (_, is_leaf) in COMMANDS.items() if is_leaf))
def test_every_command_speaks_json_when_asked(command: str) -> None:
    parser = make_parser([])
    for word in command.split():
        actions = (one for one in parser._actions if isinstance(one, argparse._SubParsersAction))
        parent, parser = parser, next(actions).choices[word]
    flags = {flag for one in (parser, parent) for action in one._actions for flag in action.option_strings}

    assert "--json" in flags


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"yimen {program_version()}\n"


@pytest.mark.parametrize(
    "words",
    [[], ["nonsense"], ["bundle"], ["case"], ["hall", "dance"], ["catalog", "show"], ["hall", "revoke"]],
)
def test_wrong_usage_ends_with_2_and_says_nothing_on_standard_output(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: object = main(words)
    except SystemExit as ended:
        code = ended.code

    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert "usage: yimen" in told.err


LOCKED = (
    [["case", "list"], ["case", "show", "1"], ["account", "list"], ["day-end"], ["sync", "--once"], ["trust"]]
    + [["hall", word] for word in ("fleet", "inbox", "stats")]
    + [["hall", "revoke", "x", "--reason", "y"], ["bundle", "export", "x"], ["backup", "x"]]
)


@pytest.mark.parametrize("words", LOCKED, ids=" ".join)
def test_private_data_without_a_password_is_refused_in_words(
    words: list[str], station: Counter, shell: Shell
) -> None:
    code, out, err = shell.runs(station, *words, "--json")

    assert (code, out) == (1, "")
    assert [line.partition("：")[0] for line in err.splitlines()] == ["错误", "原因", "下一步"]
    assert "--account" in err


@pytest.mark.parametrize("words", LOCKED, ids=" ".join)
def test_a_folder_without_a_node_is_named(words: list[str], tmp_path: Path, shell: Shell) -> None:
    code, out, err = shell.runs(tmp_path / "empty", *words)

    assert (code, out) == (1, "")
    assert "这里还没有站点" in err and "下一步：" in err


def test_the_catalog_can_be_looked_at_without_a_password(desk: HallDesk, shell: Shell) -> None:
    looked = [["search", "gljt"], ["show", "L05000000001"], ["status"], ["diff", "1", "1"]]

    for words in looked:
        code, out, err = shell.runs(desk.village, "catalog", *words, "--json")
        assert (code, err) == (0, "") and json.loads(out) is not None, words


def test_a_hall_tells_scripts_its_stations_its_inbox_and_its_figures(desk: HallDesk, shell: Shell) -> None:
    case_id = desk.arrives()

    fleet = answer(shell, desk.hall, "hall", "fleet")["stations"]
    inbox = answer(shell, desk.hall, "hall", "inbox", "--group", "new")
    stats = answer(shell, desk.hall, "hall", "stats")

    assert [one["division"] for one in fleet] == ["440205100201"] and fleet[0]["heard_at"]
    assert [one["case_id"] for one in inbox["cases"]] == [case_id]
    assert inbox["cases"][0]["clock"]["name"] == "5 日告知期" and inbox["counts"]["new"] == 1
    assert stats["cases"] == 1 and stats["by_department"] == {"曲江区民政局": 1}


def test_figures_say_how_complete_they_are(desk: HallDesk) -> None:
    desk.arrives()
    hall = desk.hall.node

    with hall.using():
        soon = statistics_of(hall.facts.node_id, desk.hall.time.at)
        later = statistics_of(hall.facts.node_id, desk.hall.time.at + timedelta(days=5))

    assert soon.is_complete and "统计完整" in soon.note
    assert later.silent == ("示范村便民服务站",) and "统计可能不全" in later.note


def test_a_station_is_revoked_by_its_division_and_only_once(desk: HallDesk, shell: Shell) -> None:
    words = ("hall", "revoke", "440205100201", "--reason", "电脑被盗")

    assert answer(shell, desk.hall, *words)["is_active"] is False
    code, out, err = shell.runs(desk.hall, *words, as_="boss")
    assert (code, out) == (1, "") and "已经停用" in err


@pytest.mark.parametrize(
    "words",
    [
        ["revoke", "440299999999", "--reason", "x"],
        ["revoke", "440205100201", "--reason", " "],
        ["inbox", "--limit", "0"],
    ],
)
def test_a_hall_refuses_what_makes_no_sense(desk: HallDesk, shell: Shell, words: list[str]) -> None:
    code, out, err = shell.runs(desk.hall, "hall", *words, as_="boss")

    assert (code, out) == (1, "") and "下一步：" in err


def test_only_an_administrator_revokes(desk: HallDesk, shell: Shell) -> None:
    words = ("hall", "revoke", "440205100201", "--reason", "x")

    assert shell.runs(desk.hall, *words, as_="reviewer")[0] == 1
    assert answer(shell, desk.hall, "hall", "fleet")["stations"][0]["is_active"] is True


def test_the_hall_s_commands_name_the_right_folder_at_a_station(desk: HallDesk, shell: Shell) -> None:
    for word in ("fleet", "inbox", "stats"):
        code, out, err = shell.runs(desk.village, "hall", word, as_="boss")
        assert (code, out) == (1, "") and "大厅" in err


def test_cases_are_listed_and_shown_as_one_document(desk: HallDesk, shell: Shell) -> None:
    case_id = desk.arrives()

    [line] = answer(shell, desk.village, "case", "list")["cases"]
    shown = answer(shell, desk.village, "case", "show", line["receipt_number"])["cases"]

    assert line["case_id"] == case_id == shown[0]["case_id"]
    assert shown[0]["timeline"]


def answer(shell: Shell, at: Counter, *words: str) -> dict:
    """The JSON document of a command that succeeds."""
    code, out, err = shell.runs(at, *words, "--json", as_="boss")
    assert code == 0, err
    return json.loads(out)
