"""The first page of a PDF as a picture: drawn once, where it is uploaded, so that no station has to draw."""

import os
import subprocess
import sys
from importlib.util import find_spec

from station.hall.samples.errors import SampleRefused
from station.hall.samples.picture_parts import examine_jpeg, examine_png

LIBRARY, PROCESS = "pypdfium2", "station.hall.samples.pdf_drawing"
SECONDS_MAX = 20
PICTURE_BYTES_MAX = 400 * 1024
_EXAMINED = {b"\x89PNG\r\n\x1a\n": ("png", examine_png), b"\xff\xd8\xff": ("jpg", examine_jpeg)}


def can_draw() -> bool:
    """Whether the library that draws is here; it is an optional extra."""
    return find_spec(LIBRARY) is not None


def first_page(paper: bytes) -> tuple[bytes, str] | None:
    """(picture, ending) of a PDF's first page; None when there is no library, or the page cannot be drawn."""
    if not can_draw():
        return None
    try:
        drawn = subprocess.run(  # noqa: S603 - our own module, no arguments
            [sys.executable, "-m", PROCESS],
            input=paper,
            capture_output=True,
            timeout=SECONDS_MAX,
            check=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("YIMEN_")},
        ).stdout
    except (subprocess.SubprocessError, OSError):
        return None
    return (drawn, ending) if (ending := _ending_of(drawn)) else None


def _ending_of(drawn: bytes) -> str:
    """By its bytes; "" for what may not go out, as if somebody had uploaded it."""
    for head, (ending, examined) in _EXAMINED.items():
        if drawn.startswith(head) and len(drawn) <= PICTURE_BYTES_MAX:
            try:
                examined(drawn)
            except SampleRefused:
                return ""
            return ending
    return ""
