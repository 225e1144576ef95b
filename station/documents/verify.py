"""Checking a receipt with nothing but the halls' public keys: no network, no database, no catalog."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from station.documents.errors import ReceiptRefused
from station.documents.given import PROOF_WORDS, local_minute
from station.documents.proof import KIND, PREFIX, Certificate, ReceiptProof, open_text
from sync.errors import OddKey
from sync.keys import accept_public_key, pae, verify

FILE_BYTES_MAX = 8 * 1024 * 1024
_IN_FILE = re.compile(re.escape(PREFIX.encode()) + rb"[0-9A-Z $%*+\-./:]{250,3400}")
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")


@dataclass(frozen=True)
class HallKey:
    """A hall that may vouch for stations. division: 12 digits; it reaches the stations below it."""

    node_id: str
    division: str
    key: bytes

    def covers(self, division: str) -> bool:
        """Whether a station of that division lies below this hall."""
        own = self.division
        for length in (2, 4, 6, 9):
            if set(self.division[length:]) <= {"0"}:
                own = self.division[:length]
                break
        return division.startswith(own)


@dataclass(frozen=True)
class Verdict:
    """What a receipt proves. The station's name and the applicant are not in the code."""

    node_id: str
    division: str
    hall_node_id: str
    hall_division: str
    receipt: ReceiptProof

    def as_json(self) -> dict[str, Any]:
        """The verdict for programs."""
        receipt = self.receipt
        lines = [
            {
                "item_code": line.item_code,
                "case_id": line.case_id,
                "situation": line.situation,
                "materials": [{"id": name, "state": state.value} for name, state in line.materials],
            }
            for line in receipt.lines
        ]
        return {
            "proved": True,
            "receipt_number": receipt.receipt_number,
            "received_at": receipt.received_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "clock_proof": receipt.proof.value,
            "catalog_version": receipt.catalog_version,
            "station": {"node_id": self.node_id, "division": self.division},
            "vouched_by": {"node_id": self.hall_node_id, "division": self.hall_division},
            "lines": lines,
        }

    def told(self) -> list[str]:
        """The verdict for people: Chinese sentences."""
        receipt = self.receipt
        told = [
            f"这张凭证是真的：编号 {receipt.receipt_number}。",
            f"出具：区划 {self.division} 的服务站（机器编号 {self.node_id[:8]}…），"
            f"由区划 {self.hall_division} 的大厅担保。",
            f"收件时间：{local_minute(receipt.received_at)}（{PROOF_WORDS[receipt.proof]}）。",
            f"依据目录第 {receipt.catalog_version} 版，共 {len(receipt.lines)} 个事项：",
        ]
        for line in receipt.lines:
            states = "，".join(f"{name} {state.label}" for name, state in line.materials) or "无材料"
            situation = f"，情形 {line.situation}" if line.situation else ""
            told.append(f"　事项 {line.item_code}{situation}；材料：{states}；办件标识 {line.case_id}。")
        told.append("码内没有姓名和证件号：请与纸面逐项核对，纸面与此不同的以此为准。")
        return told


def verify_receipt(text: str, hall_keys: Sequence[HallKey]) -> Verdict:
    """What this QR text proves under these halls' keys. Raises ReceiptRefused with the reason."""
    certificate, body, signature = open_text(text)
    hall = _voucher(certificate, hall_keys)
    try:
        key = accept_public_key(certificate.key)
    except OddKey as error:
        raise ReceiptRefused("证书里服务站的公钥不合格。") from error
    if not verify(key, signature, pae(KIND, body)):
        raise ReceiptRefused("签名不对：内容被改动过，或不是这个服务站出具的。")
    receipt = ReceiptProof.from_bytes(body)
    return Verdict(certificate.node_id, certificate.division, hall.node_id, hall.division, receipt)


def text_in_file(data: bytes) -> str:
    """The QR text inside a receipt PDF (its keywords) or a text file. Raises ReceiptRefused."""
    if len(data) > FILE_BYTES_MAX:
        raise ReceiptRefused(f"文件有 {len(data)} 字节，凭证文件不会超过 {FILE_BYTES_MAX} 字节。")
    found = {match[0].decode().rstrip(" ") for match in _IN_FILE.finditer(data)}
    if len(found) > 1:
        raise ReceiptRefused("文件里有不止一个凭证码，不知道该核对哪一个。", "请一次只提交一张凭证。")
    if found:
        return found.pop()
    if data.startswith(_IMAGES):
        raise ReceiptRefused(
            "这是一张图片，本程序不识别图像。", "请用手机或扫码枪扫描二维码，把扫出的文字粘贴进来。"
        )
    raise ReceiptRefused(
        "文件里没有凭证码。", "请提交本站出具的收件凭证 PDF 原件，或把二维码扫出的文字存成文本文件。"
    )


def _voucher(certificate: Certificate, hall_keys: Sequence[HallKey]) -> HallKey:
    for hall in hall_keys:
        if verify(hall.key, certificate.signature, certificate.signed()):
            if hall.covers(certificate.division):
                return hall
            raise ReceiptRefused(
                f"区划 {hall.division} 的大厅担保了不归它管的服务站（区划 {certificate.division}）。"
            )
    raise ReceiptRefused("服务站的证书不是信任文件里任何一个大厅签发的，或内容被改动过。")
