"""HTTP both ways: any request to the hall's counter, and any answer a village may get from its address.

A talk is written as it goes over the wire: a first line, headers, an empty line, a body. `$TOKEN` and
`$LOGIN` stand for what only this process knows: the village's token, a nonce it just signed.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from random import Random
from urllib.parse import quote

from sync import attachments, tables
from sync.courier import Courier
from sync.transport import Answer
from tests.fuzz.mutate import ODD_BYTES, change_bytes
from tests.fuzz.targets import must, target
from tests.fuzz.world import undone, world

TUS = b"Tus-Resumable: 1.0.0\n"
REQUESTS_MAX = 1000
ENTRY = b"Authorization: Bearer $TOKEN\n"
METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT", "TRACE")
ODD_HEADERS = (
    b"Upload-Offset: 999999999999999",
    b"Upload-Offset: -1",
    b"Upload-Length: 0",
    b"Upload-Length: 1e9",
    b"Upload-Length: " + b"9" * 40,
    b"Upload-Metadata: sha256 ////",
    b"Upload-Metadata: " + b"," * 3000,
    b"Upload-Checksum: md5 AA==",
    b"Upload-Checksum: sha256",
    b"Upload-Concat: partial",
    b"Upload-Concat: final;/files/a /files/b",
    b"Upload-Defer-Length: 1",
    b"X-HTTP-Method-Override: DELETE",
    b"Range: bytes=0-0,1-1",
    b"Range: bytes=-1",
    b"Range: bytes=5-2",
    b"Range: lines=1-2",
    b"Content-Length: 99999999999",
    b"Content-Length: -5",
    b"Content-Encoding: gzip",
    b"Transfer-Encoding: chunked",
    b"Content-Type: \xe6\xb1\x89",
    b"Authorization: Bearer \xe6\xb1\x89",
    b"Authorization: Basic " + b"A" * 4000,
    b"Host: \0",
    b"Expect: 100-continue",
)


@target
def http(data: bytes) -> None:
    """Any request: an answer below 500, nothing kept that was not signed, no file but the one named."""
    here = world()
    with undone(here.hall):
        method, path, headers, body = _request(data)
        response = here.client.open(path, method=method, headers=headers, data=body)
        with response:
            must(response.status_code < 500 or response.status_code in (503, 507), "the hall broke down")
            must(response.content_length is None or response.content_length < 2**21, "a huge answer")
        _check_hall()


@target
def hall_answers(data: bytes) -> None:
    """Any answers from the hall's address: the village's exchange ends with a report."""
    here = world()
    with undone(here.village):
        link = _LyingLink(data)
        village = here.village
        courier = Courier(village.keys, village.node_id, "", village.box.handlers, village.box.clock, link)
        courier.exchange()
        held = {bytes(row.header) for row in tables.Arrival.select()}
        must(held <= here.true_headers, "an envelope nobody made was kept")


def samples() -> dict[str, list[bytes]]:
    """Requests an honest client makes, and answers an honest hall gives."""
    here = world()
    sha256, size_bytes = here.file.sha256, here.file.size
    named = base64.b64encode(sha256.encode())
    digest = base64.b64encode(hashlib.sha256(here.sealed[500:900]).digest())
    upload = b"PATCH /files/%s HTTP/1.1\n" % sha256.encode() + TUS + ENTRY
    upload += b"Content-Type: application/offset+octet-stream\n"
    create = b"POST /files/ HTTP/1.1\n" + TUS + ENTRY + b"Upload-Length: %d\n" % size_bytes
    fetch = b"GET /files/%s HTTP/1.1\n" % here.result.encode() + ENTRY
    requests = [
        b"POST /sync/v1/exchange HTTP/1.1\n" + ENTRY + b"\n" + here.parcels[0],
        b"POST /sync/v1/session HTTP/1.1\n\n$LOGIN",
        b"POST /sync/v1/exchange HTTP/1.1\n\n",
        create + b"Upload-Metadata: sha256 %s,name eA==\n\n" % named,
        upload + b"Upload-Offset: 500\n\n" + here.sealed[500:],
        upload + b"Upload-Offset: 500\nUpload-Checksum: sha256 %s\n\n" % digest + here.sealed[500:900],
        b"HEAD /files/%s HTTP/1.1\n" % sha256.encode() + TUS + ENTRY + b"\n",
        b"DELETE /files/%s HTTP/1.1\n" % sha256.encode() + TUS + ENTRY + b"\n",
        b"OPTIONS /files/ HTTP/1.1\n\n",
        fetch + b"\n",
        fetch + b"Range: bytes=10-99\n\n",
    ]
    answers = [
        b"200\n\n" + here.parcels[1],
        b'401\n\n{"hall":"%s","nonce":"%s"}' % (here.hall.node_id.encode(), b"0" * 80),
        b'200\n\n{"token":"abc","expires_in":9}',
        b"503\nRetry-After: 30\n\n{}",
        b"206\nContent-Range: bytes 0-9/10\n\n0123456789",
        b"204\nUpload-Offset: 400\n\n",
        b"200\n\n%s\n\n\n\n204*\nUpload-Offset: 500\n\n" % here.parcels[1],
        b"200\n\n%s\n\n\n\n204\nUpload-Offset: 1016\n\n\n\n\n\n204\n\n" % here.parcels[1],
        b"200\n\n%s\n\n\n\n409\nUpload-Offset: 99999\n\n\n\n\n\n206*\n\n%s" % (here.parcels[1], b"x" * 9000),
    ]
    return {"http": requests, "hall_answers": answers}


def change_talk(data: bytes, chance: Random, change_body: Callable[[bytes, Random], bytes]) -> bytes:
    """One blow to the first line, the headers or the body."""
    head, _, body = data.partition(b"\n\n")
    lines = head.split(b"\n")
    blow = chance.randrange(6)
    if blow == 0:
        parts = lines[0].split(b" ")
        at = chance.randrange(len(parts))
        parts[at] = chance.choice((chance.choice(METHODS).encode(), change_bytes(parts[at], chance)))
        lines[0] = b" ".join(parts)
    elif blow == 1:
        lines.insert(1, chance.choice(ODD_HEADERS))
    elif blow == 2:
        del lines[chance.randrange(len(lines))]
    elif blow == 3:
        at = chance.randrange(len(lines))
        lines[at] = change_bytes(lines[at], chance) + chance.choice((b"", *ODD_BYTES))
    else:
        body = change_body(body, chance)
    return b"\n".join(lines) + b"\n\n" + body


class _LyingLink:
    """Answers each request with what the input says, whatever was asked; then with nothing.

    An answer whose first line ends with a star is given again and again.
    """

    def __init__(self, data: bytes) -> None:
        self._left = data.split(b"\n\n\n\n")[:20]
        self._asked = 0

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        for value in headers.values():
            value.encode("latin-1")  # what any HTTP library does with it
        self._asked += 1
        must(self._asked < REQUESTS_MAX, "an exchange without end")
        if not self._left:
            return Answer(0, why="连接中途断开了。")
        is_again = self._left[0].partition(b"\n")[0].endswith(b"*")
        first, headers, body = _split(self._left[0] if is_again else self._left.pop(0))
        first = first.rstrip("*")
        status = int(first) if first.isascii() and first.isdigit() and len(first) < 4 else 200
        return Answer(status, {name.lower(): value for name, value in headers}, body)


def _request(data: bytes) -> tuple[str, str, list[tuple[str, str]], bytes]:
    here = world()
    first, headers, body = _split(data.replace(b"$TOKEN", here.token.encode()))
    method, _, path = first.partition(" ")
    path = "/" + quote(path.partition(" ")[0].lstrip("/"), safe="/%?&=")
    if b"$LOGIN" in body:
        body = body.replace(b"$LOGIN", here.login().encode())
    is_chunked = any(name.lower() == "transfer-encoding" for name, _ in headers)
    headers = [pair for pair in headers if not is_chunked or pair[0].lower() != "content-length"]
    return method if method in METHODS else "POST", path, headers, body


def _split(data: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
    """First line, headers that a server would let through, body."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    pairs = (line.partition(":") for line in lines)
    headers = [(name.strip(), _shown(value.strip())) for name, _, value in pairs]
    return first, [pair for pair in headers if pair[0].isascii() and pair[0].replace("-", "").isalnum()], body


def _shown(value: str) -> str:
    """A server ends the request at a control character; what is left is tried."""
    return "".join(character if character.isprintable() else "?" for character in value)


def _check_hall() -> None:
    """Nothing was kept that nobody signed, and a whole file is the one it is named after."""
    here = world()
    held = {bytes(row.header) for row in tables.Arrival.select()}
    must(held <= here.true_headers, "an envelope nobody made was kept")
    for row in tables.SealedFile.select().where(tables.SealedFile.is_whole, tables.SealedFile.owner != ""):
        data = attachments.sealed_range(row.sha256, 0, row.size)
        must(hashlib.sha256(data).hexdigest() == row.sha256, "a file is whole and another one")
