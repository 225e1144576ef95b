"""`yimen receipt verify`, as somebody calls it who has nothing but a receipt and the hall's keys."""

import json
from pathlib import Path

import pytest

from station.cli import main
from station.documents.receipt import build_receipt


@pytest.fixture
def root(counter, tmp_path: Path) -> str:
    keys = [
        {"node_id": hall.node_id, "division": hall.division, "key": hall.key.hex()}
        for hall in counter.hall_keys
    ]
    path = tmp_path / "trust.json"
    path.write_text(json.dumps({"format": "yimen-trust/1", "receipt_keys": keys}), "utf-8")
    return str(path)


def test_a_pdf_is_verified_offline(counter, root, tmp_path, capsys):
    pdf = tmp_path / "收件凭证.pdf"
    pdf.write_bytes(build_receipt(counter.receipt()).pdf)

    assert main(["receipt", "verify", str(pdf), "--root", root]) == 0
    assert "这张凭证是真的：编号 440205100201-1-20261122-0007-K" in capsys.readouterr().out


def test_the_scanned_text_is_verified_and_told_to_programs(counter, root, capsys):
    assert main(["receipt", "verify", counter.seal(counter.proof()), "--root", root, "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["receipt_number"] == "440205100201-1-20261122-0007-K"
    assert told["station"]["division"] == "440205100201"
    assert [line["materials"][0]["state"] for line in told["lines"]] == ["missing", "missing"]


def test_an_altered_receipt_is_refused_with_what_why_and_next_step(counter, root, tmp_path, capsys):
    pdf = tmp_path / "altered.pdf"
    data = build_receipt(counter.receipt()).pdf
    place = data.index(b"YM1:") + 250
    pdf.write_bytes(data[:place] + (b"A" if data[place : place + 1] != b"A" else b"B") + data[place + 1 :])

    assert main(["receipt", "verify", str(pdf), "--root", root]) == 1
    said = capsys.readouterr().err
    assert "没有通过验真" in said and "原因：" in said and "下一步：" in said


@pytest.mark.parametrize("given", ["no-such-file.pdf", "", "\x00", "/", "x" * 5000])
def test_what_is_neither_text_nor_file_is_refused(root, capsys, given):
    assert main(["receipt", "verify", given, "--root", root]) == 1
    assert "错误：" in capsys.readouterr().err


def test_a_missing_root_file_is_refused(counter, capsys):
    assert main(["receipt", "verify", counter.seal(counter.proof()), "--root", "nowhere.json"]) == 1
    assert "信任文件不能使用" in capsys.readouterr().err
