"""docs/complaints.md and the tests named after complaints say the same."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = [line.split("|")[1:-1] for line in (ROOT / "docs/complaints.md").read_text("utf-8").splitlines()]
ROWS = [row for row in ROWS if len(row) == 3][2:]
FILES = sorted(Path(__file__).parent.glob("test_complaints_*.py"))


def written() -> list[str]:
    """The names of the tests in the files of complaints, but for this one."""
    texts = [path.read_text("utf-8") for path in FILES if path != Path(__file__)]
    return [name for text in texts for name in re.findall(r"^def (test_\w+)", text, re.M)]


def test_every_complaint_has_its_test_and_every_test_its_complaint():
    named = [name for row in ROWS for name in re.findall(r"`(test_\w+)`", row[2])]

    assert len(ROWS) > 40
    assert sorted(named) == sorted(written())


def test_a_test_is_named_after_the_first_thread_of_its_row():
    for _, threads, tests in ROWS:
        first = threads.split(",")[0].strip()
        project, _, number = first.partition("#")
        beginning = re.split(r"[-_/]", project.lower().replace("avniproject/", "").replace("frappe/", ""))[0]
        for name in re.findall(r"`(test_\w+)`", tests):
            assert number in name, (first, name)
            assert beginning in name.replace("openforms", "open").replace("kalite", "ka"), (first, name)


def test_every_row_says_what_and_where():
    assert [row for row in ROWS if not all(cell.strip() for cell in row)] == []
