"""How many of whom must sign: roots that hand over, and every other role under the root in force."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from securesystemslib.signer import Signer
from tuf.api.metadata import Root, Snapshot, Targets, Timestamp

from catalog_cache.errors import UpdateRefused
from tests.catalog_cache.press import Mirror, Press, Station, new_signer

KINDS = {"timestamp": Timestamp, "snapshot": Snapshot, "targets": Targets}
Keys = Sequence[int]


class Hands:
    """Six keys, and roots in the mirror that name and are signed by some of them."""

    def __init__(self, press: Press, mirror: Mirror) -> None:
        self.press, self.mirror = press, mirror
        self.pool = [new_signer() for _ in range(6)]

    def of(self, keys: Keys) -> list[Signer]:
        return [self.pool[key] for key in keys]

    def names(
        self, role: str, keys: Keys, threshold: int, signed_by: Keys = (), also: Sequence[Signer] = ()
    ) -> None:
        """The next root: `threshold` of these keys for a role."""
        root = self.mirror.read(Root, "root")
        root.version += 1
        for keyid in list(root.roles[role].keyids):
            root.revoke_key(keyid, role)
        for signer in self.of(keys):
            root.add_key(signer.public_key, role)
        root.roles[role].threshold = threshold
        self.mirror.writes("root", root, *also, *self.of(signed_by))


@pytest.fixture
def hands(press: Press, mirror: Mirror) -> Hands:
    return Hands(press, mirror)


def refreshes(far: Station, mirror: Mirror) -> str:
    """The reason for which a station refuses the mirror; "" when it takes it."""
    try:
        far.client(mirror.folder).refresh()
    except UpdateRefused as error:
        return error.reason
    return ""


@pytest.mark.parametrize(
    ("old", "new", "signed_by", "is_taken"),
    [
        (([1], 1), ([2], 1), [1, 2], True),
        (([1], 1), ([2], 1), [5, 2, 4, 1], True),  # signatures of strangers neither help nor harm
        (([1], 1), ([2], 1), [2], False),
        (([1], 1), ([2], 1), [1], False),
        (([0, 1, 2], 2), ([0, 1, 2], 2), [0, 2], True),
        (([0, 1, 2], 2), ([0, 1, 2], 2), [2, 1], True),
        (([0, 1, 2], 2), ([0, 1, 2], 2), [1], False),
        (([0, 1, 2], 2), ([0, 1, 2], 2), [1, 1], False),
        (([0, 1, 2], 2), ([0, 1, 3], 2), [0, 1], True),
        (([0, 1, 2], 2), ([0, 1, 3], 2), [0, 2, 3], True),
        (([0, 1, 2], 2), ([0, 1, 3], 2), [0, 3], False),  # one of the old
        (([0, 1, 2], 2), ([0, 1, 3], 2), [1, 2], False),  # one of the new
        (([0, 1, 2], 2), ([3, 4, 5], 2), [0, 1, 3, 4], True),
        (([0, 1, 2], 2), ([3, 4, 5], 2), [0, 1, 3], False),
        (([0, 1, 2], 2), ([3, 4, 5], 2), [0, 3, 4], False),
        (([0, 1, 2], 1), ([0, 1, 2], 2), [0], False),
        (([0, 1, 2], 1), ([0, 1, 2], 2), [0, 1], True),
        (([0, 1, 2], 2), ([0, 1, 2], 1), [0], False),
        (([0, 1, 2], 2), ([0, 1, 2], 1), [0, 2], True),
    ],
)
def test_a_root_needs_enough_of_the_old_keys_and_enough_of_its_own(
    hands: Hands,
    far: Station,
    old: tuple[Keys, int],
    new: tuple[Keys, int],
    signed_by: Keys,
    is_taken: bool,
):
    hands.names("root", *old, signed_by=old[0], also=hands.press.root_signers)
    hands.names("root", *new, signed_by=signed_by)

    assert refreshes(far, hands.mirror) == ("" if is_taken else "signature")
    assert far.version("root") == (3 if is_taken else 2)


@pytest.mark.parametrize("role", list(KINDS))
@pytest.mark.parametrize(
    ("keys", "threshold", "signed_by", "is_taken"),
    [
        ([2], 1, [2], True),
        ([1], 1, [3, 1, 4], True),
        ([2], 1, [1, 3], False),
        ([0, 1, 2, 3, 4], 3, [1, 3, 4], True),
        ([0, 1, 2, 3, 4], 3, [0, 4], False),
        ([0, 1, 3, 4, 5], 3, [0, 2, 4], False),
        ([0, 1], 3, [0, 1], False),  # more wanted than there are
    ],
)
def test_every_other_role_needs_as_many_as_the_root_says(
    hands: Hands, far: Station, role: str, keys: Keys, threshold: int, signed_by: Keys, is_taken: bool
):
    hands.names(role, keys, threshold, also=hands.press.root_signers)
    version = None if role == "timestamp" else 0
    signed = hands.mirror.read(KINDS[role], role, version)  # type: ignore[type-var]
    hands.mirror.writes(role, signed, *hands.of(signed_by))

    assert refreshes(far, hands.mirror) == ("" if is_taken else "signature")
    assert (far.metadata_dir / f"{role}.json").exists() is is_taken


def test_a_root_is_kept_before_what_follows_it_fails(hands: Hands, far: Station):
    hands.names("timestamp", [0], 1, also=hands.press.root_signers)

    assert refreshes(far, hands.mirror) == "signature"
    assert far.version("root") == 2


def test_fields_nobody_knows_are_signed_and_kept_like_any_other(press: Press, far: Station, mirror: Mirror):
    root = mirror.read(Root, "root")
    root.version += 1
    root.unrecognized_fields["from-a-later-version"] = {"a": [1, 2]}
    root.roles["root"].unrecognized_fields["note"] = "说明"
    mirror.writes("root", root, *press.root_signers)

    assert refreshes(far, mirror) == ""
    assert "from-a-later-version" in (far.metadata_dir / "root.json").read_text("utf-8")


def test_a_field_that_was_changed_after_signing_breaks_the_signature(
    press: Press, far: Station, mirror: Mirror, tmp_path: Path
):
    root = mirror.read(Root, "root")
    root.version += 1
    root.unrecognized_fields["note"] = "before"
    mirror.writes("root", root, *press.root_signers)
    path = mirror.folder / "metadata/2.root.json"
    path.write_bytes(path.read_bytes().replace(b"before", b"behind"))

    assert refreshes(far, mirror) == "signature"
