"""The frame's own commands, as a script sees them: exit codes, one JSON document, refusals in words."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from station.cli import TOPICS, main
from station.cli.frame import password_from
from station.errors import BadSetting

PASSWORD = "correct horse 42"


class Shell:
    """Runs `yimen` in this process, in a folder of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.err = ""
        self.password = folder / "password.txt"
        self.password.write_text(PASSWORD + "\n", "utf-8")

    def runs(self, *words: str, node: str = "node") -> tuple[int, str]:
        code = main([*words, "--dir", str(self.folder / node)])
        told = self.capsys.readouterr()
        self.err = told.err
        return code, told.out

    def asks(self, *words: str, node: str = "node") -> Any:
        """As the administrator, with --json."""
        who = ("--account", "admin", "--password-file", str(self.password))
        code, out = self.runs(*words, *who, "--json", node=node)
        assert code == 0, self.err
        return json.loads(out)

    def inits(self, *words: str) -> tuple[int, str]:
        place = ("--level", "village", "--name", "示范村", "--division", "440205100201")
        return self.runs("init", *place, "--password-file", str(self.password), *words)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115 - a command without a terminal
    return Shell(tmp_path, capsys)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One node, made once by the real command; stories that only need a node work on a copy."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "password.txt").write_text(PASSWORD + "\n", "utf-8")
    place = ("--level", "village", "--name", "示范村", "--division", "440205100201")
    words = ("--password-file", str(folder / "password.txt"), "--dir", str(folder / "node"))
    assert main(["init", *place, *words, "--recovery-file", str(folder / "code.txt")]) == 0
    return folder


@pytest.fixture
def home(shell: Shell, template: Path) -> Shell:
    """A shell whose node is there already."""
    shutil.copytree(template / "node", shell.folder / "node")
    shutil.copy(template / "code.txt", shell.folder / "code.txt")
    return shell


def test_init_makes_a_node_and_tells_the_recovery_code_once(shell: Shell) -> None:
    code, out = shell.inits("--json")

    told = json.loads(out)
    assert code == 0
    assert told["division"] == "440205100201" and len(told["recovery_code"]) == 29
    assert told["recovery_code"] not in (shell.folder / "node" / "vault.json").read_text()


def test_init_twice_changes_nothing(home: Shell) -> None:
    before = (home.folder / "node" / "vault.json").read_bytes()

    code, _ = home.inits()

    assert code == 1
    assert "已经有站点" in home.err and "下一步" in home.err
    assert (home.folder / "node" / "vault.json").read_bytes() == before


@pytest.mark.parametrize(
    "words", [("--level", "planet"), ("--division", "12"), ("--name", ""), ("--parent", "gopher://x")]
)
def test_init_with_a_bad_value_leaves_no_node(shell: Shell, words: tuple[str, str]) -> None:
    code, out = shell.inits(*words)

    assert (code, out) == (1, "")
    assert all(word in shell.err for word in ("错误：", "原因：", "下一步："))
    assert not (shell.folder / "node" / "node.json").exists()


def test_wrong_usage_is_exit_code_2(shell: Shell) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["init"])
    assert ended.value.code == 2
    assert main([]) == 2


def test_people_are_added_listed_reset_and_disabled(home: Shell) -> None:
    first = home.folder / "first.txt"
    first.write_text("blue bicycle 77\n")

    new = ("--name", "李示例", "--role", "agent", "--new-password-file", str(first))
    assert home.asks("account", "add", "li", *new)["roles"] == ["agent"]
    assert [one["name"] for one in home.asks("account", "list")["accounts"]] == ["admin", "li"]
    home.asks("account", "reset", "li", "--new-password-file", str(home.password))
    assert home.asks("account", "disable", "li")["is_active"] is False


def test_a_person_without_the_role_adds_nobody(home: Shell) -> None:
    new = ("--name", "李示例", "--role", "agent", "--new-password-file", str(home.password))
    home.asks("account", "add", "li", *new)

    who = ("--account", "li", "--password-file", str(home.password))
    code, _ = home.runs("account", "add", "wang", *new, *who)

    assert code == 1 and "岗位" in home.err


def test_the_recovery_code_resets_a_lost_password(home: Shell) -> None:
    code_file, new = home.folder / "code.txt", home.folder / "new.txt"
    new.write_text("green ladder 88")

    words = (
        "account",
        "reset",
        "admin",
        "--recovery-code-file",
        str(code_file),
        "--new-password-file",
        str(new),
    )
    assert home.runs(*words)[0] == 0
    home.password = new
    assert home.asks("account", "list")


def test_a_wrong_password_is_a_refusal_with_a_next_step(home: Shell) -> None:
    home.password.write_text("wrong password")

    who = ("--account", "admin", "--password-file", str(home.password))
    assert home.runs("account", "list", *who)[0] == 1
    assert "账号或密码不对" in home.err and PASSWORD not in home.err


def test_without_a_terminal_and_without_a_password_nothing_hangs(home: Shell) -> None:

    assert home.runs("account", "list")[0] == 1
    assert "--account" in home.err


def test_a_folder_without_a_node_says_so(shell: Shell) -> None:
    assert shell.runs("account", "list", node="empty")[0] == 1
    assert "这里还没有站点" in shell.err


def test_doctor_is_content_with_a_new_station_and_says_what_is_still_to_do(home: Shell) -> None:

    told = home.asks("doctor")

    assert told["is_well"] is True
    assert {one["area"] for one in told["findings"]} >= {
        "disk",
        "catalog",
        "database",
        "keys",
        "clock",
        "queue",
    }
    assert all(one["next_step"] for one in told["findings"] if one["level"] != "ok")


def test_doctor_looks_from_outside_while_the_data_is_locked(home: Shell) -> None:

    code, out = home.runs("doctor", "--json")

    assert code == 0
    assert {one["area"] for one in json.loads(out)["findings"]} == {"disk", "catalog", "vault"}


def test_doctor_finds_a_damaged_log_and_fails(shell: Shell) -> None:
    shell.inits("--unattended")
    from station.audit import AuditLine
    from station.node import Installation
    from station.settings import Settings
    from station.unattended import find_key

    installation = Installation(Settings(shell.folder / "node"))
    key = find_key(shell.folder / "node", {})
    assert key is not None
    with installation.open_with_key(key).using():
        AuditLine.update(act="nothing").where(AuditLine.number == 1).execute()
    installation.close()

    code, out = shell.runs("doctor")
    assert code == 1
    assert "操作记录从第 1 条起对不上" in out


def test_a_backup_comes_back_in_a_new_folder(home: Shell) -> None:
    file = str(home.folder / "a.backup")

    assert home.asks("backup", file)["files"] == 3
    restored = home.asks("restore", file, node="again")
    assert restored["dir"].endswith("again")
    assert home.asks("doctor", node="again")["is_well"] is True


def test_the_day_end_sheet_of_a_new_station_balances(home: Shell) -> None:

    assert home.asks("day-end")["difference"] == 0


def test_every_command_of_the_frame_has_help_with_an_example(shell: Shell) -> None:
    for word in ("init", "serve", "desktop", "doctor", "backup", "restore", "day-end"):
        assert word in TOPICS
        with pytest.raises(SystemExit) as ended:
            main([word, "--help"])
        assert ended.value.code == 0
        assert "示例：yimen" in shell.capsys.readouterr().out


def test_a_password_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "missing", tmp_path / "odd", tmp_path):
        with pytest.raises(BadSetting):
            password_from(path)
