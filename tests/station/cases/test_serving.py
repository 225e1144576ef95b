"""A stored file reaches the browser under its own name, whatever it is called."""

from urllib.parse import unquote

from station.cases.serving import file_response


def test_a_scan_with_a_chinese_name_can_be_sent_as_a_header():
    answer = file_response(b"%PDF-1.7", "application/pdf", "户口簿（全）.pdf")

    sent = answer.headers["Content-Disposition"]
    assert sent.encode("latin-1")
    assert unquote(sent.partition("''")[2]) == "户口簿（全）.pdf"


def test_a_name_cannot_add_a_header_or_end_its_own():
    answer = file_response(b"", "image/png", 'a"\r\nSet-Cookie: x=1; filename=b.html')

    assert "\r" not in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].count(";") == 1
