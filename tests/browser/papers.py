"""What people hand over: scans and results made here, and papers read by independent programs."""

import io
import subprocess
from pathlib import Path

from PIL import Image, ImageDraw


def scan() -> bytes:
    """A page as a scanner would give it, in PNG."""
    page = Image.new("L", (620, 877), 250)
    draw = ImageDraw.Draw(page)
    for line in range(22):
        draw.rectangle((70, 110 + line * 32, 540 - (line % 4) * 60, 120 + line * 32), fill=110)
    out = io.BytesIO()
    page.save(out, "PNG", optimize=True)
    return out.getvalue()


def result() -> bytes:
    """The hall's answer as a PDF of one page."""
    page, out = Image.open(io.BytesIO(scan())).convert("RGB"), io.BytesIO()
    page.save(out, "PDF")
    return out.getvalue()


def picture_of(pdf: bytes, folder: Path, *, dots_per_inch: int = 200) -> Path:
    """The first page as poppler draws it."""
    source = folder / "paper.pdf"
    source.write_bytes(pdf)
    target = folder / "paper"
    command = ["pdftoppm", "-r", str(dots_per_inch), "-png", "-singlefile", source, target]
    subprocess.run(command, check=True, capture_output=True)
    return target.with_suffix(".png")


def qr_text(picture: Path) -> str:
    """What zbar reads from the picture of a paper."""
    command = ["zbarimg", "--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", str(picture)]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return found.stdout.strip()


def words_of(pdf: bytes) -> str:
    """The text of a paper as poppler reads it, without white space."""
    found = subprocess.run(["pdftotext", "-", "-"], input=pdf, check=True, capture_output=True)
    return "".join(found.stdout.decode("utf-8").split())
