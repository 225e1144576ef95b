"""How the mail's states and incidents are said to people."""

from typing import NamedTuple

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


class Explained(NamedTuple):
    """One kind of incident: its name, what happened, what was done by itself, what a person decides."""

    title: LazyString
    happened: LazyString
    done: LazyString
    decide: LazyString


CAUSES: dict[str, Explained] = {
    Cause.SENT_FORK: Explained(
        lazy_gettext("对方在我们的编号下收到过另一封信"),
        lazy_gettext("多半是本机的数据被复制到了另一台电脑，两台都在用；也可能手工拷回过旧数据。"),
        lazy_gettext("两份都保留着，没有丢。本机没有送到的信已换新信道排队，对方多出来的也已要回。"),
        lazy_gettext("请先弄清哪一台是原来的电脑。复制出来的那台要停止办件。"),
    ),
    Cause.SENT_AHEAD: Explained(
        lazy_gettext("对方收到的比本机记得的多"),
        lazy_gettext("本机恢复过旧备份，或者是刚换上的新电脑；也可能这是复制出来的电脑。"),
        lazy_gettext("已换新信道继续，缺的信件和办件正从对方取回，用过的编号不会再用。"),
        lazy_gettext("请抽查最近几天的纸质凭证，看是否都能在办件里查到。"),
    ),
    Cause.RECEIVED_FORK: Explained(
        lazy_gettext("对方把同一个编号用了两次"),
        lazy_gettext("对方的数据被复制过，或者恢复过旧备份。"),
        lazy_gettext("先到的一份照常处理，第二份留着没有采用，后面的信不受影响。"),
        lazy_gettext("请打电话核对，再决定第二份要不要采用。"),
    ),
    Cause.PEER_SET_BACK: Explained(
        lazy_gettext("对方恢复过旧备份，丢了一部分来信"),
        lazy_gettext("对方的收信簿里没有它以前告诉过本机的内容。"),
        lazy_gettext("本机正把对方丢失的信重新送去；对方自己写过的，也由本机送回。"),
        lazy_gettext("不用操作。请确认下面的数目回到零，再点“已核对”。"),
    ),
    Cause.CARRIED_FORK: Explained(
        lazy_gettext("镇街代转站在我们的编号下存着另一封信"),
        lazy_gettext("多半是本机的数据被复制过，或恢复过旧备份；也可能是代转站出了差错。"),
        lazy_gettext("代转站的说法不算数，以大厅的签收为准；本机的信照常排队。"),
        lazy_gettext("请核对是否有另一台电脑在用本站的编号，再点“已核对”。"),
    ),
    Cause.PEER_RESTORED: Explained(
        lazy_gettext("对方的数据是从备份恢复的"),
        lazy_gettext("对方在信里说明，它的数据库从备份恢复过，从此另起一段。"),
        lazy_gettext("两边已自动核对，缺的互相补上。"),
        lazy_gettext("请打电话确认对方做过恢复。没有做过的，可能有人动过它的数据，请上级停用它的密钥。"),
    ),
    Cause.WE_SET_BACK: Explained(
        lazy_gettext("本机恢复过旧备份"),
        lazy_gettext("对方记得本机收过更多的信。"),
        lazy_gettext("对方会把本机丢失的来信重新送来，本机自己写过的也会送回。"),
        lazy_gettext("请核对最近几天的办件，再点“已核对”。"),
    ),
}


UNKNOWN = Explained(
    lazy_gettext("本机的版本还不认识的情况"),
    lazy_gettext("由较新的程序记下。"),
    lazy_gettext("信件照常收发。"),
    lazy_gettext("请更新程序后再看；急的请联系上级大厅。"),
)


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
