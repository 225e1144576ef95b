"""Every refusal the mail can make, in one place.

Each says in Chinese what happened, why, and what to do next; `status` is the HTTP answer it becomes.

SyncError
├── BadForm                 bytes that are not what the protocol describes
├── TooLarge                something above its stated limit
├── OddKey                  a public key that could vouch for anything
├── BadSignature            a signature that does not hold
├── WrongKind               a true statement offered in place of another kind
├── WrongKey                a statement or envelope signed by another key than the one expected
├── CannotOpen              a payload or file that our key does not open, or that was altered
├── NoSuchDictionary        a payload written with a dictionary this node does not hold yet
├── NotAddressed            mail for another node or another county
├── UnknownPeer             a node that is not in our register
├── RevokedPeer             a node whose key was withdrawn
├── NotAuthorised           no valid session, or a file nobody announced
├── EnrolmentRefused        the joining of a node was refused
│   ├── CodeRefused         the code is wrong, used, expired or tried too often
│   └── GrantRefused        the hall's answer does not fit our request
├── TooBusy                 come back later
├── NoRoom                  disk or quota is full
├── FileIncomplete          a file is not whole yet
├── NoSuchFile              a file this node does not hold
├── FileErased              a file of ours that was delivered, and erased after its time
├── FileHeld                a file that arrived whole and can no longer be withdrawn
├── UploadConflict          a chunk that does not continue what is stored
├── ChunkDamaged            a chunk whose checksum differs
├── WrongWhole              partial uploads that are not the file announced
└── BundleError             a USB bundle that was refused
    ├── BundleDamaged       cut off or altered
    ├── BundleForeign       from a node we do not know, or another county
    ├── BundleNotForUs      addressed to another node
    ├── BundleInterrupted   the stick went away while it was read
    ├── BundleStopped       a person ended it
    └── BundleNotWritten    the stick could not take it
"""


class SyncError(Exception):
    """What happened, why, and the next step, in Chinese, for the person at the screen."""

    status = 400

    def __init__(self, what: str, why: str, next_step: str) -> None:
        super().__init__(f"{what}{why}{next_step}")
        self.what = what
        self.why = why
        self.next_step = next_step

    def as_json(self) -> dict[str, str]:
        """The body of an HTTP error answer."""
        return {"error": type(self).__name__, "what": self.what, "why": self.why, "next_step": self.next_step}


class BadForm(SyncError):
    """Bytes that are not what the protocol describes; `detail` says where, in Chinese."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "收到的数据格式不对。", f"{detail}。", "请确认两端软件版本相符后重试；仍不行请联系上级大厅。"
        )


class TooLarge(SyncError):
    """Something above its limit; sizes in bytes."""

    status = 413

    def __init__(self, name: str, size_bytes: int, size_bytes_max: int) -> None:
        super().__init__(
            f"{name}太大。",
            f"大小为 {size_bytes} 字节，最多允许 {size_bytes_max} 字节。",
            "请压缩、分开或缩小后再试。",
        )


class OddKey(SyncError):
    """A public key that is not canonical or not of prime order: signatures under it prove nothing."""

    status = 422

    def __init__(self, detail: str) -> None:
        super().__init__("这个公钥不能接受。", f"{detail}。", "请在该机器上重新生成密钥，再申请加入。")


class BadSignature(SyncError):
    """A signature that does not hold over the exact bytes."""

    status = 422

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name}的签名不对。",
            "内容在路上被改动过，或者不是对方签发的。",
            "请不要使用这份数据，让对方重新发送；多次出现请联系上级大厅。",
        )


class WrongKind(SyncError):
    """A statement of another kind than the one asked for."""

    status = 422

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(
            "签名文件的种类不对。", f"需要的是 {expected}，收到的是 {found}。", "请选择正确的文件后重试。"
        )


class WrongKey(SyncError):
    """Signed under another key than the one on record; ids are 16 hex characters."""

    status = 422

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(
            "签名用的密钥不是登记的那一把。",
            f"登记的密钥编号是 {expected}，收到的是 {found}。",
            "如果对方更换过密钥，请让其重新加入；否则请联系上级大厅核对。",
        )


class CannotOpen(SyncError):
    """A sealed payload or file that does not open under our key."""

    status = 422

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name}打不开。",
            "它不是封给本机的，或者内容已损坏。",
            "请让发送方重新发送；多次出现请联系上级大厅。",
        )


class NoSuchDictionary(SyncError):
    """A payload whose dictionary has not come; `number` is the dictionary's id."""

    status = 422

    def __init__(self, number: int) -> None:
        super().__init__(
            "信封里的内容暂时读不出来。",
            f"它用到的词典 {number} 还没有随目录送到本机。",
            "请先更新目录，再在“等人处理”里重试这封信。",
        )


class NotAddressed(SyncError):
    """Mail that names another node as its recipient."""

    status = 421

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name}不是发给本机的。", "收件方与本机登记的编号不同。", "请核对地址，或把它交给真正的收件方。"
        )


class UnknownPeer(SyncError):
    """A node that our register does not hold; node_id is 32 hex characters."""

    status = 403

    def __init__(self, node_id: str) -> None:
        super().__init__(
            "不认识对方这台机器。", f"登记表中没有编号 {node_id[:32]}。", "请让对方先用加入码加入，再重试。"
        )


class RevokedPeer(SyncError):
    """A node whose key was withdrawn."""

    status = 403

    def __init__(self, name: str) -> None:
        super().__init__(
            f"“{name}”的密钥已被停用。",
            "上级大厅撤销了这台机器的登记。",
            "已受理的办件仍在本机，没有丢失；请联系上级大厅重新加入。",
        )


class NotAuthorised(SyncError):
    """No valid session, or a request for something that was not announced; `detail` in Chinese."""

    status = 401

    def __init__(self, detail: str) -> None:
        super().__init__("没有权限。", f"{detail}。", "程序会自动重新登录后再试；仍不行请联系上级大厅。")


class EnrolmentRefused(SyncError):
    """A node may not join, or may not join this way; `why` in Chinese."""

    status = 403

    def __init__(self, why: str, next_step: str = "请向上级大厅核对后重新申请。") -> None:
        super().__init__("加入申请没有通过。", why, next_step)


class CodeRefused(EnrolmentRefused):
    """Wrong, used, expired, or tried too often: one answer for all, so that guessing learns nothing."""

    def __init__(self) -> None:
        super().__init__(
            "加入码不对、已用过、已过期，或试错次数太多。",
            "请核对加入码；仍不行，请上级大厅重新生成一个加入码。",
        )


class GrantRefused(EnrolmentRefused):
    """The hall's answer does not answer our request; `why` in Chinese."""

    def __init__(self, why: str) -> None:
        super().__init__(why, "请把最新的申请文件交给上级大厅，重新取回准入文件。")


class TooBusy(SyncError):
    """Come back later; `seconds` says when."""

    status = 503

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "对方正忙。", "同时联系大厅的机器太多。", f"程序会在 {seconds} 秒后自动再试，不用处理。"
        )
        self.seconds = seconds


class NoRoom(SyncError):
    """Disk or quota is full; `detail` in Chinese."""

    status = 507

    def __init__(self, detail: str) -> None:
        super().__init__(
            "没有空间存放了。", f"{detail}。", "请清理磁盘或联系管理员扩容，再重试；已保存的办件不受影响。"
        )


class FileIncomplete(SyncError):
    """A file of which only a part has arrived."""

    status = 409

    def __init__(self, sha256: str) -> None:
        super().__init__(
            "这份附件还没有传完。",
            f"附件 {sha256[:12]}… 只到了一部分。",
            "请等待传输完成后再打开，程序会自动续传。",
        )


class NoSuchFile(SyncError):
    """A file this node does not hold."""

    status = 404

    def __init__(self, sha256: str) -> None:
        super().__init__("没有这份附件。", f"本机没有编号为 {sha256[:12]}… 的文件。", "请核对后重试。")


class FileErased(SyncError):
    """A file of ours that was delivered with a receipt, and erased here after its time."""

    status = 410

    def __init__(self) -> None:
        super().__init__("这份附件已不在本机。", "对方已签收，保存期满后清除了它。", "请向收件的大厅调阅。")


class FileHeld(SyncError):
    """A file that arrived whole: its receipt was given, so it is not thrown away on request."""

    status = 403

    def __init__(self, sha256: str) -> None:
        super().__init__(
            "这份附件已经收妥，不能撤回。",
            f"附件 {sha256[:12]}… 已完整保存，并已出具回执。",
            "如果传错了文件，请在办件里更正，不要删除附件。",
        )


class UploadConflict(SyncError):
    """A chunk that does not continue where the stored part ends; offsets in bytes."""

    status = 409

    def __init__(self, offset: int, expected: int) -> None:
        super().__init__(
            "上传的位置接不上。",
            f"收到的是第 {offset} 字节起，应从第 {expected} 字节起。",
            "程序会自动从正确的位置续传。",
        )


class WrongWhole(SyncError):
    """Partial uploads that, put together, are not the file that was announced."""

    status = 422

    def __init__(self, sha256: str) -> None:
        super().__init__(
            "拼起来的内容不是所登记的附件。",
            f"校验值与 {sha256[:12]}… 不符，可能是分段的顺序不对或缺了一段。",
            "请核对分段的顺序后重新拼接，或者重新上传。",
        )


class ChunkDamaged(SyncError):
    """A chunk whose checksum differs (460 is the tus protocol's own status)."""

    status = 460

    def __init__(self) -> None:
        super().__init__("这一段数据在路上损坏了。", "校验和与内容不符。", "程序会自动重发这一段。")


class BundleError(SyncError):
    """A USB bundle that was refused; nothing of it was taken in."""

    status = 422


class BundleDamaged(BundleError):
    """Cut off or altered; `detail` in Chinese says where."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "这个 U 盘包已损坏，没有导入任何内容。",
            f"{detail}。可能是拷贝没有完成就拔了盘，或者内容被改动过。",
            "请在原机器上重新导出一次，等提示完成后再拔盘。",
        )


class BundleForeign(BundleError):
    """Made by a node that is not in our register; node_id is 32 hex characters."""

    def __init__(self, node_id: str) -> None:
        super().__init__(
            "这个 U 盘包不是本县的，没有导入任何内容。",
            f"制作它的机器（编号 {node_id[:8]}…）不在本机的登记表中。",
            "请核对是否拿错了 U 盘；如果是新站点，请先让它加入。",
        )


class BundleNotForUs(BundleError):
    """Addressed to another node; node_id is 32 hex characters."""

    def __init__(self, node_id: str) -> None:
        super().__init__(
            "这个 U 盘包不是给本机的，没有导入任何内容。",
            f"它的收件方是编号 {node_id[:8]}… 的机器。",
            "请把 U 盘交给真正的收件方。",
        )


class BundleInterrupted(BundleError):
    """The stick went away while it was read; `detail` in Chinese. What was copied is kept."""

    status = 507

    def __init__(self, detail: str) -> None:
        super().__init__(
            "U 盘包没有读完，还没有导入任何内容。",
            f"{detail}。已经拷到本机的部分会保留。",
            "请插好 U 盘，再导入同一个包，会从断开的地方继续。",
        )


class BundleStopped(BundleError):
    """A person ended an export or import."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "已按要求停止。", "已收下的有效，其余仍在 U 盘上。", "再做一次，会接着没做完的继续。"
        )


class BundleNotWritten(BundleError):
    """The stick could not take it; `detail` in Chinese. is_part_left: it went away with a part on it."""

    status = 507

    def __init__(self, detail: str, *, is_part_left: bool = False) -> None:
        left = "盘上可能还有一个 .part 残件，下次导出会自动清掉" if is_part_left else "盘上没有留下残缺文件"
        super().__init__(
            f"U 盘包没有写成，{left}。",
            f"{detail}。",
            "请检查 U 盘的剩余空间、写保护和接触，然后再导出一次；本机数据没有变化。",
        )
