"""From two empty desks to a station's catalog, with commands alone, as an administrator scripts it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog_cache.signatures.ceremony import receipt_keys
from catalog_cache.signatures.keyfile import new_key
from station.cli import main
from station.hall.publishing import keys, release
from station.hall.publishing.desk import COUNTY_NAMES, KEYS_FOLDER
from tests.station.publishing_desk import CHEAP, ITEMS, PASSPHRASE
from tests.tools.counter import PASSWORD, Counter

Typed = Callable[..., int]


class Shell:
    """Runs `yimen catalog …`; what it printed is in `out` and `err`."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.out = self.err = ""
        self.password, self.passphrase = folder / "password.txt", folder / "passphrase.txt"
        self.password.write_text(PASSWORD + "\n")
        self.passphrase.write_text(PASSPHRASE + "\n")

    def runs(self, *words: object, at: Counter | None = None, by: str = "") -> int:
        """at: whose data folder; by: an account of it."""
        where = ["--dir", str(at.settings.data_folder)] if at else []
        who = ["--account", by, "--password-file", str(self.password)] if by else []
        self._capsys.readouterr()
        code = main(["catalog", *map(str, words), *where, *who, "--json"])
        self.out, self.err = self._capsys.readouterr()
        return code

    def told(self) -> Any:
        """The JSON document of the last command."""
        return json.loads(self.out)

    def signs(self, *words: object, **where: Any) -> int:
        """A command that needs the passphrase."""
        return self.runs(*words, "--passphrase-file", self.passphrase, **where)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, capsys)


@pytest.fixture
def county(hall: Counter, tmp_path: Path) -> Counter:
    """A county with its people and quickly opened key files; nothing is signed yet."""
    hall.adds("editor", "编辑示例")
    hall.adds("publisher", "发布示例")
    for name in COUNTY_NAMES:
        new_key(hall.settings.data_folder / KEYS_FOLDER / name, PASSPHRASE, CHEAP)
    for name in (*keys.ROOT_NAMES, *keys.CITY_NAMES):
        new_key(tmp_path / "city-keys" / name, PASSPHRASE, CHEAP)
    (tmp_path / "items.json").write_text(json.dumps([item.to_dict() for item in ITEMS], ensure_ascii=False))
    return hall


@pytest.fixture
def trusted(county: Counter, shell: Shell) -> Counter:
    """The same after ceremony and handover."""
    request, handover = shell.folder / "county.json", shell.folder / "handover"
    assert shell.signs("keys", "new", "--request", request, at=county, by="publisher") == 0, shell.err
    assert (
        shell.signs("keys", "ceremony", request, "--keys", shell.folder / "city-keys", "--out", handover) == 0
    )
    assert shell.signs("keys", "adopt", handover, at=county, by="publisher") == 0, shell.err
    return county


@pytest.fixture
def published(trusted: Counter, shell: Shell) -> Counter:
    """The same after the first version."""
    assert shell.runs("import", shell.folder / "items.json", at=trusted, by="editor") == 0, shell.err
    assert shell.runs("submit", at=trusted, by="editor") == 0, shell.err
    assert shell.runs("approve", at=trusted, by="publisher") == 0, shell.err
    assert shell.signs("publish", at=trusted, by="publisher") == 0, shell.err
    return trusted


def test_the_published_catalog_reaches_a_station_that_is_locked(
    published: Counter, shell: Shell, station: Counter
):
    stick, root = shell.folder / "stick", shell.folder / "handover/metadata/1.root.json"
    station.closes()

    assert shell.runs("export", stick, at=published) == 0, shell.err
    assert shell.runs("update", "--from", stick, "--root", root, at=station) == 0, shell.err
    first = shell.told()
    assert shell.runs("update", "--from", stick, at=station) == 0, shell.err

    assert (first["state"], first["version"]) == ("new", 1)
    assert (shell.told()["state"], shell.told()["requests"]) == ("current", 2)
    assert station.installation.catalog.current().count == len(ITEMS)  # type: ignore[union-attr]


def test_an_altered_stick_is_refused_with_exit_code_one(published: Counter, shell: Shell, station: Counter):
    stick, root = shell.folder / "stick", shell.folder / "handover/metadata/1.root.json"
    shell.runs("export", stick, at=published)
    [pack] = (stick / "targets").rglob("*.pack.jsonl.xz")
    pack.write_bytes(pack.read_bytes()[:-60])

    assert shell.runs("update", "--from", stick, "--root", root, at=station) == 1
    assert shell.told()["state"] == "refused"
    assert "现用目录不受影响" in shell.err


def test_an_older_stick_is_refused(published: Counter, shell: Shell, station: Counter):
    root = shell.folder / "handover/metadata/1.root.json"
    shell.runs("export", shell.folder / "old", at=published)
    published.time.passes(days=1)
    assert shell.signs("keys", "adopt", shell.folder / "handover", at=published, by="publisher") == 0, (
        shell.err
    )
    shell.runs("export", shell.folder / "new", at=published)
    shell.runs("update", "--from", shell.folder / "new", "--root", root, at=station)

    assert shell.runs("update", "--from", shell.folder / "old", at=station) == 1
    assert "不退回旧版" in shell.err


def test_a_place_that_is_not_there_is_an_ordinary_answer(published: Counter, shell: Shell, station: Counter):
    root = shell.folder / "handover/metadata/1.root.json"

    assert shell.runs("update", "--from", shell.folder / "no-stick", "--root", root, at=station) == 0
    assert shell.told()["state"] == "offline"


def test_a_station_without_a_parent_says_where_the_catalog_could_come_from(shell: Shell, station: Counter):
    assert shell.runs("update", at=station) == 1
    assert "--from" in shell.err


def test_the_receipt_key_in_the_root_is_the_halls_own(trusted: Counter, shell: Shell):
    [key] = receipt_keys((shell.folder / "handover/metadata/1.root.json").read_bytes())

    assert (key.node_id, key.division) == (trusted.node.facts.node_id, trusted.node.facts.division)
    assert key.key == trusted.node.keys.signing_public


def test_the_handover_can_be_compared_by_voice(county: Counter, shell: Shell):
    request, keys_folder = shell.folder / "county.json", shell.folder / "city-keys"
    shell.signs("keys", "new", "--request", request, at=county, by="publisher")
    shell.signs("keys", "ceremony", request, "--keys", keys_folder, "--out", shell.folder / "handover")

    assert [len(group) for group in shell.told()["fingerprint"].split()] == [4] * 5


def test_the_sender_cannot_approve_by_command_either(trusted: Counter, shell: Shell):
    shell.runs("import", shell.folder / "items.json", at=trusted, by="publisher")
    shell.runs("submit", at=trusted, by="publisher")

    assert shell.runs("approve", at=trusted, by="publisher") == 1
    assert "送审人不能审核" in shell.err
    assert shell.signs("publish", at=trusted, by="publisher") == 1
    assert "审核通过" in shell.err


def test_a_wrong_passphrase_is_refused_before_anything_is_signed(published: Counter, shell: Shell):
    shell.passphrase.write_text("another passphrase\n")

    assert shell.signs("publish", at=published, by="publisher") == 1
    assert "口令不对" in shell.err


def test_the_city_renews_its_word_and_the_county_takes_it_over(published: Counter, shell: Shell):
    handover, divisions = shell.folder / "handover", shell.folder / "divisions.csv"
    divisions.write_text("code,name\n")
    renew = ["keys", "renew", "--keys", shell.folder / "city-keys", "--out", handover, "--with-root"]

    assert shell.signs(*renew, "--file", f"divisions.csv={divisions}") == 0, shell.err
    assert shell.told()["version"] == 2
    assert shell.signs("keys", "adopt", handover, at=published, by="publisher") == 0, shell.err
    repository = release.Desk.of(published.node).repository
    assert repository.root_json() == (handover / "metadata/2.root.json").read_bytes()


def test_a_handover_of_somebody_else_is_refused(published: Counter, shell: Shell):
    stranger = shell.folder / "stranger"
    shutil.copytree(shell.folder / "handover", stranger)
    root = stranger / "metadata/1.root.json"
    (stranger / "metadata/2.root.json").write_bytes(root.read_bytes())

    assert shell.signs("keys", "adopt", stranger, at=published, by="publisher") == 1
    assert "版本号不符" in shell.err


@pytest.mark.parametrize("pair", ["divisions.csv", "x=no-such-file", "../x=handover"])
def test_a_city_file_that_cannot_be_read_or_named_is_refused(trusted: Counter, shell: Shell, pair: str):
    renew = ["keys", "renew", "--keys", shell.folder / "city-keys", "--out", shell.folder / "handover"]

    assert shell.signs(*renew, "--file", pair) == 1
    assert "下一步" in shell.err
