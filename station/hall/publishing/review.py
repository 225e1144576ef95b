"""Two people for every version: one sends the draft to review, another reads it and decides."""

from datetime import datetime

from station import audit
from station.hall.publishing import draft
from station.hall.publishing.errors import DraftNotReady, ReviewRefused
from station.hall.publishing.findings import Findings
from station.hall.publishing.models import Review
from sync.rows import write

NOTE_LENGTH_MAX = 500


def current() -> Review | None:
    """The review of exactly what the draft says now; None when it was never sent, or has changed since."""
    rows = Review.select().where(Review.draft == draft.fingerprint(), Review.state != "published")
    found: Review | None = rows.order_by(Review.number.desc()).first()
    return found


def submit(division: str, note: str, *, by: str, now: datetime) -> Review:
    """Send the draft to review. Raises DraftNotReady with lint errors, without changes, or twice."""
    with write():
        words, figures, review = draft.fingerprint(), draft.counts(), current()
        if review is not None and review.state in ("waiting", "approved"):
            raise DraftNotReady("这份草稿已经送审。", "请等另一位同事审核。")
        if not figures.is_changed:
            raise DraftNotReady("草稿与已发布的目录没有差别。", "请先导入或修改事项。")
        if Findings(division).errors:
            raise DraftNotReady("检查发现必须改正的问题。", "请打开“检查”，逐项改正后再送审。")
        Review.update(state="returned", decision="草稿已改动，由新的送审代替。", decided_at=now).where(
            Review.state.in_(("waiting", "approved"))
        ).execute()
        review = Review.create(
            draft=words,  # taken before the check, so that what is edited meanwhile is not covered
            note=note[:NOTE_LENGTH_MAX],
            added=figures.added,
            changed=figures.changed,
            removed=figures.removed,
            submitted_by=by,
            submitted_at=now,
        )
        audit.record(by, "catalog.submitted", str(review.number), now=now, draft=review.draft)
    return review


def why_not(review: Review, by: str) -> str:
    """Why this person may not decide on a review, in Chinese; "" when they may."""
    if review.state != "waiting":
        return "这次送审已经有结论。"
    if review.draft != draft.fingerprint():
        return "送审之后草稿又改过，须重新送审。"
    if by == review.submitted_by:
        return "送审人不能审核自己送的草稿。"
    if by in draft.editors():
        return "您改过这份草稿中的内容，不能由您审核。"
    return ""


def decide(number: int, *, is_approved: bool, words: str, by: str, now: datetime) -> Review:
    """Approve the draft, or send it back with the reason. Raises ReviewRefused."""
    with write():
        review = review_of(number)
        refusal = why_not(review, by)
        if refusal:
            raise ReviewRefused(refusal, "请由另一位有权限的同事审核，或重新送审。")
        if not is_approved and not words.strip():
            raise ReviewRefused("退回时没有写明原因。", "请写明要改什么，再退回。")
        review.state = "approved" if is_approved else "returned"
        review.decided_by, review.decided_at, review.decision = by, now, words[:NOTE_LENGTH_MAX]
        review.save()
        audit.record(by, f"catalog.{review.state}", str(number), now=now, draft=review.draft)
    return review


def review_of(number: int) -> Review:
    """One review. Raises ReviewRefused."""
    review: Review | None = Review.get_or_none(Review.number == number)
    if review is None:
        raise ReviewRefused("没有这次送审。", "请返回目录草稿。")
    return review


def reviews() -> list[Review]:
    """The latest reviews, newest first."""
    return list(Review.select().order_by(Review.number.desc()).limit(50))
