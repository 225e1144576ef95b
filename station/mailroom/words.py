"""How the mail's states and incidents are said to people."""

from flask_babel import LazyString, gettext, lazy_gettext

from sync.bundle_file import Step
from sync.courier import ExchangeReport
from sync.incidents import Cause
from sync.outbox import LetterState

STATES: dict[LetterState, tuple[LazyString, str, LazyString]] = {
    LetterState.MADE: (lazy_gettext("待发"), "a", lazy_gettext("保存在本机，等下一次联系")),
    LetterState.SENT: (lazy_gettext("在途"), "b", lazy_gettext("已交出，还没有对方的签收回执")),
    LetterState.ACKNOWLEDGED: (lazy_gettext("大厅已签收"), "g", lazy_gettext("有大厅签名的回执")),
}
"""State -> (word, tone, explanation). Green is for acknowledged letters only."""

HALL_STATES = STATES | {
    LetterState.ACKNOWLEDGED: (lazy_gettext("站点已签收"), "g", lazy_gettext("有站点签名的回执"))
}
"""The same at a hall, which writes to stations."""

CAUSES: dict[str, tuple[LazyString, LazyString]] = {
    Cause.SENT_FORK: (
        lazy_gettext("大厅在我们的编号下收到过另一封信"),
        lazy_gettext("多半是磁盘被复制或恢复过旧备份。两份都保留着，请核对是否有另一台电脑在冒用本站。"),
    ),
    Cause.SENT_AHEAD: (
        lazy_gettext("大厅收到的比本机记得的多"),
        lazy_gettext(
            "本机多半恢复过旧备份。程序已另开信道继续，缺的内容会从大厅取回；请核对这段时间的纸质凭证。"
        ),
    ),
    Cause.RECEIVED_FORK: (
        lazy_gettext("对方把同一个编号用了两次"),
        lazy_gettext("两份都保留着，请向对方核对以哪份为准。"),
    ),
    Cause.PEER_SET_BACK: (
        lazy_gettext("大厅恢复过旧备份"),
        lazy_gettext("程序会自动把大厅丢失的内容重新送去，不用处理；请确认待发数会回到零。"),
    ),
    Cause.CARRIED_FORK: (
        lazy_gettext("镇街代转站在我们的编号下存着另一封信"),
        lazy_gettext(
            "多半是磁盘被复制或恢复过旧备份，或者代转站出了差错。代转站的说法不算数，以大厅的签收为准；"
            "请核对是否有另一台电脑在冒用本站。"
        ),
    ),
    Cause.WE_SET_BACK: (
        lazy_gettext("本机恢复过旧备份"),
        lazy_gettext("对方记得本机收过更多的信。程序会自动补收，请核对最近几天的办件。"),
    ),
}
"""Incident kind -> (what it means, what to do)."""


STEPS: dict[Step, LazyString] = {
    Step.WRITE: lazy_gettext("正在写入 U 盘"),
    Step.READ_BACK: lazy_gettext("正在读回核对"),
    Step.COPY: lazy_gettext("正在拷到本机"),
    Step.CHECK: lazy_gettext("正在核对封签"),
    Step.LETTERS: lazy_gettext("正在收信"),
    Step.FILES: lazy_gettext("正在收附件"),
}
"""What is going on with a stick."""


def contact_told(report: ExchangeReport) -> tuple[str, str]:
    """What an exchange came to, as a sentence, and the tone of its message."""
    if report.state == "ok":
        told = gettext(
            "已联系大厅：送出 %(sent)d 封，收到 %(received)d 封，新增签收 %(acknowledged)d 封。",
            sent=report.sent,
            received=report.received,
            acknowledged=report.acknowledged,
        )
        if report.files_why:
            told += gettext("附件暂时没有传：%(why)s", why=report.files_why)
        return told, "warning" if report.files_why else ""
    if report.state == "offline":
        return gettext("没有联系上：%(why)s件都在本机，联通后自动再送。", why=report.why), "warning"
    return gettext("大厅没有接受这次联系：%(why)s", why=report.why), "error"
