"""The QR code of a proof: the smallest symbol at error level M, its squares large enough for old phones."""

import segno
from segno import DataOverflowError

from station.documents.errors import ProofTooLarge

BYTES_MAX = 2256  # what symbol version 40 at level M carries after base45, without the "YM1:"
QUIET_MODULES = 4
MODULE_MM_MAX, MODULE_MM_MIN = 0.40, 0.30
SIDE_MM = 42.0


def code_modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """The symbol with its quiet zone, dark is True. Raises ProofTooLarge."""
    rows = _symbol(text).matrix_iter(border=QUIET_MODULES)
    return tuple(tuple(bool(module) for module in row) for row in rows)


def module_mm(modules: tuple[tuple[bool, ...], ...]) -> float:
    """The side of one square on paper: a code 42 mm wide, but no square that an old phone cannot see."""
    return max(MODULE_MM_MIN, min(MODULE_MM_MAX, SIDE_MM / len(modules)))


def _symbol(text: str) -> segno.QRCode:
    try:
        return segno.make(text, error="m", mode="alphanumeric", micro=False, boost_error=False)
    except DataOverflowError as error:
        raise ProofTooLarge(len(text) * 2 // 3, BYTES_MAX) from error
