"""Whether a draft takes a version back, for the review, the signature and the history."""

from itertools import pairwise

from catalog_cache.pack import Withdrawal
from station.hall.publishing.models import Version
from station.hall.versions.models import Withdrawn


def of_draft(draft: str) -> Withdrawn | None:
    """What the draft of that hash takes back; None for an ordinary one."""
    rows = Withdrawn.select().where(Withdrawn.draft == draft)
    found: Withdrawn | None = rows.order_by(Withdrawn.number.desc()).first()
    return found


def told(draft: str, latest: int) -> Withdrawal | None:
    """The same as the next pack says it. latest: the version in force, which alone can be taken back."""
    row = of_draft(draft)
    if row is None or row.withdraws != latest:
        return None
    return Withdrawal(version=row.withdraws, restores=row.restores, reason=row.reason)


def by_version(versions: list[Version]) -> dict[int, Withdrawn]:
    """What each published version takes back, by its number. versions: newest first, with their reviews."""
    rows = {(row.draft, row.withdraws): row for row in Withdrawn.select().order_by(Withdrawn.number)}
    found = {}
    for version, before in pairwise(versions):
        row = rows.get((version.review.draft, before.number))
        if row is not None:
            found[version.number] = row
    return found
