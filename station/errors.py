"""Every error the frame of the station can show, in one place. Feature folders add their own in theirs.

StationError
├── PageMissing, MethodRefused, RequestRefused, TooLarge, SomethingBroke   what a browser cannot have
├── DiskFull                                                               no room for more
├── FormExpired, HostRefused, NotSignedIn, NotAllowed                      the gate in front of every page
├── StationLocked, NotSetUp, AlreadySetUp, SetupRefused                    the state of this installation
├── WrongPassword, TooManyAttempts, WeakPassword, AccountRefused           people and their passwords
├── VaultDamaged, VaultOpen, KeyFileRefused                                the key slots
├── DatabaseDamaged, DatabaseNewer, DatabaseRefused                        the one file
├── BadSetting, FolderInUse, BackupRefused                                 starting and copying
├── JoinRefused                                                            coming under a hall
└── InputRefused                                                           one value that cannot be used

The three texts are Chinese sentences with `%(name)s` places for `values`, so that one catalogue entry
translates all of an error's forms.
"""

import re
from collections.abc import Callable
from typing import Any

_PLACE = re.compile(r"%\((\w+)\)[sd]")


def unchanged(text: str) -> str:
    """The translation that keeps the Chinese."""
    return text


class StationError(Exception):
    """Something the person at the counter can understand and act upon."""

    status: int = 400
    way_on: tuple[str, dict[str, str]] | None = None
    """The endpoint and values of the page at which to go on, where there is a better one than the first."""

    def __init__(self, what: str, why: str, next_step: str, **values: Any) -> None:
        self.templates = (what, why, next_step)
        self.values = values
        self.what, self.why, self.next_step = self.told(unchanged)
        super().__init__(f"{self.what} {self.why} {self.next_step}")

    def told(self, translate: Callable[[str], str]) -> tuple[str, str, str]:
        """What, why and next step after `translate` (gettext) was applied to each template and value."""
        what, why, next_step = (self._fill(translate(text), translate) for text in self.templates)
        return what, why, next_step

    def _fill(self, text: str, translate: Callable[[str], str]) -> str:
        return _PLACE.sub(lambda place: translate(str(self.values.get(place[1], place[0]))), text)


class PageMissing(StationError):
    """No such page, or nothing under that number."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "没有这个页面。", "地址可能输错了，或者内容已经移走。", "请返回首页，从菜单重新进入。"
        )


class MethodRefused(StationError):
    """The page exists but not for this kind of request."""

    status = 405

    def __init__(self) -> None:
        super().__init__(
            "这个地址不能这样使用。", "多半是刷新了一个只接受提交的页面。", "请返回上一页，重新点一次按钮。"
        )


class RequestRefused(StationError):
    """The request itself is malformed."""

    def __init__(self) -> None:
        super().__init__(
            "本站看不懂这次请求。", "请求的格式不对，或中途断开了。", "请刷新页面后重试；仍不行请重启浏览器。"
        )


class TooLarge(StationError):
    """More bytes than this page takes."""

    status = 413

    def __init__(self, size_mib_max: int) -> None:
        super().__init__(
            "提交的内容太大，没有保存。",
            "一次最多提交 %(limit)d MB。",
            "请把文件拆开或降低扫描分辨率（300 DPI 以内）后重新提交。",
            limit=size_mib_max,
        )


class DiskFull(StationError):
    """Nothing more could be written; nothing was half done."""

    status = 507

    def __init__(self) -> None:
        super().__init__(
            "磁盘已满，这一步没有保存。", "之前保存的都在，已收的件仍在发送。", "请清理磁盘后再做一次。"
        )


class SomethingBroke(StationError):
    """Our own mistake; the details are in the log under the number shown."""

    status = 500

    def __init__(self, reference: str) -> None:
        super().__init__(
            "本站程序出错，这次操作没有完成。",
            "这是程序的问题，不是您的操作有误。已记入日志，编号 %(reference)s。",
            "请重试一次；仍然出错时，请把编号告诉上级管理员。之前已确认的内容不受影响。",
            reference=reference,
        )


class FormExpired(StationError):
    """The form carries no token of this session."""

    def __init__(self) -> None:
        super().__init__(
            "这张表单已过期，没有保存。",
            "打开页面后换了班、重新登录，或者本站重启过。",
            "请刷新页面，核对内容后再提交一次。",
        )


class HostRefused(StationError):
    """The browser asked for this station under a name it does not carry."""

    status = 421

    def __init__(self) -> None:
        super().__init__(
            "本站不接受这个网址。",
            "网址中的主机名不在本站名单内，可能有网页在冒用本站。",
            "请使用本站启动时显示的地址；局域网名称须由管理员用 --name 加入名单。",
        )


class NotSignedIn(StationError):
    """A private page without a signed-in person."""

    status = 401

    def __init__(self) -> None:
        super().__init__("请先登录。", "这个页面只对本站人员开放。", "请登录后再试。")


class NotAllowed(StationError):
    """The person's roles do not include this."""

    status = 403

    def __init__(self, needed: str) -> None:
        super().__init__(
            "您的账号不能使用这一项。",
            "需要的岗位：%(needed)s。",
            "请让有该岗位的同事换班登录，或请管理员调整您的岗位。",
            needed=needed,
        )


class StationLocked(StationError):
    """Nobody has opened the vault since the program started."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "本站还锁着。", "启动以后还没有人登录，数据仍是加密状态。", "请任一位工作人员登录一次。"
        )


class NotSetUp(StationError):
    """The data folder holds no node yet."""

    status = 503

    def __init__(self, folder: str) -> None:
        super().__init__(
            "这里还没有站点。",
            "数据文件夹 %(folder)s 是空的。",
            "请运行 yimen init，或运行 yimen serve 后在浏览器里按向导设置。",
            folder=folder,
        )


class AlreadySetUp(StationError):
    """A node already lives in this folder."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            "这里已经有站点，没有改动。",
            "数据文件夹属于“%(name)s”。",
            "请直接登录；要新建站点，请用 --dir 指定另一个空文件夹。",
            name=name,
        )


class SetupRefused(StationError):
    """The wizard was called without the one-time code or from another machine."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "不能从这里设置本站。",
            "首次设置只能在本机进行，并且要用启动时显示的一次性设置码。",
            "请在本机打开启动窗口里显示的完整地址；看不到时请重新运行 yimen serve。",
        )


class WrongPassword(StationError):
    """Name or password do not fit; deliberately silent about which."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "账号或密码不对。", "没有这个账号，或密码输错了。", "请检查大小写后重试；忘记密码请找管理员重设。"
        )


class TooManyAttempts(StationError):
    """Wrong passwords in a row; the wait grows."""

    status = 429

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(
            "暂时不能登录。",
            "连续多次输错密码，为防冒用已暂停。",
            "请等 %(wait)d 秒后再试；忘记密码请找管理员重设。",
            wait=wait_seconds,
        )
        self.wait_seconds = wait_seconds


class WeakPassword(StationError):
    """A password that would be guessed."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "这个密码太弱，没有采用。",
            why,
            "请换一个：至少 10 个字符，可用几个不相干的词连起来，不含账号名。",
        )


class AccountRefused(StationError):
    """An account cannot be made or changed like this."""

    def __init__(self, why: str, next_step: str, **values: Any) -> None:
        super().__init__("账号没有保存。", why, next_step, **values)


class VaultDamaged(StationError):
    """The slot file cannot be read."""

    status = 500

    def __init__(self, why: str) -> None:
        super().__init__(
            "钥匙文件 vault.json 打不开。",
            why,
            "请从备份恢复 vault.json；没有备份时用恢复码，或联系上级。不要删除原文件。",
        )


class VaultOpen(StationError):
    """The last way into the vault must stay."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "没有删除。", "这是最后一个能打开本站数据的账号。", "请先添加另一位管理员，再删除这个账号。"
        )


class KeyFileRefused(StationError):
    """The unattended key file is missing, open to others, or wrong."""

    status = 500

    def __init__(self, why: str) -> None:
        super().__init__(
            "无人值守钥匙不能使用。",
            why,
            "请用 chmod 600 收紧权限；重新生成请加 --unattended --account 账号 --password-file 文件 启动。",
        )


class DatabaseDamaged(StationError):
    """The integrity check found something."""

    status = 500

    def __init__(self, why: str) -> None:
        super().__init__(
            "数据库检查没有通过，本站没有启动。",
            why,
            "请立即复制整个数据文件夹留存，再用最近的备份运行 yimen restore。",
        )


class DatabaseNewer(StationError):
    """The file was written by a later program."""

    status = 500

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            "数据库比程序新，本站没有启动。",
            "数据库是第 %(found)d 版，本程序只认识到第 %(known)d 版。",
            "请安装新版程序；不要用旧程序打开，以免损坏数据。",
            found=found,
            known=known,
        )


class DatabaseRefused(StationError):
    """The database cannot be opened: wrong key, no file, server away."""

    status = 503

    def __init__(self, why: str) -> None:
        super().__init__(
            "数据库打不开。", why, "请检查数据文件夹与数据库服务，再运行 yimen doctor 查看原因。"
        )


class BadSetting(StationError):
    """A setting that cannot be used stops the start."""

    def __init__(self, name: str, given: str, accepted: str) -> None:
        super().__init__(
            "设置 %(name)s 不能使用，程序没有启动。",
            "给出的值是“%(given)s”。",
            "可用的值：%(accepted)s。",
            name=name,
            given=given,
            accepted=accepted,
        )


class FolderInUse(StationError):
    """Another server already runs on this data folder."""

    status = 409

    def __init__(self, folder: str) -> None:
        super().__init__(
            "本站已经在运行。",
            "数据文件夹 %(folder)s 正被另一个程序使用。",
            "请直接打开已在运行的本站；要重启请先停止它。",
            folder=folder,
        )


class BackupRefused(StationError):
    """A backup could not be made or taken back."""

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__("备份没有完成，没有留下半个文件。", why, next_step)


class JoinRefused(StationError):
    """The hall could not be asked, or said no."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "没有加入上级大厅。", why, "请核对大厅地址、加入码和网络后重试；没有网络时用申请文件加入。"
        )


class InputRefused(StationError):
    """One value that cannot be used, named by its label."""

    status = 422

    def __init__(self, label: str, why: str, next_step: str = "请改正后再提交。") -> None:
        super().__init__("“%(label)s”不能这样填。", why, next_step, label=label)
        self.label = label
