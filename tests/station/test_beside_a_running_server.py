"""What an administrator runs while `yimen serve` serves the folder: reading and mail work, founding does not.

The servers are processes of their own; the commands run in this one, as quick as they are.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.cli import main
from tests.station.test_server import Nodes, read

DIVISION = "440205100201"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """A hall and a village that joined it, both served, exchanging every second."""
    nodes = Nodes(tmp_path_factory.mktemp("county"))
    hall = nodes.serves(nodes.makes("county"), "--unattended")
    village = nodes.makes("village")
    made = nodes.yimen("enrol-code", "--for", DIVISION, "--dir", str(nodes.folder / "county"), "--json")
    code = json.loads(made.stdout)["code"]
    joined = nodes.yimen("enrol", "--code", code, "--hall", hall, "--dir", str(village))
    assert joined.returncode == 0, joined.stderr
    nodes.serves(village, "--unattended")
    yield nodes
    for process in nodes.running:
        process.kill()
        process.communicate()


Shell = Callable[..., tuple[int, str, str]]


@pytest.fixture
def runs(county: Nodes, capsys: pytest.CaptureFixture[str]) -> Shell:
    """One command at a node that is being served: exit code, standard output, standard error."""

    def run(node: str, *words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words, "--json", "--dir", str(county.folder / node)])
        return code, *capsys.readouterr()

    return run


@pytest.mark.parametrize(
    "words",
    [
        ["sync", "--once"],
        ["case", "list"],
        ["day-end"],
        ["doctor"],
        ["trust"],
        ["backup", "FILE"],
        ["bundle", "export", "FILE"],
    ],
    ids=" ".join,
)
def test_a_station_s_commands_work_beside_its_server(
    county: Nodes, runs: Shell, tmp_path: Path, words: list[str]
) -> None:
    code, out, err = runs("village", *[word.replace("FILE", str(tmp_path / "file")) for word in words])

    assert code == 0, err
    assert isinstance(json.loads(out), dict)
    assert is_open(county, "village")


@pytest.mark.parametrize(
    "words", [["enrol-code", "--for", DIVISION], ["hall", "fleet"], ["hall", "stats"]], ids=" ".join
)
def test_a_hall_s_commands_work_beside_its_server(county: Nodes, runs: Shell, words: list[str]) -> None:
    code, _, err = runs("county", *words)

    assert code == 0, err
    assert is_open(county, "county")


def test_a_stick_is_taken_in_beside_the_server(county: Nodes, runs: Shell, tmp_path: Path) -> None:
    stick = tmp_path / "stick.ymb"
    assert runs("village", "bundle", "export", str(stick))[0] == 0

    code, _, err = runs("county", "bundle", "import", str(stick))

    assert code == 0, err
    assert is_open(county, "county")


def test_exchanging_by_hand_while_the_server_exchanges_leaves_both_well(county: Nodes, runs: Shell) -> None:
    for _ in range(4):
        code, _, err = runs("village", "sync", "--once")
        assert code == 0, err

    for node in ("village", "county"):
        assert json.loads(runs(node, "doctor")[1])["is_well"] is True


def test_a_catalog_that_cannot_be_had_is_refused_beside_the_server_and_breaks_nothing(
    county: Nodes, runs: Shell
) -> None:
    code, _, err = runs("village", "catalog", "update")

    assert code == 0 or (code == 1 and "下一步：" in err)
    assert is_open(county, "village")


def test_founding_and_restoring_keep_away_from_a_folder_in_use(
    county: Nodes, runs: Shell, tmp_path: Path
) -> None:
    secret = ("--password-file", str(county.folder / "password.txt"))
    place = ("--level", "village", "--name", "示范村", "--division", DIVISION)
    assert runs("village", "backup", str(tmp_path / "b"))[0] == 0

    again = runs("village", "init", *place, *secret)
    over = runs("village", "restore", str(tmp_path / "b"))

    assert again[0] == 1 and "已经有站点" in again[2]
    assert over[0] == 1 and "不是空文件夹" in over[2]
    assert is_open(county, "village")


def is_open(county: Nodes, node: str) -> bool:
    """Whether the node's server answers and has its data open."""
    address = (county.folder / node / "serve.address").read_text()
    return bool(json.loads(read(f"{address}/healthz"))["state"] == "open")
