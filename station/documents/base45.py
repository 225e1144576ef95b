"""Base45 (RFC 9285): bytes as the 45 characters that a QR code stores densely."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {char: value for value, char in enumerate(ALPHABET)}


def encode(data: bytes) -> str:
    """Three characters for two bytes, two for a last single one."""
    text = []
    for place in range(0, len(data), 2):
        pair = data[place : place + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, value = divmod(number, 45)
            text.append(ALPHABET[value])
    return "".join(text)


def decode(text: str) -> bytes:
    """The bytes of a base45 text. Raises ValueError for anything `encode` cannot have made."""
    if len(text) % 3 == 1:
        raise ValueError("length")
    data = bytearray()
    for place in range(0, len(text), 3):
        group = text[place : place + 3]
        if any(char not in _VALUES for char in group):
            raise ValueError("alphabet")
        number = sum(_VALUES[char] * 45**power for power, char in enumerate(group))
        size = len(group) - 1
        if number >= 256**size:
            raise ValueError("overflow")
        data += number.to_bytes(size, "big")
    return bytes(data)
