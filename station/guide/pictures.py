"""A sample's picture for paper: small enough to print at once on an old PC, whatever size it came in."""

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from station.documents.paper import Image

if TYPE_CHECKING:
    from PIL.Image import Image as Drawn

SIDE_MAX = 1000
PIXELS_MAX = 40_000_000
QUALITY = 82
KEPT_MAX = 32


@lru_cache(maxsize=KEPT_MAX)
def picture_for_paper(path: Path) -> Image | None:
    """The picture in a file, upright and at most SIDE_MAX pixels a side; None for what is none.

    path: of a file named by its hash, so that what was made of it once stays right.
    """
    # Pillow is imported by the first guide with a picture, not at start: it would cost every start 40 ms.
    from PIL import Image as Pictures  # noqa: PLC0415
    from PIL import ImageOps  # noqa: PLC0415

    try:
        with Pictures.open(path, formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > PIXELS_MAX:
                return None
            opened.draft("RGB", (SIDE_MAX, SIDE_MAX))
            picture = _on_white(ImageOps.exif_transpose(opened))
    except (OSError, ValueError, SyntaxError):
        return None
    picture.thumbnail((SIDE_MAX, SIDE_MAX))
    out = BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return Image(out.getvalue(), picture.height / picture.width)


def _on_white(picture: "Drawn") -> "Drawn":
    """Without what shows through: paper is white."""
    if not picture.has_transparency_data:
        return picture.convert("L" if picture.mode in ("1", "L", "I;16") else "RGB")
    layers = picture.convert("RGBA")
    paper = layers.convert("RGB")
    paper.paste("white", (0, 0, *paper.size))
    paper.paste(layers, mask=layers.getchannel("A"))
    return paper
