"""The manual names commands that exist, numbers the page shows, and every variable."""

import re
import shlex
from pathlib import Path

import pytest

from station import settings
from station.cli import make_parser

TOP = Path(__file__).parents[1]
MANUAL = (TOP / "docs" / "manual.md").read_text("utf-8")
QUEUE = (TOP / "docs" / "queue-page.md").read_text("utf-8")
IN_BLOCKS = re.findall(r"^    (yimen .+)$", MANUAL, re.M)
IN_LINES = [line for line in re.findall(r"`(yimen [^`]+)`", MANUAL) if "FILE" not in line]


@pytest.mark.parametrize("line", IN_BLOCKS)
def test_every_example_of_the_manual_can_be_typed(line: str) -> None:
    words = shlex.split(line)[1:]

    assert make_parser(words).parse_args(words).run is not None


@pytest.mark.parametrize("line", IN_LINES)
def test_every_command_the_manual_mentions_is_there(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = [word for word in shlex.split(line)[1:] if not word.startswith(("-", "/"))][:2]
    words = words if words[0] in ("account", "bundle", "catalog", "hall") else words[:1]

    with pytest.raises(SystemExit) as ended:
        make_parser(words).parse_args([*words, "--help"])
    assert ended.value.code == 0


def test_every_number_of_the_queue_page_is_explained() -> None:
    page = (TOP / "station/mailroom/templates/mailroom/queue.html").read_text("utf-8")
    shown = re.findall(r"<dt>\{\{ _\('([^']+)'\) \}\}</dt><dd><b", page)
    waiting = re.findall(r"<li>\{\{ _\('([^']+)'\) \}\}<span", page)

    assert shown and waiting
    names = (*shown, *waiting, "大厅已签收", "站点已签收")
    assert [name for name in names if name not in MANUAL] == []
    assert [
        name for name in (*names, *re.findall(r"<dt>\{\{ _\('([^']+)'\) \}\}", page)) if name not in QUEUE
    ] == []


def test_every_variable_stands_in_the_manual() -> None:
    told = settings.from_environment.__doc__ or ""

    assert [name for name in re.findall(r"YIMEN_[A-Z_]+", told) if f"`{name}`" not in MANUAL] == []
