"""docs/key-drill.md, played command by command as an administrator would type it."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from catalog_cache.demonstration import holiday_table
from catalog_cache.signatures import keyfile
from station.cli import main
from tests.station.publishing_desk import CHEAP, ITEMS, PASSPHRASE
from tests.tools.counter import PASSWORD, Counter

DRILL = Path(__file__).parents[2] / "docs/key-drill.md"
PROMISED, REFUSED = "# 预期：", "# 应被拒绝："
STEPS_MIN = 40


class Step:
    """One command of the drill, and what it has to say."""

    def __init__(self, command: str) -> None:
        self.command = command
        self.promised: list[str] = []
        self.refused: list[str] = []


def steps() -> list[Step]:
    """Every command of the page, in its order."""
    found: list[Step] = []
    for block in re.findall(r"^```sh\n(.*?)^```$", DRILL.read_text("utf-8"), re.S | re.M):
        for line in block.splitlines():
            if line.startswith(PROMISED):
                found[-1].promised.append(line.removeprefix(PROMISED))
            elif line.startswith(REFUSED):
                found[-1].refused.append(line.removeprefix(REFUSED))
            else:
                found.append(Step(line))
    return found


def does(command: str, folder: Path) -> int:
    """Run one line: a command of ours, or one of the few of the shell that the page uses."""
    words = shlex.split(command)
    if words[0] == "yimen":
        return main(words[1:])
    paths = [folder / word for word in words[1:] if not word.startswith("-")]
    assert all(path.absolute().is_relative_to(folder) for path in paths), command
    if words[0] == "rm":
        shutil.rmtree(paths[0]) if paths[0].is_dir() else paths[0].unlink()
    elif words[0] == "cp":
        shutil.copytree(*paths)
    else:
        assert words[0] == "mv", command
        shutil.move(*paths)
    return 0


@pytest.fixture
def folder(tmp_path: Path, hall: Counter, station: Counter, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the drill begins: two nodes, a password, a passphrase, a table of items."""
    folder = tmp_path / "drill"
    folder.mkdir()
    hall.adds("editor", "编辑示例")
    hall.adds("publisher", "发布示例")
    for name, node in (("hall", hall), ("station", station)):
        (folder / name).symlink_to(node.settings.data_folder)
        node.closes()
    (folder / "password.txt").write_text(f"{PASSWORD}\n", "utf-8")
    (folder / "passphrase.txt").write_text(f"{PASSPHRASE}\n", "utf-8")
    (folder / "items.json").write_text(json.dumps([item.to_dict() for item in ITEMS]), "utf-8")
    (folder / "holidays.json").write_bytes(holiday_table())
    monkeypatch.chdir(folder)
    # Sixty openings of a real key file would take a minute; how slow one is, test_keyfile.py looks at.
    monkeypatch.setattr(keyfile.new_key, "__defaults__", (CHEAP,))
    return folder


def test_every_command_of_the_key_drill_does_what_the_page_promises(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    played = steps()
    for number, step in enumerate(played, 1):
        capsys.readouterr()
        code = does(step.command, folder)
        out, err = capsys.readouterr()
        where = f"step {number}: {step.command}\n{out}{err}"
        assert code == (1 if step.refused else 0), where
        assert all(words in out for words in step.promised), where
        assert all(words in err for words in step.refused), where
    assert len(played) >= STEPS_MIN


def test_the_drill_plays_every_command_for_keys(folder: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["catalog", "keys", "--help"])
    offered = set(re.findall(r"^    ([a-z]+) ", capsys.readouterr().out, re.M))

    played = {step.command.split()[3] for step in steps() if step.command.startswith("yimen catalog keys")}

    assert offered and offered == played
