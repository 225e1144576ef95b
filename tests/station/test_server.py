"""The real server, as a process: it starts, keeps others out, joins a hall, and stops in order."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.errors import FolderInUse
from station.lockfile import FolderLock, address_in_use

PLACE = {
    "county": ("--level", "county", "--name", "曲江大厅", "--division", "440205000000"),
    "village": ("--level", "village", "--name", "示范村", "--division", "440205100201"),
}


class Nodes:
    """Folders of nodes and the servers on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[str]] = []
        (folder / "password.txt").write_text("correct horse 42\n")

    def yimen(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "station.cli", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)

    def makes(self, level: str) -> Path:
        folder = self.folder / level
        secret = ("--password-file", str(self.folder / "password.txt"))
        done = self.yimen("init", *PLACE[level], *secret, "--unattended", "--dir", str(folder))
        assert done.returncode == 0, done.stderr
        return folder

    def serves(self, folder: Path, *words: str, seconds: int = 60) -> str:
        """Start a server on a free port; returns its address once it answers."""
        command = [sys.executable, "-m", "station.cli", "serve", "--dir", str(folder), "--port", "0", *words]
        environment = os.environ | {"YIMEN_EXCHANGE_SECONDS": "1"}
        self.running.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment))
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            address = address_in_use(folder)
            if address is not None and self._answers(address):
                return address
            assert self.running[-1].poll() is None, self.running[-1].communicate()[1]
            time.sleep(0.05)
        raise AssertionError("no answer in time")

    def _answers(self, address: str) -> bool:
        try:
            return bool(read(address.split("/setup")[0] + "/healthz"))
        except OSError:
            return False


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    nodes = Nodes(tmp_path)
    yield nodes
    for process in nodes.running:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def test_a_server_stops_in_order_when_it_is_told_to(nodes: Nodes) -> None:
    address = nodes.serves(nodes.makes("village"), "--unattended")
    assert json.loads(read(f"{address}/healthz"))["state"] == "open"

    nodes.running[0].send_signal(signal.SIGTERM)

    told = nodes.running[0].communicate(timeout=20)[1]
    assert nodes.running[0].returncode == 0
    assert "钥匙与数据放在同一台机器上" in told, "the risk of an unattended key is said"


def test_a_second_server_on_the_same_folder_is_refused(nodes: Nodes) -> None:
    folder = nodes.makes("village")
    nodes.serves(folder)

    second = nodes.yimen("serve", "--dir", str(folder), "--port", "0")

    assert second.returncode == 1
    assert "已经在运行" in second.stderr


def test_a_port_that_is_taken_is_named(nodes: Nodes) -> None:
    address = nodes.serves(nodes.makes("village"))

    second = nodes.yimen("serve", "--dir", str(nodes.folder / "other"), "--port", address.rpartition(":")[2])

    assert second.returncode == 1
    assert "host / port" in second.stderr


def test_a_new_folder_is_served_with_a_one_time_code_for_the_wizard(nodes: Nodes) -> None:
    address = nodes.serves(nodes.folder / "new")

    assert "/setup/?code=" in address
    assert (
        "这台电脑放在哪里"
        in urllib.request.build_opener(urllib.request.HTTPCookieProcessor()).open(address).read().decode()
    )


def test_a_station_joins_a_running_hall_and_both_see_the_link(nodes: Nodes) -> None:
    hall = nodes.serves(nodes.makes("county"), "--unattended")
    village = nodes.makes("village")
    made = nodes.yimen("enrol-code", "--for", "440205100201", "--dir", str(nodes.folder / "county"), "--json")
    code = json.loads(made.stdout)["code"]

    joined = nodes.yimen("enrol", "--code", code, "--hall", hall, "--dir", str(village))
    assert joined.returncode == 0, joined.stderr
    again = nodes.yimen("enrol", "--code", code, "--hall", hall, "--dir", str(village))
    assert again.returncode == 1, "a code works once"

    address = nodes.serves(village, "--unattended")
    for _ in range(100):
        if "yimen_link_up 1" in read(f"{address}/metrics"):
            return
        time.sleep(0.1)
    raise AssertionError("the link never came up")


def test_a_killed_server_leaves_its_folder_free_for_the_next_one(nodes: Nodes) -> None:
    folder = nodes.makes("village")
    nodes.serves(folder, "--unattended")
    nodes.running[0].kill()
    nodes.running[0].communicate()
    (folder / "serve.address").unlink()

    assert json.loads(read(nodes.serves(folder, "--unattended") + "/healthz"))["state"] == "open"


def test_the_lock_of_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    with pytest.raises(FolderInUse):
        FolderLock(tmp_path)
    lock.release()
    FolderLock(tmp_path).release()
