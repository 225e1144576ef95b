"""What a county shows the city: public halves, each with the proof that the county holds the other half."""

import json

import pytest

from catalog_cache.errors import BadHandover
from catalog_cache.signatures.signing import CountyKeys, ReceiptKey
from tests.catalog_cache.press import CODE, Press, new_county_signers

RECEIPT = ReceiptKey("ab" * 16, CODE, bytes(31) + b"\x07")


def request_of(code: str = CODE) -> dict[str, object]:
    signers = new_county_signers()
    return json.loads(CountyKeys.of(code, signers, [RECEIPT]).to_request(signers))


def refused(document: object) -> str:
    with pytest.raises(BadHandover) as refusal:
        CountyKeys.from_request(json.dumps(document).encode())
    return refusal.value.why


def test_a_request_reads_back_as_it_was_made():
    signers = new_county_signers(2)
    keys = CountyKeys.of(CODE, signers, [RECEIPT])

    assert CountyKeys.from_request(keys.to_request(signers)) == keys


def test_a_county_cannot_pass_off_anothers_key_as_its_own():
    mine, theirs = request_of(), request_of()
    mine["body"]["timestamp"] = theirs["body"]["timestamp"]  # type: ignore[index]

    assert "没有证明持有" in refused(mine)


def test_a_changed_receipt_key_breaks_the_proof():
    document = request_of()
    document["body"]["receipt_keys"][0]["key"] = "11" * 32  # type: ignore[index]

    assert "没有证明持有" in refused(document)


@pytest.mark.parametrize(
    "point",
    [
        "00" * 32,
        "01" + "00" * 31,
        "00" * 31 + "80",
        "01" + "00" * 30 + "80",
        "ec" + "ff" * 30 + "7f",
        "ee" + "ff" * 31,
    ],
)
def test_a_key_under_which_anybody_can_sign_is_refused(point: str):
    document = request_of()
    document["body"]["snapshot"]["keyval"]["public"] = point  # type: ignore[index]

    assert "弱密钥" in refused(document)


@pytest.mark.parametrize("code", ["4402", "44020500000A", ""])
def test_a_division_code_of_the_wrong_form_is_refused(code: str):
    with pytest.raises(BadHandover, match="12 位数字"):
        request_of(code)


@pytest.mark.parametrize(
    "document", [[], {}, {"body": {}}, {"body": None, "signatures": []}, {"body": [], "signatures": 7}]
)
def test_what_is_no_request_is_refused(document: object):
    assert refused(document)


def test_a_key_under_a_false_id_or_of_another_scheme_is_refused():
    document = request_of()
    document["body"]["county"][0]["keyid"] = "00" * 32  # type: ignore[index]
    assert "密钥编号与密钥不符" in refused(document)
    document["body"]["county"][0]["scheme"] = "rsassa-pss-sha256"  # type: ignore[index]
    assert "只接受 Ed25519" in refused(document)


def test_a_huge_file_is_not_even_parsed():
    with pytest.raises(BadHandover, match="超过"):
        CountyKeys.from_request(b"[" * 100_000)


@pytest.mark.parametrize("field", ["node_id", "division", "key"])
def test_a_receipt_key_with_a_bad_field_is_refused(field: str):
    with pytest.raises(BadHandover):
        ReceiptKey.from_dict(RECEIPT.to_dict() | {field: "x"})


def test_the_county_keys_of_a_press_pass_the_citys_check(press: Press):
    keys = press.county_keys()

    assert CountyKeys.from_request(keys.to_request(press.county)) == keys
