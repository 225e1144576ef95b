"""The public tus clients as a stranger would use them: nothing of ours but an address and a token."""

import fcntl
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tusclient.client import TusClient

JS_SOURCE = Path(__file__).parent / "tus_js"
JS_HOME = Path(sys.prefix) / "tus_js"  # installed once, beside the Python tools


def send_with_tuspy(endpoint: str, token: str, sha256: str, data: bytes, chunk_bytes: int) -> None:
    """To the end, or an exception."""
    client = TusClient(endpoint, headers={"Authorization": f"Bearer {token}"})
    uploader = client.uploader(
        file_stream=io.BytesIO(data),
        chunk_size=chunk_bytes,
        metadata={"sha256": sha256},
        retries=60,
        retry_delay=0,
        upload_checksum=True,
    )
    uploader.upload()


def send_with_tus_js(
    folder: Path, endpoint: str, token: str, sha256: str, data: bytes, **more: Any
) -> dict[str, Any]:
    """To the end; says how often it tried again. more: options of the client. Raises CalledProcessError."""
    path = folder / "scan"
    path.write_bytes(data)
    asked = {"endpoint": endpoint, "token": token, "sha256": sha256, "path": str(path), "more": more}
    command = ["node", str(JS_SOURCE / "upload.mjs"), str(_js_home())]
    done = subprocess.run(
        command, input=json.dumps(asked), capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def _js_home() -> Path:
    """Where node finds the client; installed from the lock file when it is not there or is another one."""
    JS_HOME.mkdir(parents=True, exist_ok=True)
    with (JS_HOME / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # npm empties the folder it fills, and tests run side by side
        _install(JS_HOME)
    return JS_HOME


def _install(home: Path) -> None:
    lock = (JS_SOURCE / "package-lock.json").read_bytes()
    installed = home / "installed"
    if installed.exists() and installed.read_bytes() == lock:
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copy(JS_SOURCE / name, home / name)
    subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=home,
        check=True,
        capture_output=True,
        timeout=300,
    )
    installed.write_bytes(lock)
