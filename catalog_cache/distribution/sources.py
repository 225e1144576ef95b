"""Where signed files come from: a web server or a folder. Nothing read here is believed yet."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from catalog_cache.errors import NotServed, SourceUnreachable, UpdateRefused
from catalog_cache.files import NotAFile, read_piece, read_plain
from catalog_cache.signatures.shelf import DELTAS, FILES, METADATA, TARGETS

CONNECT_SECONDS, READ_SECONDS = 10, 60
_CHUNK_BYTES = 16 * 1024
_RESUMES_MAX = 100
_PART, _PAST_THE_END = 206, 416


class Source(Protocol):
    """A place that holds the layout of `shelf`.

    Its methods raise NotServed, SourceUnreachable or UpdateRefused. requests, bytes_read: so far.
    """

    requests: int
    bytes_read: int

    def metadata(self, name: str, size_max: int) -> bytes:
        """One metadata file, at most `size_max` bytes."""

    def target(self, name: str, size_max: int, part: Path | None = None) -> bytes:
        """One signed file. part: where a cut-off transfer is kept, for the next one to go on from."""

    def delta(self, name: str, size_max: int, part: Path | None = None) -> bytes:
        """One delta, see `shelf.delta_name`; it is served or not as the place likes."""

    def piece(self, name: str, start: int, size: int) -> bytes:
        """At most `size` bytes from `start` on of a sample or form, named by its SHA-256."""


class FolderSource:
    """A folder, such as a stick. Each file is read once, whole, and never again: no change on the
    stick after the check can matter. No link is followed, nothing but plain files is opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requests = 0
        self.bytes_read = 0

    def metadata(self, name: str, size_max: int) -> bytes:
        """See Source."""
        return self._read(METADATA, name, size_max)

    def target(self, name: str, size_max: int, part: Path | None = None) -> bytes:
        """See Source."""
        return self._read(TARGETS, name, size_max)

    def delta(self, name: str, size_max: int, part: Path | None = None) -> bytes:
        """See Source."""
        return self._read(DELTAS, name, size_max)

    def piece(self, name: str, start: int, size: int) -> bytes:
        """See Source. One that cannot be read is refused alone: those beside it may be sound."""
        try:
            return self._opened(FILES, name, lambda path: read_piece(self.folder, path, start, size))
        except SourceUnreachable as error:
            if not self.folder.is_dir():
                raise
            raise UpdateRefused("content", error.why) from error

    def _read(self, room: str, name: str, size_max: int) -> bytes:
        return self._opened(room, name, lambda path: read_plain(self.folder, path, size_max))

    def _opened(self, room: str, name: str, read: Callable[[str], bytes]) -> bytes:
        self.requests += 1
        try:
            data = read(f"{room}/{name}")
        except (FileNotFoundError, NotADirectoryError) as error:
            if not self.folder.is_dir():
                raise SourceUnreachable(f"找不到文件夹 {self.folder}。") from error
            raise NotServed(f"{room}/{name}") from error
        except NotAFile as error:
            raise UpdateRefused("content", f"{error}。") from error
        except OSError as error:
            raise SourceUnreachable(f"读取 {room}/{name[:80]} 时出错：{error.strerror}。") from error
        self.bytes_read += len(data)
        return data


class HttpSource:
    """A web server that serves the folder as it is."""

    def __init__(
        self, metadata_url: str, targets_url: str, session: Any = None, beside_url: str = ""
    ) -> None:
        """session: a requests.Session to share; its own otherwise.

        beside_url: where deltas/ and files/ lie, "" for nowhere. Raises UpdateRefused on an odd address.
        """
        import requests  # noqa: PLC0415 - a tenth of a second at start that most starts do not need

        for url in (metadata_url, targets_url):
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
                raise UpdateRefused("content", f"更新地址 {url[:120]} 不是 http 或 https 地址。")
        self._metadata_url = metadata_url.rstrip("/") + "/"
        self._targets_url = targets_url.rstrip("/") + "/"
        self._beside_url = beside_url
        self._session = session or requests.Session()
        self._session.headers.clear()
        self._session.headers["User-Agent"] = "yimen"  # what is not said need not cross a thin line
        self._broken = (requests.RequestException, OSError)
        self.requests = 0
        self.bytes_read = 0

    @classmethod
    def at(cls, url: str, session: Any = None) -> "HttpSource":
        """The usual address: one folder with metadata/, targets/, deltas/ and files/ in it."""
        base = url.rstrip("/")
        return cls(f"{base}/{METADATA}", f"{base}/{TARGETS}", session, base)

    def metadata(self, name: str, size_max: int) -> bytes:
        """See Source."""
        return self._whole(self._metadata_url + name, size_max)

    def target(self, name: str, size_max: int, part: Path | None = None) -> bytes:
        """See Source."""
        url = self._targets_url + quote(name, safe="/")
        return self._whole(url, size_max) if part is None else self._resumed(url, size_max, part)

    def delta(self, name: str, size_max: int, part: Path | None = None) -> bytes:
        """See Source."""
        url = self._beside(DELTAS, name)
        return self._whole(url, size_max) if part is None else self._resumed(url, size_max, part)

    def piece(self, name: str, start: int, size: int) -> bytes:
        """See Source."""
        with self._get(self._beside(FILES, name), start, start + size - 1) as answer:
            if answer.status_code != _PART:
                raise UpdateRefused("content", "更新来源不支持分段取文件。")
            return b"".join(self._chunks(answer, size))

    def _beside(self, room: str, name: str) -> str:
        if not self._beside_url:
            raise NotServed(f"{room}/{name}")
        return f"{self._beside_url}/{room}/{name}"

    def _whole(self, url: str, size_max: int) -> bytes:
        with self._get(url, 0) as answer:
            return b"".join(self._chunks(answer, size_max))

    def _resumed(self, url: str, size_max: int, part: Path) -> bytes:
        """Go on where the last transfer broke off: at once while it gets on, else at the next update."""
        part.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(_RESUMES_MAX):
            held = part.stat().st_size if part.exists() else 0
            try:
                self._append(url, size_max, part, held)
                break
            except SourceUnreachable:
                if not part.exists() or part.stat().st_size <= held:
                    raise
        return part.read_bytes()

    def _append(self, url: str, size_max: int, part: Path, held: int) -> None:
        with self._get(url, held) as answer:
            if answer.status_code == _PAST_THE_END:
                return
            goes_on = answer.headers.get("Content-Range", "").startswith(f"bytes {held}-")
            with part.open("ab" if goes_on else "wb") as file:
                for chunk in self._chunks(answer, size_max - (held if goes_on else 0)):
                    file.write(chunk)
                    file.flush()

    @contextmanager
    def _get(self, url: str, offset: int, last: int | None = None) -> Iterator[Any]:
        """An answer that carries content, or one that says the offset is past the end.

        last: the last byte wanted, None for all there is.
        """
        self.requests += 1
        span = f"bytes={offset}-{'' if last is None else last}"
        is_part = offset > 0 or last is not None
        headers = {"Accept-Encoding": "identity"} | ({"Range": span} if is_part else {})
        waits = (CONNECT_SECONDS, READ_SECONDS)
        try:
            answer = self._session.get(
                url, headers=headers, stream=True, timeout=waits, allow_redirects=False
            )
        except self._broken as error:
            raise SourceUnreachable(f"连不上 {urlsplit(url).netloc}。") from error
        with closing(answer):
            if answer.status_code in (403, 404, 410):
                raise NotServed(url)
            if answer.status_code not in (200, _PART, *([_PAST_THE_END] if is_part else [])):
                raise SourceUnreachable(f"{urlsplit(url).netloc} 答复 {answer.status_code}。")
            yield answer

    def _chunks(self, answer: Any, size_max: int) -> Iterator[bytes]:
        received = 0
        try:
            for chunk in answer.iter_content(_CHUNK_BYTES):
                received += len(chunk)
                self.bytes_read += len(chunk)
                if received > size_max:
                    raise UpdateRefused("limit", f"收到的文件超过应有的 {size_max} 字节。")
                yield chunk
        except self._broken as error:
            raise SourceUnreachable("传输中断。") from error
