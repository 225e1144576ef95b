"""`python -m tests.tools.conformance`: a suite somebody checked out, run against our client and counted."""

from pathlib import Path

from tests.tools import conformance

CONFTEST = """
import pytest

def pytest_addoption(parser):
    parser.addoption("--entrypoint", required=True)

@pytest.fixture
def command(pytestconfig):
    return pytestconfig.getoption("--entrypoint").split(" ")
"""
TESTS = """
import subprocess

def test_the_client_answers(command):
    assert subprocess.run([*command, "--help"], capture_output=True).returncode == 0

def test_something_the_client_does_not_do(command):
    assert subprocess.run([*command, "fly"], capture_output=True).returncode == 0
"""


def a_suite(folder: Path) -> Path:
    (folder / "tuf_conformance").mkdir()
    (folder / "tuf_conformance/conftest.py").write_text(CONFTEST)
    (folder / "tuf_conformance/test_small.py").write_text(TESTS)
    return folder


def test_a_folder_without_a_suite_is_refused_in_clear_words(tmp_path: Path, capsys):
    code = conformance.main([str(tmp_path / "nowhere")])

    told = capsys.readouterr().err
    assert code == conformance.NOT_THERE
    assert f"There is no suite in {tmp_path / 'nowhere'}" in told
    assert "Clone https://github.com/theupdateframework/tuf-conformance" in told


def test_each_file_of_a_suite_is_counted_and_a_failure_is_the_exit_code(tmp_path: Path, capsys):
    code = conformance.main([str(a_suite(tmp_path)), "-q"])

    [row] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| test_small.py")]
    assert code == 1
    assert row.split("|")[1:5] == [" test_small.py ", " 1 ", " 1 ", " 0 "]
