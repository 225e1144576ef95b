"""Makes the bundle in docs/vectors/ anew: python -m tests.tools.make_bundle_vector

The keys are fixed, and everybody's to know. What is sealed is sealed afresh each time, so the bytes
differ from run to run; what must hold for them is written beside them.
"""

import json
import tempfile
from pathlib import Path

from sync.bundle import inspect_bundle, key_of
from sync.keys import NodeKeys
from tests.tools.mail_node import MailNode

FOLDER = Path(__file__).parents[2] / "docs" / "vectors"
HALL_KEYS = NodeKeys(b"\x01" * 32, b"\x02" * 32, b"\x03" * 64)
VILLAGE_KEYS = NodeKeys(b"\x11" * 32, b"\x12" * 32, b"\x13" * 64)


def make(folder: Path) -> None:
    """Write bundle.ymb, bundle.key, bundle.content-key and bundle.expected.json."""
    with tempfile.TemporaryDirectory() as name:
        hall = MailNode(1, "county", Path(name), HALL_KEYS)
        village = MailNode(2, "village", Path(name), VILLAGE_KEYS)
        village.joins(hall)
        _fill(hall, village, Path(name))
        village.exports(hall, folder / "bundle.ymb")
    (folder / "bundle.key").write_text(village.keys.signing_public.hex() + "\n")
    key = key_of(folder / "bundle.ymb", hall.keys)
    (folder / "bundle.content-key").write_text(key.hex() + "\n")
    shown = inspect_bundle(folder / "bundle.ymb", village.keys.signing_public, key)
    (folder / "bundle.expected.json").write_text(json.dumps(shown, indent=1) + "\n")


def _fill(hall: MailNode, village: MailNode, folder: Path) -> None:
    """One case with a scan went and was answered; two more and a second scan wait."""
    village.writes(hall, "c1", {"applicant": "张示例"}, [b"scan one " * 50])
    hall.imports(village.exports(hall, folder / "first.ymb").path)
    hall.writes(village, "c1", {"decision": "准予"}, [b"result " * 50])
    village.imports(hall.exports(village, folder / "back.ymb").path)
    village.writes(hall, "c2", {"applicant": "李示例"}, [b"scan two " * 50])
    village.writes(hall, "c3", {"applicant": "王示例"})


if __name__ == "__main__":
    make(FOLDER)
