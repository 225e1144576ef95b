"""Whether 32 bytes are an Ed25519 point that a signature can be trusted under.

Only for keys that come from outside; it is slow (milliseconds), so that the last answers are kept, and
not constant-time, which a public key does not need.
"""

from functools import lru_cache

ANSWERS_KEPT = 1024

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

Point = tuple[int, int, int, int]  # extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, T = XY/Z
IDENTITY: Point = (0, 1, 1, 0)


@lru_cache(maxsize=ANSWERS_KEPT)
def is_canonical_prime_order(raw: bytes) -> bool:
    """True when `raw` is the one encoding of a point whose order is exactly the prime L."""
    point = _decode(raw)
    return point is not None and not _is_identity(point) and _is_identity(_times(L, point))


def _decode(raw: bytes) -> Point | None:
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def _add(a: Point, b: Point) -> Point:
    e_minus = (a[1] - a[0]) * (b[1] - b[0]) % P
    e_plus = (a[1] + a[0]) * (b[1] + b[0]) % P
    c = 2 * a[3] * b[3] * D % P
    d = 2 * a[2] * b[2] % P
    e, f, g, h = e_plus - e_minus, d - c, d + c, e_plus + e_minus
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(scalar: int, point: Point) -> Point:
    total = IDENTITY
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _is_identity(point: Point) -> bool:
    return point[0] % P == 0 and (point[1] - point[2]) % P == 0
