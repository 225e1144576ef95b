"""`yimen tuf-client` as the public conformance suite calls it: one process a command, over real HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pytest
from tuf.api.metadata import DelegatedRole, Delegations, MetaFile, Snapshot, Targets

from catalog_cache.signatures.metadata import expiry
from station.cli import main
from tests.catalog_cache.press import PACK_PATH, Mirror, Press, new_signer

ROOT_FOLDER = Path(__file__).parents[2]


class Suite:
    """A repository on a web server, and the commands of a client that starts with nothing."""

    def __init__(self, folder: Path) -> None:
        self.press = Press(folder / "press", now=datetime.now(UTC).replace(microsecond=0) - timedelta(days=3))
        self.press.publishes(1)
        self.metadata_dir, self.target_dir = folder / "metadata", folder / "downloads"
        self.asked: list[str] = []
        (folder / "root.json").write_bytes(self.press.root)
        self.root = folder / "root.json"
        self.served = self.press.folder
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        suite = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                suite.asked.append(self.path.rpartition("/")[2])
                path = suite.served / self.path.lstrip("/")
                self.send_response(200 if path.is_file() else 404)
                self.end_headers()
                if path.is_file():
                    self.wfile.write(path.read_bytes())

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def runs(self, *command: str) -> int:
        return main(["tuf-client", "--metadata-dir", str(self.metadata_dir), *command])

    def inits(self) -> int:
        return self.runs("init", str(self.root))

    def refreshes(self) -> int:
        return self.runs("--metadata-url", f"{self.url}/metadata", "refresh")

    def downloads(self, *names: str) -> int:
        named = [part for name in names for part in ("--target-name", name)]
        urls = ["--metadata-url", f"{self.url}/metadata", "--target-base-url", f"{self.url}/targets"]
        return self.runs(*urls, *named, "--target-dir", str(self.target_dir), "download")

    def downloaded(self) -> list[bytes]:
        return [path.read_bytes() for path in self.target_dir.glob("*")]


@pytest.fixture
def suite(tmp_path: Path) -> Iterator[Suite]:
    suite = Suite(tmp_path)
    yield suite
    suite.server.shutdown()
    suite.server.server_close()


def test_init_asks_no_server_and_refresh_asks_in_the_order_of_the_workflow(suite: Suite):
    assert suite.inits() == 0
    assert suite.asked == []
    assert suite.refreshes() == 0
    assert suite.asked == ["2.root.json", "timestamp.json", "2.snapshot.json", "1.targets.json"]
    kept = sorted(path.name for path in suite.metadata_dir.glob("*.json"))
    assert kept == ["root.json", "snapshot.json", "targets.json", "timestamp.json"]


def test_a_second_refresh_asks_for_the_next_root_and_the_timestamp_only(suite: Suite):
    suite.inits()
    suite.refreshes()
    suite.asked.clear()

    assert suite.refreshes() == 0
    assert suite.asked == ["2.root.json", "timestamp.json"]


def test_a_download_refreshes_first_and_lies_in_the_folder_as_signed(suite: Suite):
    suite.inits()

    assert suite.downloads(PACK_PATH, "city/holidays.json") == 0
    assert suite.press.repository.content("pack.jsonl") in suite.downloaded()
    assert len(suite.downloaded()) == 2


def test_what_was_downloaded_before_is_not_fetched_again(suite: Suite):
    suite.inits()
    suite.downloads(PACK_PATH)
    suite.asked.clear()

    assert suite.downloads(PACK_PATH) == 0
    assert suite.asked == ["2.root.json", "timestamp.json"]


def test_a_newer_version_takes_the_place_of_the_older_one_under_the_same_name(suite: Suite):
    suite.inits()
    suite.downloads(PACK_PATH)
    [before] = suite.target_dir.iterdir()
    suite.press.publishes(2, "新的一版", days=0)

    assert suite.downloads(PACK_PATH) == 0
    assert list(suite.target_dir.iterdir()) == [before]
    assert before.read_bytes() == suite.press.repository.content("pack.jsonl")


def test_a_file_that_was_exchanged_on_the_server_replaces_nothing(suite: Suite, tmp_path: Path):
    suite.inits()
    suite.downloads(PACK_PATH)
    held = suite.downloaded()
    suite.served = suite.press.copies_to(tmp_path / "exchanged")
    for path in (suite.served / "targets").rglob("*.json*"):
        path.write_bytes(b"exchanged")

    suite.downloads(PACK_PATH)

    assert suite.downloads("city/holidays.json") == 1
    assert suite.downloaded() == held


def test_a_file_nobody_signed_fails_after_the_metadata_was_updated(suite: Suite):
    suite.inits()

    assert suite.downloads("nonexistent") == 1
    assert suite.downloaded() == []
    assert (suite.metadata_dir / "targets.json").exists()


@pytest.mark.parametrize("root", [b"{}", b"", b'{"signed": {}, "signatures": []}'])
def test_an_invalid_first_root_leads_to_no_request_at_all(suite: Suite, root: bytes):
    suite.root.write_bytes(root)

    assert suite.inits() == 1
    assert suite.refreshes() == 1
    assert suite.asked == []


@pytest.mark.parametrize("name", ["?", "#", "/delegatedrole", "../delegatedrole", "百分号%"])
def test_an_unusual_role_name_stays_inside_folder_and_address(suite: Suite, name: str, tmp_path: Path):
    mirror = Mirror(suite.press, tmp_path / "mirror")
    key, targets = new_signer(), mirror.read(Targets, "targets")
    targets.version = 2
    targets.delegations = Delegations(
        {key.public_key.keyid: key.public_key},
        {name: DelegatedRole(name, [key.public_key.keyid], 1, False, ["*"])},
    )
    mirror.writes("targets", targets, *suite.press.city_signers)
    mirror.writes(name, Targets(expires=expiry("county", datetime.now(UTC))), key)
    snapshot = mirror.read(Snapshot, "snapshot")
    snapshot.version += 1
    snapshot.meta |= {"targets.json": MetaFile(2), f"{name}.json": MetaFile(1)}
    mirror.names(snapshot)
    suite.served = mirror.folder
    suite.inits()
    suite.downloads("nonexistent")

    assert suite.asked[-1] == f"1.{quote(name, safe='')}.json"
    names = [path.name for path in suite.metadata_dir.iterdir()]
    assert len([name for name in names if name.endswith(".json")]) == 5
    assert [name for name in names if not name.endswith(".json")] == ["root_history"]


def test_the_command_runs_as_a_process_of_its_own_and_answers_in_json(suite: Suite):
    suite.inits()
    command = ["-m", "station.cli", "tuf-client", "--json", "--metadata-dir", str(suite.metadata_dir)]
    urls = ["--metadata-url", f"{suite.url}/metadata", "refresh"]
    done = subprocess.run(
        [sys.executable, *command, *urls], cwd=ROOT_FOLDER, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"root": 1, "timestamp": 2, "snapshot": 2}


def test_wrong_usage_is_told_apart_from_a_refusal(suite: Suite, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as wrong:
        suite.runs("dance")
    assert wrong.value.code == 2
    assert suite.runs("refresh") == 1
    assert "--metadata-url" in capsys.readouterr().err


def test_an_expired_repository_is_refused_by_this_pcs_clock(
    suite: Suite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    old = Press(tmp_path / "old", now=datetime.now(UTC).replace(microsecond=0) - timedelta(days=50))
    suite.root.write_bytes(old.root)
    suite.served = old.folder
    suite.inits()

    assert suite.refreshes() == 1
    assert "timestamp 已于" in capsys.readouterr().err
