"""The desk's rules behave the same on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from catalog_cache.demonstration import demonstration_packages, worked_items
from station.audit import AuditLine
from station.database import AnyDatabase
from station.hall.publishing import draft, review
from station.hall.publishing.errors import DraftNotReady, EntryChanged, EntryMissing, ReviewRefused
from station.hall.publishing.models import DraftEntry
from tests.tools.counter import START

ITEMS = worked_items()[:4]
FIRST = ITEMS[0]
QUJIANG = "440205000000"


def take(*entries: draft.Entry, by: str = "editor", is_whole: bool = False) -> draft.Imported:
    return draft.take_entries(entries, is_whole=is_whole, by=by, now=START)


@pytest.fixture
def in_force(database: AnyDatabase) -> AnyDatabase:
    """The four items are in the draft and in force."""
    take(*ITEMS)
    draft.settle(ITEMS, now=START)
    return database


def test_an_import_counts_what_it_did(database: AnyDatabase):
    first = take(*ITEMS)
    second = take(replace(FIRST, place="一楼"), *ITEMS[1:3], is_whole=True)

    assert (first.added, first.changed, first.same) == (4, 0, 0)
    assert (second.added, second.changed, second.same, second.removed) == (0, 1, 2, 1)
    assert DraftEntry.select().count() == 3


def test_items_and_packages_read_back_as_they_were(database: AnyDatabase):
    packages = demonstration_packages()[:2]
    take(*ITEMS, *packages)

    items, held = draft.contents()
    assert {item.code: item for item in items} == {item.code: item for item in ITEMS}
    assert {package.code: package for package in held} == {package.code: package for package in packages}


def test_the_draft_is_counted_against_what_is_in_force(in_force: AnyDatabase):
    take(replace(FIRST, place="一楼"), replace(FIRST, code="442099999999"))
    draft.remove_entry(ITEMS[1].code, by="editor", now=START)

    assert draft.counts() == draft.Counts(entries=4, added=1, changed=1, removed=1)
    assert {change.kind for change in draft.changes(draft.changed())} == {"added", "changed", "removed"}


def test_undoing_a_change_leaves_no_difference(in_force: AnyDatabase):
    take(replace(FIRST, place="一楼"))
    take(FIRST)

    assert not draft.counts().is_changed
    assert draft.changes(draft.changed()) == []


def test_what_was_edited_while_a_version_went_out_stays_a_change(in_force: AnyDatabase):
    take(replace(FIRST, place="一楼"))
    published = [replace(FIRST, place="二楼"), *ITEMS[1:]]

    draft.settle(published, now=START)

    [change] = draft.changes(draft.changed())
    assert [(field.before, field.after) for field in change.fields] == [("二楼", "一楼")]


def test_the_fingerprint_stands_for_the_words_and_not_for_who_wrote_them(database: AnyDatabase):
    take(*ITEMS)
    before = draft.fingerprint()
    take(replace(FIRST, place="一楼"))
    other = draft.fingerprint()
    take(FIRST, by="publisher")

    assert before != other
    assert draft.fingerprint() == before


def test_an_entry_somebody_else_saved_is_not_overwritten(database: AnyDatabase):
    take(*ITEMS)
    seen = draft.entry_row(FIRST.code).sha256
    draft.save_entry(replace(FIRST, place="一楼"), seen, by="editor", now=START)

    with pytest.raises(EntryChanged):
        draft.save_entry(replace(FIRST, place="二楼"), seen, by="publisher", now=START)
    with pytest.raises(EntryMissing):
        draft.save_entry(replace(FIRST, code="442099999999"), seen, by="editor", now=START)


def test_a_review_covers_the_words_it_was_sent_with(database: AnyDatabase):
    take(*ITEMS)
    sent = review.submit(QUJIANG, "请核对", by="editor", now=START)
    take(replace(FIRST, place="一楼"))

    assert review.current() is None
    assert "又改过" in review.why_not(review.review_of(sent.number), "publisher")
    with pytest.raises(ReviewRefused):
        review.decide(sent.number, is_approved=True, words="", by="publisher", now=START)


def test_a_new_submission_takes_the_place_of_the_one_before(database: AnyDatabase):
    take(*ITEMS)
    old = review.submit(QUJIANG, "", by="editor", now=START)
    take(replace(FIRST, place="一楼"))
    new = review.submit(QUJIANG, "", by="editor", now=START + timedelta(hours=1))

    assert review.review_of(old.number).state == "returned"
    current = review.current()
    assert current is not None and current.number == new.number


def test_an_approval_names_who_and_when_and_stands_in_the_log(database: AnyDatabase):
    take(*ITEMS)
    sent = review.submit(QUJIANG, "", by="editor", now=START)
    decided = review.decide(sent.number, is_approved=True, words="", by="publisher", now=START)

    assert (decided.state, decided.decided_by, decided.decided_at) == ("approved", "publisher", START)
    acts = [line.act for line in AuditLine.select().order_by(AuditLine.number)]
    assert acts == ["catalog.imported", "catalog.submitted", "catalog.approved"]


def test_a_draft_with_lint_errors_is_not_sent_and_nothing_is_kept(database: AnyDatabase):
    take(replace(FIRST, materials=(replace(FIRST.materials[0], name="其他材料"), *FIRST.materials[1:])))

    with pytest.raises(DraftNotReady):
        review.submit(QUJIANG, "", by="editor", now=START)
    assert review.reviews() == []


def test_the_list_finds_words_and_treats_percent_signs_as_letters(database: AnyDatabase):
    take(*ITEMS)

    assert [row.code for row in draft.listing(FIRST.name)] == [FIRST.code]
    assert [row.code for row in draft.listing(FIRST.code[:12])] == [FIRST.code]
    assert list(draft.listing("%")) == []
