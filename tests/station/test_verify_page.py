"""验真: anybody checks a receipt at the station's screen."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root

from tests.tools.counter import Counter

VECTOR = json.loads(Path("docs/vectors/receipt.json").read_text("utf-8"))


@pytest.fixture
def trusting(station: Counter) -> Iterator[Counter]:
    """A station that keeps a catalog root naming the hall of the test vector."""
    signer = CryptoSigner.generate_ed25519()
    root = Root(expires=datetime(2030, 1, 1, tzinfo=UTC))
    root.add_key(signer.public_key, "root")
    entry = {"node_id": "b7" * 16, "division": VECTOR["hall_division"], "key": VECTOR["hall_public"]}
    root.unrecognized_fields["yimen"] = {"receipt_keys": [entry]}
    metadata = Metadata(root)
    metadata.sign(signer)
    folder = station.settings.data_folder / "catalog" / "metadata"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "root.json").write_bytes(metadata.to_bytes())
    yield station


def test_anybody_verifies_a_receipt_without_signing_in(trusting: Counter) -> None:
    answer = trusting.sends("/verify/", text=VECTOR["text"])

    assert answer.status_code == 200
    assert "这张凭证是真的" in answer.text
    assert "440205100201-1-20261122-0007-K" in answer.text
    assert "2026-11-22 09:41（时钟已核对）" in answer.text


def test_a_locked_station_verifies_too(trusting: Counter) -> None:
    trusting.installation.close()

    assert "这张凭证是真的" in trusting.sends("/verify/", text=VECTOR["text"]).text


def test_a_file_with_the_code_may_be_uploaded(trusting: Counter) -> None:
    file = (BytesIO(b"%PDF " + VECTOR["text"].encode() + b"\n"), "receipt.pdf")

    assert "这张凭证是真的" in trusting.sends("/verify/", {"file": file}).text


@pytest.mark.parametrize("text", ["", "YM1:0", VECTOR["text"][:-3], "<script>", "中" * 9000])
def test_anything_else_is_refused_beside_its_field(trusting: Counter, text: str) -> None:
    answer = trusting.sends("/verify/", text=text)

    assert answer.status_code == 422
    assert 'href="#text"' in answer.text
    assert "<script>" not in answer.text
    assert "这张凭证是真的" not in answer.text


def test_a_picture_is_answered_with_what_to_do(trusting: Counter) -> None:
    answer = trusting.sends("/verify/", {"file": (BytesIO(b"\x89PNG\r\n\x1a\n"), "scan.png")})

    assert answer.status_code == 422
    assert "扫码" in answer.text and 'href="#file"' in answer.text


def test_a_station_without_a_root_says_what_is_missing(station: Counter) -> None:
    answer = station.sends("/verify/", text=VECTOR["text"])

    assert answer.status_code == 422
    assert "还没有收到大厅签名的目录根文件" in answer.text
