"""The compact proof on a receipt: which station received what, when; no name and no ID number in it.

The station signs the body, the hall's certificate vouches for the station's key, and both travel in the
code, so that whoever holds the hall's public key needs no network. Bytes: docs/protocol-receipt.md.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from station.documents import base45
from station.documents.errors import ReceiptRefused
from station.documents.given import MaterialState
from sync.clock import Proof
from sync.keys import NodeKeys, pae

PREFIX = "YM1:"
KIND = "application/vnd.yimen.receipt"
CERTIFICATE_KIND = "application/vnd.yimen.certificate"
CERTIFICATE_BYTES = 124
SIGNATURE_BYTES = 64
TEXT_LENGTH_MAX = 3400
LINES_MAX = 40
MATERIALS_MAX = 200
_VERSION = 1
_PROOFS = (Proof.NONE, Proof.CHAIN, Proof.HALL)
_STATES = (MaterialState.IN, MaterialState.MISSING, MaterialState.PLEDGED, MaterialState.DEFECTIVE)


@dataclass(frozen=True)
class ProofLine:
    """One case of the intake. case_id: 32 hex characters. materials: (material id, state), in list order."""

    item_code: str
    case_id: str
    situation: str
    materials: tuple[tuple[str, MaterialState], ...]


@dataclass(frozen=True)
class ReceiptProof:
    """What the code says. received_at: aware, whole seconds count."""

    receipt_number: str
    received_at: datetime
    proof: Proof
    catalog_version: int
    lines: tuple[ProofLine, ...]

    def to_bytes(self) -> bytes:
        """The body that is signed. Raises ValueError for a value that has no place in it."""
        if not 0 < len(self.lines) <= LINES_MAX:
            raise ValueError("lines")
        body = bytearray([_VERSION])
        body += _text(self.receipt_number) + _number(int(self.received_at.timestamp()))
        body += bytes([_PROOFS.index(self.proof)]) + _number(self.catalog_version) + _number(len(self.lines))
        for line in self.lines:
            body += _line(line)
        return bytes(body)

    @classmethod
    def from_bytes(cls, body: bytes) -> "ReceiptProof":
        """The proof in these bytes. Raises ReceiptRefused unless `to_bytes` would give exactly them."""
        try:
            proof = _Reader(body).proof()
            is_exact = proof.to_bytes() == body
        except (ValueError, IndexError, OverflowError, OSError) as error:
            raise ReceiptRefused("二维码的内容残缺，或不是收件凭证。") from error
        if not is_exact:
            raise ReceiptRefused("二维码的内容写法不规范，可能被改动过。")
        return proof


@dataclass(frozen=True)
class Certificate:
    """The hall's word that a key belongs to a station. node_id: 32 hex characters."""

    node_id: str
    division: str
    key: bytes
    signature: bytes

    @classmethod
    def from_bytes(cls, data: bytes) -> "Certificate":
        """The four parts of 124 bytes. Raises ReceiptRefused."""
        division = data[16:28].decode("ascii", "replace")
        if len(data) != CERTIFICATE_BYTES or not (division.isascii() and division.isdigit()):
            raise ReceiptRefused("二维码里服务站的证书残缺。")
        return cls(data[:16].hex(), division, data[28:60], data[60:])

    def signed(self) -> bytes:
        """What the hall signed."""
        return pae(CERTIFICATE_KIND, bytes.fromhex(self.node_id) + self.division.encode() + self.key)


def seal_proof(proof: ReceiptProof, keys: NodeKeys, certificate: bytes) -> str:
    """The text of the QR code. certificate: the station's own, 124 bytes."""
    if len(certificate) != CERTIFICATE_BYTES:
        raise ValueError("certificate")
    body = proof.to_bytes()
    return PREFIX + base45.encode(certificate + body + keys.sign(pae(KIND, body)))


def open_text(text: str) -> tuple[Certificate, bytes, bytes]:
    """Certificate, body and signature of a QR text, nothing verified. Raises ReceiptRefused."""
    text = text.strip("\r\n\t")
    if not text.startswith(PREFIX):
        raise ReceiptRefused("这段文字不是一门驿站的凭证码，开头应是“YM1:”。")
    if len(text) > TEXT_LENGTH_MAX:
        raise ReceiptRefused("这段文字太长，不是一张凭证的二维码。")
    try:
        data = base45.decode(text[len(PREFIX) :])
    except ValueError as error:
        raise ReceiptRefused("二维码文字里有不该出现的字符，或者少了一截。") from error
    if len(data) <= CERTIFICATE_BYTES + SIGNATURE_BYTES:
        raise ReceiptRefused("二维码文字少了一截。")
    certificate = Certificate.from_bytes(data[:CERTIFICATE_BYTES])
    return certificate, data[CERTIFICATE_BYTES:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]


def _line(line: ProofLine) -> bytes:
    if len(line.materials) > MATERIALS_MAX or len(line.case_id) != 32:
        raise ValueError("line")
    data = _text(line.item_code) + bytes.fromhex(line.case_id) + _text(line.situation)
    data += _number(len(line.materials))
    for name, state in line.materials:
        data += _text(name) + bytes([_STATES.index(state)])
    return data


def _text(value: str) -> bytes:
    data = value.encode()
    if len(data) > 255:
        raise ValueError("text")
    return bytes([len(data)]) + data


def _number(value: int) -> bytes:
    if not 0 <= value < 2**42:
        raise ValueError("number")
    data = bytearray()
    while value > 127:
        data.append(value & 127 | 128)
        value >>= 7
    return bytes([*data, value])


class _Reader:
    """Takes a body apart; IndexError where it ends early, ValueError where a value cannot be."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._place = 0

    def proof(self) -> ReceiptProof:
        if self._byte() != _VERSION:
            raise ValueError("version")
        number, seconds = self._text(), self._number()
        received_at = datetime.fromtimestamp(seconds, UTC)
        proof, catalog = _PROOFS[self._byte()], self._number()
        lines = tuple(self._line() for _ in range(self._count(LINES_MAX)))
        if self._place != len(self._body):
            raise ValueError("rest")
        return ReceiptProof(number, received_at, proof, catalog, lines)

    def _line(self) -> ProofLine:
        code, case_id, situation = self._text(), self._take(16).hex(), self._text()
        count = self._count(MATERIALS_MAX)
        materials = tuple((self._text(), _STATES[self._byte()]) for _ in range(count))
        return ProofLine(code, case_id, situation, materials)

    def _take(self, size: int) -> bytes:
        data = self._body[self._place : self._place + size]
        if len(data) != size:
            raise IndexError(self._place)
        self._place += size
        return data

    def _byte(self) -> int:
        return self._take(1)[0]

    def _text(self) -> str:
        return self._take(self._byte()).decode()

    def _number(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 42:
                raise ValueError("number")

    def _count(self, most: int) -> int:
        count = self._number()
        if count > most:
            raise ValueError("count")
        return count
