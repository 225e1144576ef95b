"""Where the hall's keys come from: a signed root, or a plain file; anything odd is refused."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root

from station.documents.errors import TrustRefused
from station.documents.proof import ReceiptProof
from station.documents.trust import read_trust
from station.documents.verify import HallKey, verify_receipt

VECTOR = json.loads(Path("docs/vectors/receipt.json").read_text("utf-8"))
ENTRY = {"node_id": "b7" * 16, "division": "440205000000", "key": VECTOR["hall_public"]}


def signed_root(*, entry: object = ENTRY, signatures: int = 2) -> bytes:
    signers = [CryptoSigner.generate_ed25519() for _ in range(3)]
    root = Root(expires=datetime(2030, 1, 1, tzinfo=UTC))
    for signer in signers:
        root.add_key(signer.public_key, "root")
    root.roles["root"].threshold = 2
    root.unrecognized_fields["yimen"] = {"receipt_keys": [entry]}
    metadata = Metadata(root)
    for signer in signers[:signatures]:
        metadata.sign(signer, append=True)
    return metadata.to_bytes()


def test_the_published_vector_verifies_as_written_down():
    hall = HallKey("b7" * 16, VECTOR["hall_division"], bytes.fromhex(VECTOR["hall_public"]))

    verdict = verify_receipt(VECTOR["text"], [hall]).as_json()

    assert ReceiptProof.from_bytes(bytes.fromhex(VECTOR["body"])).to_bytes().hex() == VECTOR["body"]
    for name, value in VECTOR["says"].items():
        assert verdict["station" if name == "division" else name] == (
            {"node_id": bytes(range(16)).hex(), "division": value} if name == "division" else value
        )


def test_a_signed_root_hands_over_the_hall_keys():
    [key] = read_trust(signed_root())

    assert verify_receipt(VECTOR["text"], [key]).hall_division == "440205000000"


def test_a_plain_trust_file_will_do():
    plain = json.dumps({"format": "yimen-trust/1", "receipt_keys": [ENTRY]}).encode()

    assert read_trust(plain) == read_trust(signed_root())


def test_a_root_with_too_few_signatures_is_refused():
    with pytest.raises(TrustRefused) as refused:
        read_trust(signed_root(signatures=1))

    assert "签名" in refused.value.why


def test_a_root_with_a_changed_key_is_refused():
    root = json.loads(signed_root())
    root["signed"]["yimen"]["receipt_keys"][0]["division"] = "440222000000"

    with pytest.raises(TrustRefused):
        read_trust(json.dumps(root).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"format":"yimen-trust/1"}',
        b'{"format":"yimen-trust/1","receipt_keys":[]}',
        b'{"format":"yimen-trust/1","receipt_keys":[7]}',
        b'{"signed":{"_type":"root"},"signatures":[]}',
        b'{"signed":7,"signatures":7}',
        b" " * 600_000,
    ],
)
def test_a_file_that_is_no_trust_file_is_refused_in_chinese(data):
    with pytest.raises(TrustRefused) as refused:
        read_trust(data)

    assert refused.value.why and refused.value.next_step


@pytest.mark.parametrize(
    "change",
    [{"key": "01" + "00" * 31}, {"key": "zz"}, {"key": "ab"}, {"division": "44020500000"}, {"node_id": "b7"}],
)
def test_an_odd_key_in_a_trust_file_is_refused(change):
    plain = json.dumps({"format": "yimen-trust/1", "receipt_keys": [ENTRY | change]}).encode()

    with pytest.raises(TrustRefused):
        read_trust(plain)
