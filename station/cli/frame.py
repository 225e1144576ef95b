"""What every command shares: where the data is, who unlocks it, how answers and refusals are told.

def add(subparsers):
    parser = subparsers.add_parser("case", help="办件", epilog="示例：yimen case list --json")
    frame.data_options(parser, is_private=True)
    parser.set_defaults(run=list_cases)

def list_cases(options) -> int:
    with frame.open_node(options) as node:       # inside, the tables are this node's
        frame.tell(options, {"cases": [...]}, lines=["..."])
    return 0
"""

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peewee
from sqlcipher3 import dbapi2 as sqlcipher

from catalog_cache.errors import CatalogError
from station.accounts.models import Account
from station.accounts.roles import Role, spoken
from station.accounts.service import authenticate
from station.errors import BadSetting, DiskFull, NotAllowed, NotSetUp, StationError
from station.node import Installation, Node
from station.reserve import is_disk_full
from station.settings import Settings, from_environment
from station.unattended import find_key
from station.vault import clean_name
from sync.errors import SyncError

Run = Callable[[argparse.Namespace], int]
PASSWORD_FILE_BYTES_MAX = 4096


def data_options(parser: argparse.ArgumentParser, *, is_private: bool = False) -> None:
    """--dir and --json; with `is_private` also --account and --password-file."""
    parser.add_argument("--dir", metavar="文件夹", help="数据文件夹（默认 YIMEN_DIR，或系统的数据位置）")
    parser.add_argument("--json", action="store_true", help="只输出一份 JSON")
    if is_private:
        parser.add_argument("--account", metavar="账号", help="用哪个账号打开本站数据")
        parser.add_argument("--password-file", metavar="文件", help="密码所在的文件（第一行）")


def data_folder(options: argparse.Namespace) -> Path:
    """The node's data folder: --dir, YIMEN_DIR, or the platform's place."""
    given = getattr(options, "dir", None) or os.environ.get("YIMEN_DIR")
    return Path(given).expanduser().absolute() if given else platform_folder()


def platform_folder() -> Path:
    """Where this system keeps a program's data."""
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "yimen"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "yimen"


def settings_of(options: argparse.Namespace, **given: object) -> Settings:
    """Settings from the environment and the command line."""
    return from_environment(data_folder(options), os.environ, **given)


def installation_of(options: argparse.Namespace) -> Installation:
    """The installation in the data folder, locked. Raises NotSetUp."""
    installation = Installation(settings_of(options))
    if installation.facts is None:
        raise NotSetUp(str(installation.settings.data_folder))
    return installation


@contextmanager
def open_node(options: argparse.Namespace) -> Iterator[Node]:
    """The open node with its tables in use; closed again afterwards.

    Unlocked by --account and --password-file, else by the unattended key, else by a prompt.
    """
    installation = installation_of(options)
    try:
        node = _unlocked(installation, options)
        with node.using():
            yield node
    finally:
        installation.close()


def acting_person(options: argparse.Namespace) -> str:
    """The account a command acts for, as the audit log shows it."""
    return getattr(options, "account", None) or "#command"


def require_role(options: argparse.Namespace, role: Role) -> None:
    """Only a person with the role goes on; inside `open_node`. Raises NotAllowed.

    A node opened without a person (its own key file) is its administrator's.
    """
    name = getattr(options, "account", None)
    if name is None:
        return
    person = Account.get_or_none(Account.name == clean_name(name))
    if person is None or role not in person.roles:
        raise NotAllowed(spoken((role,)))


def read_password(options: argparse.Namespace, prompt: str = "密码：") -> str:
    """The first line of --password-file, or what is typed at a prompt. Raises BadSetting."""
    name = getattr(options, "password_file", None)
    if name is not None:
        return password_from(Path(name))
    if not sys.stdin.isatty():
        raise BadSetting("--password-file", "（没有给出）", "一个第一行是密码的文件；没有终端时必须给出")
    return getpass.getpass(prompt)


def password_from(path: Path) -> str:
    """The first line of a password file. Raises BadSetting."""
    try:
        with path.open("rb") as file:
            first = file.read(PASSWORD_FILE_BYTES_MAX).split(b"\n", 1)[0]
        return first.decode("utf-8").rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting("--password-file", str(path), "一个能读的 UTF-8 文本文件") from error


def tell(options: argparse.Namespace, document: Any, lines: Sequence[str]) -> None:
    """The answer on standard output: one JSON document with --json, else the lines."""
    if getattr(options, "json", False):
        print(json.dumps(document, ensure_ascii=False, indent=1, default=str))
        return
    for line in lines:
        print(line)


def note(text: str) -> None:
    """Progress and remarks, on standard error, so that --json stays alone on standard output."""
    print(text, file=sys.stderr, flush=True)


def run_told(run: Run, options: argparse.Namespace) -> int:
    """Run a command; a refusal becomes what / why / next step on standard error and exit code 1."""
    try:
        return run(options)
    except KeyboardInterrupt:
        note("已停止。")
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (StationError, SyncError, CatalogError) as error:
        return tell_refusal(error.what, error.why, error.next_step)
    except (peewee.OperationalError, sqlcipher.OperationalError) as error:
        if not is_disk_full(error):
            raise
        full = DiskFull()
        return tell_refusal(full.what, full.why, full.next_step)
    except OSError as error:
        why = f"{error.filename or ''} {error.strerror or error}".strip()
        return tell_refusal("文件读写没有成功。", f"{why}。", "请检查路径、权限和磁盘空间后重试。")


def tell_refusal(what: str, why: str, next_step: str) -> int:
    """Write a refusal to standard error; returns the exit code 1."""
    for label, text in (("错误", what), ("原因", why), ("下一步", next_step)):
        note(f"{label}：{text}")
    return 1


def _unlocked(installation: Installation, options: argparse.Namespace) -> Node:
    account = getattr(options, "account", None)
    if account is None:
        key = find_key(installation.settings.data_folder, os.environ)
        if key is not None:
            return installation.open_with_key(key)
        if not sys.stdin.isatty():
            raise BadSetting("--account", "（没有给出）", "账号名，并用 --password-file 给出密码文件")
        account = input("账号：")
    node, _ = authenticate(installation, account, read_password(options), now=installation.clock.now())
    return node
