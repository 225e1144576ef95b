"""The two numbers of a case.

Receipt number, made here and offline: 12-digit division, terminal (2 characters, see terminal.py), date,
daily serial, check character; 27 characters, written `440205103201-01-20261122-0007-K`.

The check character uses the alphabet and the arithmetic of GB 32100 (credit codes): weights 3^i
modulo the prime 31. Every single wrong character is caught, because a difference below 31 times a
power of 3 is never 0 modulo 31; so is every swap of two different characters at any distance,
because 3 is a primitive root of 31 and no two of the 27 weights are alike. ISO 7064 MOD 37,36
misses some swaps of neighbours, MOD 37-2 needs a `*`; and this alphabet has no I, O, S, V, Z to
be misread.

Official number, given by the hall: 31-character implementation code, date, 4-digit serial; 43 in all.
"""

import re
from dataclasses import dataclass
from datetime import date

from catalog_cache.codes import CodeForm, case_number, form_of
from station.cases.errors import OddNumber

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SERIAL_MAX = 9999
RECEIPT_LENGTH = 27
OFFICIAL_LENGTH = 43
_PLAIN = re.compile(rf"(\d{{12}})([{ALPHABET}]{{2}})(\d{{8}})(\d{{4}})([{ALPHABET}])", re.ASCII)
_DROPPED = str.maketrans("", "", " \t\r\n-－–—_.·　")
_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}


@dataclass(frozen=True)
class ReceiptNumber:
    """One receipt number, taken apart. terminal: 2 characters of ALPHABET; serial: 1..9999 within the day."""

    division: str
    terminal: str
    day: date
    serial: int

    @property
    def plain(self) -> str:
        """The 27 characters, as stored and sent."""
        body = f"{self.division}{self.terminal}{self.day:%Y%m%d}{self.serial:04d}"
        return body + check_character(body)

    @property
    def shown(self) -> str:
        """The number as printed, in groups."""
        return grouped(self.plain)


def check_character(body: str) -> str:
    """The character that makes the weighted sum of body and itself 0 modulo 31."""
    total = sum(ALPHABET.index(letter) * pow(3, place, 31) for place, letter in _places(body))
    return ALPHABET[-total % 31]


def parse_receipt(text: str) -> ReceiptNumber:
    """A receipt number as somebody typed or scanned it. Raises OddNumber with what looks wrong."""
    plain = tidy(text)
    if len(plain) != RECEIPT_LENGTH:
        raise OddNumber(text, f"收件编号应有 {RECEIPT_LENGTH} 位，现有 {len(plain)} 位。")
    match = _PLAIN.fullmatch(plain)
    if match is None:
        raise OddNumber(text, "除两位终端号和最后一位校验字符外，都应是数字；字母中没有 I、O、S、V、Z。")
    if check_character(plain[:-1]) != plain[-1]:
        raise OddNumber(text, "校验字符对不上，有一位抄错了，或相邻两位颠倒了。")
    day = _day(match[3])
    if day is None or match[2] == "00" or match[4] == "0000":
        raise OddNumber(text, "编号中的日期、终端或流水号不存在。")
    return ReceiptNumber(match[1], match[2], day, int(match[4]))


def official_number(implementation_code: str, day: date, serial: int) -> str:
    """The 43-character 办件编号; "" when the item has no 31-character code to build it on."""
    if form_of(implementation_code) is not CodeForm.IMPLEMENTATION:
        return ""
    if serial > SERIAL_MAX:
        raise OddNumber(implementation_code, "该事项当天的办件编号已用完（9999 件）。")
    return case_number(implementation_code, day, serial)


def tidy(text: str) -> str:
    """What a person typed, without spaces and dashes, capital letters, full-width forms made narrow."""
    return text[:200].translate(_WIDE).translate(_DROPPED).upper()


def grouped(plain: str) -> str:
    """A plain receipt number in its printed groups; other texts come back unchanged."""
    if len(plain) != RECEIPT_LENGTH:
        return plain
    return "-".join((plain[:12], plain[12:14], plain[14:22], plain[22:26], plain[26]))


def short(plain: str) -> str:
    """The end that people say on the phone: date, serial and check, as 1122-0007-K."""
    return f"{plain[18:22]}-{plain[22:26]}-{plain[26]}" if len(plain) == RECEIPT_LENGTH else plain


def document_number(receipt: str, ordinal: int) -> str:
    """The number of a further paper of one intake; the receipt itself is the first."""
    return grouped(receipt) if ordinal <= 1 else f"{grouped(receipt)}-{ordinal}"


def _places(body: str) -> list[tuple[int, str]]:
    return [(len(body) - index, letter) for index, letter in enumerate(body)]


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
