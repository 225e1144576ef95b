"""Files on their way between a node and the hall above it, piece by piece; letters go first.

The courier says when; this says which piece of which file goes next. Nothing is tried again after
the link broke: the next exchange goes on from what each side holds.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence

from sync import attachments, carriage
from sync.exchange import receive_file
from sync.limits import CHUNK_BYTES_MAX, CHUNK_BYTES_START, ROUNDS_MAX
from sync.line import Line
from sync.mailbox import Mailbox
from sync.manifest import Want
from sync.pace import next_chunk_bytes
from sync.transport import Answer

TUS = {"Tus-Resumable": "1.0.0"}
CHUNK_TYPE = "application/offset+octet-stream"
SETBACKS_MAX = 8  # damaged or misplaced pieces of one file before it waits for the next exchange


class Freight:
    """The files of one node and its hall. sent_bytes, received_bytes: of files, since `starts`.

    chunk_bytes: size of the next piece; it follows the link from exchange to exchange.
    """

    def __init__(self, box: Mailbox, hall_id: str, line: Line) -> None:
        self._box, self._hall_id, self._line = box, hall_id, line
        self.chunk_bytes = CHUNK_BYTES_START
        self.sent_bytes = self.received_bytes = 0
        self._lets_mail_pass: Callable[[], bool] = lambda: True
        self._stop: Callable[[Answer], None] = lambda _: None
        self._is_stopped = False

    def starts(self, lets_mail_pass: Callable[[], bool], stop: Callable[[Answer], None]) -> None:
        """An exchange begins.

        lets_mail_pass: called before each piece; False when the exchange cannot go on. stop: told of
        an answer after which nothing more can be sent now.
        """
        self._lets_mail_pass, self._stop = lets_mail_pass, stop
        self.sent_bytes = self.received_bytes = 0
        self._is_stopped = False

    def carry(self, wants: Sequence[Want]) -> bool:
        """Files both ways; True when a file became whole, so that receipts are due.

        wants: what the hall lacks, and from where on.
        """
        moved = False
        for want in wants:
            may_send = carriage.may_send(self._box, self._hall_id, want.sha256)
            if may_send and attachments.is_whole(want.sha256):
                moved |= self._upload(want)
            if self._is_stopped:
                return False
        for owner, want in carriage.wanted(self._box, self._hall_id, ROUNDS_MAX):
            moved |= self._download(owner, want)
            if self._is_stopped:
                return False
        return moved

    def breaks(self) -> None:
        """The link broke: smaller pieces from here on."""
        self.chunk_bytes = next_chunk_bytes(self.chunk_bytes, 0.0, is_through=False)

    def _upload(self, want: Want) -> bool:
        """Send a file from where the hall holds it; True when the hall has all of it."""
        offset, size_bytes, setbacks = want.held, attachments.sealed_size(want.sha256), 0
        while offset < size_bytes and setbacks < SETBACKS_MAX:
            if not self._may_go_on():
                return False
            data = attachments.sealed_range(want.sha256, offset, self.chunk_bytes)
            answer = self._line.request("PATCH", f"/files/{want.sha256}", _chunk_headers(offset, data), data)
            reached = _offset_of(answer)
            if answer.status not in (204, 409, 460) or reached is None:
                return self._stops(answer)
            is_through = answer.status == 204 and reached == offset + len(data)
            setbacks += not is_through
            self.sent_bytes += len(data) if is_through else 0
            self.chunk_bytes = next_chunk_bytes(len(data), answer.seconds, is_through)
            offset = reached
        return offset >= size_bytes

    def _download(self, owner: str, want: Want) -> bool:
        """Take a file from where we hold it; True when we have all of it."""
        offset, setbacks = want.held, 0
        _, size_bytes = attachments.progress(owner, want.sha256)
        if attachments.is_whole(want.sha256):
            self._adopt(owner, want, size_bytes)
        while not attachments.is_whole(want.sha256) and setbacks < SETBACKS_MAX:
            if not self._may_go_on():
                return False
            headers = {"Range": f"bytes={offset}-{offset + self.chunk_bytes - 1}"}
            answer = self._line.request("GET", f"/files/{want.sha256}", headers)
            if answer.status in (404, 409) and owner != self._hall_id:
                return False  # a relay that does not hold it, or not all of it yet
            if answer.status != 206 or not 0 < len(answer.body) <= size_bytes - offset:
                return self._stops(answer)
            held = receive_file(self._box, owner, want.sha256, offset, answer.body)
            is_through = held == offset + len(answer.body)
            setbacks += not is_through
            self.received_bytes += len(answer.body)
            self.chunk_bytes = next_chunk_bytes(len(answer.body), answer.seconds, is_through)
            offset = held
        is_whole = attachments.is_whole(want.sha256)
        if is_whole and owner != self._hall_id:
            carriage.owe_receipt(owner, want.sha256)
        return is_whole

    def _adopt(self, owner: str, want: Want, size_bytes: int) -> None:
        """The file is here already, as our own that comes back: nothing of it has to travel."""
        offset = want.held
        while offset < size_bytes:
            data = attachments.sealed_range(want.sha256, offset, CHUNK_BYTES_MAX)
            offset = receive_file(self._box, owner, want.sha256, offset, data)

    def _may_go_on(self) -> bool:
        self._is_stopped = not self._lets_mail_pass()
        return not self._is_stopped

    def _stops(self, answer: Answer) -> bool:
        self._is_stopped = True
        self._stop(answer)
        return False


def _chunk_headers(offset: int, data: bytes) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    own = {"Content-Type": CHUNK_TYPE, "Upload-Offset": str(offset), "Upload-Checksum": f"sha256 {digest}"}
    return TUS | own


def _offset_of(answer: Answer) -> int | None:
    text = answer.headers.get("upload-offset", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
