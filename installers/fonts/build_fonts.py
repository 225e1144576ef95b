#!/usr/bin/env python3
"""Build the three fonts that every printed page is drawn with, from the fonts that Debian ships.

Run by hand when the character sets change; the results are committed, so neither the product nor its
tests need this script or fontTools:

    python -m venv v && v/bin/pip install fonttools
    apt-get install fonts-wqy-microhei fonts-noto-cjk
    v/bin/python installers/fonts/build_fonts.py station/documents/fonts

base.ttf: WenQuanYi Micro Hei, the characters of GBK. rare.ttf and rare_a.ttf: Noto Sans CJK SC, every
Han character that GBK lacks, its cubic outlines turned into the quadratic ones that reportlab can
embed; extension A in the second file, because a name hardly ever needs it and no file may reach 3 MB.
All are brought to a coarser grid (still finer than a laser printer at 12 points) to make them small.
"""

import argparse
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont, newTable
from fontTools.ttLib.scaleUpem import scale_upem

MICROHEI = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
NOTO = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
EXTENSION_A = set(range(0x3400, 0x4DC0))
# Of extension A, what the national table of 2013 (通用规范汉字表) allows in names, and a few met in villages:
IN_NAMES = (
    "㑇㑊㕮㘎㙍㙘㙟㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠䁖䂮䃅䃎䅟䌹䎃䎖䏝"
    "䏡䏲䐃䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮㛅㐱㑺㝗㟆㠭㴓㵆㸒㼆䒟䒩䕒䛀䶊"
)
HAN = ("CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH")
OPENING, CLOSING = "（《「『【〔〈〖｛［", "）》」』】〕〉〗｝］"
BRACKET_BEARING = 0.06  # of the em, on the side of what the bracket holds
UNITS_PER_EM = 512
CURVE_ERROR_UNITS = 1.5  # of 1000: six thousandths of a millimetre at 12 points
SIZE_BYTES_MAX = 3_000_000
FIXED_TIME_MAC = 3_600_000_000  # seconds since 1904: the build gives the same bytes every time
SIGNS = "〓□☐☑✓✗①②③④⑤⑥⑦⑧⑨⑩※→←↑↓●○■▲△★☆°×÷±–—…‘’“”·•℃№㎡㎜㎏￥¥€"


def gbk_characters() -> set[int]:
    """Code points of every two-byte GBK character, plus ASCII, Latin-1 and the signs of our forms."""
    found = set(range(0x20, 0x7F)) | set(range(0xA0, 0x100)) | {ord(sign) for sign in SIGNS}
    for first in range(0x81, 0xFF):
        for second in range(0x40, 0xFF):
            found |= {ord(char) for char in bytes([first, second]).decode("gbk", "ignore")}
    return found


def han_characters(code_points: Iterable[int]) -> set[int]:
    """Only the Han characters (unified and compatibility) of the given code points."""
    return {point for point in code_points if unicodedata.name(chr(point), "").startswith(HAN)}


def open_face(path: Path, family: str) -> TTFont:
    """The face of a collection whose full name is `family`; ValueError when it is not in there."""
    for face in TTCollection(str(path), lazy=True).fonts:
        if face["name"].getDebugName(4) == family:
            return face
    raise ValueError(f"{path} holds no face named {family}")


def subset(face: TTFont, code_points: set[int]) -> None:
    """Cut the face down, in place, to these characters; no hinting, no layout tables."""
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = [0, 7, 13, 14]
    options.notdef_outline = True
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "kern", "gasp", "DSIG"]
    cutter = Subsetter(options)
    cutter.populate(unicodes=code_points)
    cutter.subset(face)


def to_quadratic(face: TTFont) -> None:
    """Replace CFF outlines by glyf outlines, in place."""
    glyphs = face.getGlyphSet()
    order = face.getGlyphOrder()
    drawn = {}
    for name in order:
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, CURVE_ERROR_UNITS, reverse_direction=True))
        drawn[name] = pen.glyph()
    del face["CFF "]
    face["loca"] = newTable("loca")
    face["glyf"] = table = newTable("glyf")
    table.glyphOrder = order
    table.glyphs = drawn
    face["maxp"].tableVersion = 0x00010000
    face["maxp"].maxZones = 1
    for field in (
        "maxTwilightPoints",
        "maxStorage",
        "maxFunctionDefs",
        "maxInstructionDefs",
        "maxStackElements",
        "maxSizeOfInstructions",
        "maxComponentElements",
        "maxPoints",
        "maxContours",
        "maxCompositePoints",
        "maxCompositeContours",
        "maxComponentDepth",
    ):
        setattr(face["maxp"], field, 0)
    face["post"].formatType = 3.0
    face.sfntVersion = "\x00\x01\x00\x00"


def tighten_brackets(face: TTFont) -> None:
    """Move full-width brackets towards what they hold: Micro Hei sets them in the middle of the square."""
    units, glyphs, metrics = face["head"].unitsPerEm, face["glyf"], face["hmtx"].metrics
    bearing = round(BRACKET_BEARING * units)
    for char, name in face.getBestCmap().items():
        if chr(char) not in OPENING + CLOSING:
            continue
        glyph, width = glyphs[name], metrics[name][0]
        at = width - bearing - (glyph.xMax - glyph.xMin) if chr(char) in OPENING else bearing
        glyph.coordinates.translate((at - glyph.xMin, 0))
        glyph.recalcBounds(glyphs)
        metrics[name] = (width, glyph.xMin)


def finish(face: TTFont, name: str, target: Path) -> int:
    """Scale, rename, save; returns the size in bytes, ValueError when it is too large to commit."""
    scale_upem(face, UNITS_PER_EM)
    for name_id, text in ((1, name), (2, "Regular"), (3, name), (4, name), (6, name)):
        face["name"].setName(text, name_id, 3, 1, 0x409)
        face["name"].setName(text, name_id, 1, 0, 0)
    face["post"].formatType = 3.0
    face["head"].created = face["head"].modified = FIXED_TIME_MAC
    face.recalcTimestamp = False
    face.save(str(target))
    size_bytes = target.stat().st_size
    if size_bytes > SIZE_BYTES_MAX:
        raise ValueError(f"{target.name} has {size_bytes} bytes, more than {SIZE_BYTES_MAX}")
    return size_bytes


def build_base(target: Path) -> set[int]:
    """Write base.ttf; returns the characters it holds."""
    face = open_face(MICROHEI, "WenQuanYi Micro Hei")
    characters = gbk_characters() & set(face.getBestCmap())
    subset(face, characters)
    tighten_brackets(face)
    report(target, characters, finish(face, "YimenBase", target))
    return characters


def build_rare(target: Path, name: str, wanted: set[int]) -> None:
    """Write those of the wanted characters that Noto has, as glyf outlines."""
    face = open_face(NOTO, "Noto Sans CJK SC")
    characters = wanted & set(face.getBestCmap())
    subset(face, characters | {0x20})
    to_quadratic(face)
    report(target, characters, finish(face, name, target))


def report(target: Path, characters: set[int], size_bytes: int) -> None:
    """One line for the person who runs this."""
    print(f"{target.name}: {len(characters)} characters, {size_bytes} bytes")


def main() -> None:
    """Write the fonts into the folder given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    base = build_base(folder / "base.ttf")
    missing = (han_characters(range(0x2E80, 0x33480)) | gbk_characters()) - base
    far = EXTENSION_A - {ord(char) for char in IN_NAMES}
    build_rare(folder / "rare.ttf", "YimenRare", missing - far)
    build_rare(folder / "rare_a.ttf", "YimenRareA", missing & far)


if __name__ == "__main__":
    main()
