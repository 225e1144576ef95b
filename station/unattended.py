"""Opening a node without a person: a hall, or a station that must come back after a power cut.

The risk, said wherever this is switched on: whoever takes the disk with the key file has the data. A
systemd credential bound to the machine (LoadCredentialEncrypted) is the better place.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from station.errors import KeyFileRefused
from station.files import write_atomically
from station.vault import NODE_KEY_BYTES

CREDENTIAL_NAME = "yimen-node-key"
KEY_FILE = "unattended.key"
RISK = (
    "注意：本站已设为无人值守，钥匙与数据放在同一台机器上。"
    "整机或硬盘被盗时，数据可以被读出。请锁好机器，能用 systemd 加密凭据时不要用钥匙文件。"
)


def write_key_file(data_folder: Path, node_key: bytes) -> Path:
    """Leave the node key in a file that only this user can read."""
    path = data_folder / KEY_FILE
    write_atomically(path, node_key.hex().encode() + b"\n")
    return path


def find_key(data_folder: Path, environment: Mapping[str, str]) -> bytes | None:
    """The node key from a systemd credential or the key file, None where there is neither.

    Raises KeyFileRefused when the file is open to others or its content is no key.
    """
    folder = environment.get("CREDENTIALS_DIRECTORY")
    credential = Path(folder) / CREDENTIAL_NAME if folder else None
    if credential is not None and credential.is_file():
        return _read(credential)
    path = data_folder / KEY_FILE
    if not path.is_file():
        return None
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyFileRefused(f"{path} 的权限太宽，别的用户也能读。")
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text("ascii")[:200].strip())
    except (OSError, ValueError) as error:
        raise KeyFileRefused(f"{path} 读不出来，或内容不是钥匙。") from error
    if len(key) != NODE_KEY_BYTES:
        raise KeyFileRefused(f"{path} 的长度不对。")
    return key
