"""Files on their way between a node and the hall above it: several pieces under way, letters first.

Each piece travels over a connection of its own and is kept wherever in the file it belongs, so a
cut costs the pieces that were in the air and nothing else. Nothing is tried again here after the
link broke: the next exchange goes on from what each side holds, and begins with pieces that were
never sent while it still asks.
"""

import base64
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sync import attachments, carriage
from sync.cargo import Cargo, Hold
from sync.errors import SyncError
from sync.exchange import place_piece, receive_file
from sync.flow import Flow
from sync.lanes import Lanes
from sync.limits import CHUNK_BYTES_MAX, LANES_MAX
from sync.line import OK, Line, refusal_of
from sync.mailbox import Mailbox
from sync.manifest import Want
from sync.spans import Span
from sync.transport import Answer, Transport

LOOK_SECONDS = 0.2  # how often we look for a new letter while pieces are in the air
FETCHED_AT_ONCE = 32  # files asked for before the list is made anew
NO_ROOM = 507


class Way:
    """One direction: the files in it, and what was learnt of the link."""

    def __init__(self, is_up: bool) -> None:
        self.is_up = is_up
        self.hold = Hold()
        self.flow = Flow()
        self.is_shut = False
        self.flying_bytes = 0
        self.flying = 0
        self._free_at = 0.0

    def starts(self) -> None:
        """A new exchange."""
        self.is_shut = False
        for cargo in self.hold:
            cargo.starts()

    def queue(self, size_bytes: int, now: float) -> float:
        """Seconds until the link is free for a piece that joins those in the air."""
        leaves_at = max(now, self._free_at)
        self._free_at = leaves_at + self.flow.gap_seconds(size_bytes)
        return leaves_at - now


@dataclass(frozen=True)
class Piece:
    """A piece in the air. ahead_bytes: what was in the air when it left, itself included."""

    way: Way
    cargo: Cargo
    span: Span
    ahead_bytes: int

    @property
    def size(self) -> int:
        """In bytes."""
        return self.span[1] - self.span[0]


class Freight:
    """The files of one node and its hall.

    sent_bytes, received_bytes: of files, in this exchange. why: why files stay behind while letters
    go on, in Chinese, or "". may_send: asked before each piece, with its size in bytes. beside_bytes:
    what passed over connections beside the line and is counted there when the exchange ends.
    """

    def __init__(self, box: Mailbox, hall_id: str, line: Line, opens: Callable[[], Transport] | None) -> None:
        """opens: makes a further connection to the hall; None for one piece at a time."""
        self._box, self._hall_id, self._line, self._opens = box, hall_id, line, opens
        self._up, self._down = Way(is_up=True), Way(is_up=False)
        self._round_trip_seconds = 0.0
        self.sent_bytes = self.received_bytes = self.beside_bytes = self._heard = 0
        self.why = ""
        self.may_send: Callable[[int], bool] = lambda _: True

    @contextmanager
    def exchange(
        self,
        lets_mail_pass: Callable[[], bool],
        stop: Callable[[Answer], None],
        wants: Callable[[], tuple[int, Sequence[Want]]],
    ) -> Iterator[None]:
        """One exchange, at whose end no piece is left in the air.

        lets_mail_pass: called before each piece; False when the exchange cannot go on. stop: told of
        an answer after which nothing more can be sent now. wants: how many full answers of the hall
        there were in this exchange, and what it lacks by the last of them.
        """
        self._lets_mail_pass, self._stop, self._wants = lets_mail_pass, stop, wants
        self.sent_bytes = self.received_bytes = self.beside_bytes = self._heard = 0
        self.why = ""
        self._is_stopped = self._has_resumed = self._has_become_whole = False
        for way in (self._up, self._down):
            way.starts()
        with Lanes[Piece](self._line, self._opens, LANES_MAX, is_beside=True) as self._lanes:
            try:
                yield
            finally:
                self._is_stopped = True
                while self._lanes.under_way:
                    self._take_next(None)

    def resumes(self) -> None:
        """After a cut: pieces that were never sent go at once, beside the question how far we are."""
        if self._opens is not None:
            self._has_resumed = self._fill()

    def carry(self) -> bool:
        """Files both ways; True when a file became whole, so that receipts are due."""
        if not self._has_resumed:
            self._round_trip_seconds = self._line.quickest_seconds
        self._has_become_whole = False
        self._heard = 0
        while self._turn():
            pass
        return self._has_become_whole and not self._is_stopped

    def _turn(self) -> bool:
        """Letters, then as many pieces as may be in the air, then one answer; False at the end."""
        if not self._is_stopped:
            self._is_stopped = not self._lets_mail_pass()
        if not self._is_stopped:
            self._hear()
            self._fill()
        is_busy = self._lanes.under_way > 0
        if is_busy:
            self._take_next(LOOK_SECONDS)
        return is_busy

    def _hear(self) -> None:
        """What the hall said last of what it lacks, and what we lack ourselves."""
        answers, wants = self._wants()
        if answers == self._heard:
            return
        self._heard = answers
        self._up.hold.keep(want.sha256 for want in wants)
        for want in wants:
            if self._up.hold.get(want.sha256) is None and self._may_upload(want.sha256):
                self._up.hold.add(self._outgoing(want.sha256))
            self._tell(self._up, want)
        lacking = carriage.wanted(self._box, self._hall_id, FETCHED_AT_ONCE)
        self._down.hold.keep(want.sha256 for _, want in lacking)
        for owner, want in lacking:
            if attachments.is_whole(want.sha256):
                self._adopt(owner, want)
                continue
            if self._down.hold.get(want.sha256) is None:
                self._down.hold.add(self._incoming(owner, want.sha256))
            self._tell(self._down, want)

    def _adopt(self, owner: str, want: Want) -> None:
        """The file is here already, as our own that comes back: nothing of it has to travel."""
        _, size_bytes = attachments.progress(owner, want.sha256)
        offset = want.held
        while offset < size_bytes:
            data = attachments.sealed_range(want.sha256, offset, CHUNK_BYTES_MAX)
            held = receive_file(self._box, owner, want.sha256, offset, data)
            if held <= offset:  # what the disk gives back is not the file any more
                return
            offset = held
        self._becomes_whole(owner, want.sha256)

    def _becomes_whole(self, owner: str, sha256: str) -> None:
        self._has_become_whole = True
        if owner not in ("", self._hall_id):
            carriage.owe_receipt(owner, sha256)

    def _may_upload(self, sha256: str) -> bool:
        return carriage.may_send(self._box, self._hall_id, sha256) and attachments.is_whole(sha256)

    def _outgoing(self, sha256: str) -> Cargo:
        letter = attachments.letter_of(self._hall_id, sha256)
        return Cargo(sha256, attachments.sealed_size(sha256), "", letter or _alone(sha256))

    def _incoming(self, owner: str, sha256: str) -> Cargo:
        _, size_bytes = attachments.progress(owner, sha256)
        return Cargo(sha256, size_bytes, owner, _alone(sha256))

    def _tell(self, way: Way, want: Want) -> None:
        cargo = way.hold.get(want.sha256)
        if cargo is not None:
            cargo.hears(want)

    def _fill(self) -> bool:
        """As many pieces into the air as may be; True when there was one."""
        count = 0
        while self._send_one():
            count += 1
        return count > 0

    def _send_one(self) -> bool:
        """One piece, of the direction that has fewer in the air."""
        if self._lanes.under_way >= self._lanes.width:
            return False
        for way in sorted((self._up, self._down), key=lambda way: way.flying):
            if way.is_shut or way.flying >= way.flow.under_way or not self.may_send(way.flow.chunk_bytes):
                continue
            cargo = way.hold.next_cargo()
            if cargo is not None:
                self._send(way, cargo)
                return True
        return False

    def _send(self, way: Way, cargo: Cargo) -> None:
        span = cargo.next_piece(way.flow.chunk_bytes)
        size_bytes = span[1] - span[0]
        way.flying += 1
        way.flying_bytes += size_bytes
        piece = Piece(way, cargo, span, way.flying_bytes)
        wait_seconds = way.queue(size_bytes, time.monotonic())
        if way.is_up:
            data = attachments.sealed_range(cargo.sha256, span[0], size_bytes)
            path = f"/files/{cargo.sha256}/{span[0]}"
            self._lanes.send(piece, "PUT", path, _chunk_headers(data), data, wait_seconds)
        else:
            headers = {"Range": f"bytes={span[0]}-{span[1] - 1}"}
            self._lanes.send(piece, "GET", f"/files/{cargo.sha256}", headers, b"", wait_seconds)

    def _take_next(self, timeout_seconds: float | None) -> None:
        landed = self._lanes.next_within(timeout_seconds)
        if landed is None:
            return
        piece, answer = landed
        piece.way.flying -= 1
        piece.way.flying_bytes -= piece.size
        if self._opens is not None:
            self.beside_bytes += answer.bytes_up + answer.bytes_down
        if answer.status == 0:
            self._lose(piece, answer)
        elif piece.way.is_up:
            self._land_upload(piece, answer)
        else:
            self._land_download(piece, answer)

    def _land_upload(self, piece: Piece, answer: Answer) -> None:
        held = _offset_of(answer)
        if answer.status == OK and held is not None:
            self.sent_bytes += piece.size
            self._land(piece, answer, held)
        elif answer.status in (409, 460):
            piece.cargo.misses(piece.span)
        else:
            self._refuse(piece, answer)

    def _land_download(self, piece: Piece, answer: Answer) -> None:
        if answer.status != 206 or not 0 < len(answer.body) <= piece.size:
            self._refuse(piece, answer)
            return
        start, cargo = piece.span[0], piece.cargo
        try:
            held = place_piece(self._box, cargo.owner, cargo.sha256, start, answer.body)
        except SyncError:
            piece.cargo.misses(piece.span)
            return
        self.received_bytes += len(answer.body)
        if len(answer.body) < piece.size:
            piece.cargo.misses(piece.span, stored=len(answer.body))
        else:
            self._land(piece, answer, held)

    def _land(self, piece: Piece, answer: Answer, held: int) -> None:
        piece.cargo.lands(piece.span, held)
        piece.way.flow.through(piece.size, piece.ahead_bytes, answer.seconds, self._round_trip_seconds)
        if piece.cargo.is_whole:
            piece.way.hold.drop(piece.cargo.sha256)
            self._becomes_whole(piece.cargo.owner, piece.cargo.sha256)

    def _lose(self, piece: Piece, answer: Answer) -> None:
        """The link broke under it; one cut takes all that is in the air, and counts once."""
        piece.cargo.loses(piece.span)
        if not self._is_stopped:
            piece.way.flow.cut()
            self._stops(answer)

    def _refuse(self, piece: Piece, answer: Answer) -> None:
        piece.cargo.misses(piece.span)
        if answer.status in (404, 409):  # not expected any more; or not there, as yet, at a relay
            piece.way.hold.drop(piece.cargo.sha256)
            is_relayed = piece.cargo.owner not in ("", self._hall_id)
            self.why = self.why if is_relayed else refusal_of(answer)
        elif answer.status == NO_ROOM:
            piece.way.is_shut, self.why = True, refusal_of(answer)
        elif not self._is_stopped:
            self._stops(answer)

    def _stops(self, answer: Answer) -> None:
        self._is_stopped = True
        self._stop(answer)


def _alone(sha256: str) -> int:
    """In place of a letter's number, where no letter of ours names the file: it takes a turn of its own."""
    return -1 - int(sha256[:8], 16)


def _chunk_headers(data: bytes) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    return {"Upload-Checksum": f"sha256 {digest}"}


def _offset_of(answer: Answer) -> int | None:
    text = answer.headers.get("upload-offset", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
