"""Every refusal of the catalog, in one place; each says what happened, why, and what to do next.

CatalogError
├── BadRecord           an item, package or calendar does not fit the model; lists every problem
├── BadTable            an import file cannot be read at all
├── BadPack             a pack is broken, too large, or not in its canonical form
├── BadDelta            a delta does not lead to the signed pack; the whole pack is taken instead
├── LayersClash         packs of several publishers do not fit over each other
├── BuildFailed         a pack was sound, yet its search file did not pass its own checks
├── OlderCatalog        somebody offers a version older than, or different from, the one held
├── NoCatalog           nothing has been installed here yet
├── UnknownVersion      that version of the catalog is not kept here
├── UnknownItem         the catalog in use has no such code
├── UnknownDivision     no such division code in the table
├── BadAnswer           an answer does not belong to the item's questions
├── KeyRefused          a publisher's key file or passphrase cannot be used
├── BadHandover         what city and county hand each other for the key ceremony does not hold
├── PublishRefused      a new version cannot be signed or published as asked
├── UpdateRefused       signed metadata or a signed file failed a check; `reason` says which
├── SourceUnreachable   the place to update from does not answer: an ordinary answer, not a fault
└── NotServed           the place answers, but has no such file
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a record. field: a path such as "materials[2].name"; label, message: Chinese."""

    field: str
    label: str
    message: str

    def __str__(self) -> str:
        return f"{self.label or '字段'}（{self.field}）{self.message}" if self.field else self.message


class CatalogError(Exception):
    """Base of the tree. status: the HTTP status a page answers with."""

    status = 400

    def __init__(self, what: str, why: str, next_step: str) -> None:
        super().__init__(f"{what} {why} {next_step}")
        self.what = what
        self.why = why
        self.next_step = next_step


class BadRecord(CatalogError):
    """A JSON object that does not fit the model. problems: all of them, in the order of the record."""

    def __init__(self, kind: str, problems: Sequence[Problem]) -> None:
        shown = "；".join(str(problem) for problem in problems[:5])
        more = f"；另有 {len(problems) - 5} 处" if len(problems) > 5 else ""
        super().__init__(
            what=f"{kind}的内容不符合要求，没有采用。",
            why=shown + more + "。",
            next_step="请按提示逐项改正后重新提交。",
        )
        self.problems = tuple(problems)


class BadTable(CatalogError):
    """An import file that cannot be read as a whole."""

    def __init__(self, why: str, next_step: str = "请检查文件后重新导入；本次没有导入任何内容。") -> None:
        super().__init__(what="文件没有导入。", why=why, next_step=next_step)


class BadPack(CatalogError):
    """Bytes that are not a sound canonical pack."""

    def __init__(self, why: str) -> None:
        super().__init__(
            what="收到的目录包不可用，已拒绝。",
            why=why,
            next_step="现用目录不受影响；请重新更新目录，仍不行请与上级大厅联系。",
        )


class BadDelta(CatalogError):
    """A delta that does not turn the pack held here into the signed one; the update goes on without it."""

    def __init__(self, why: str) -> None:
        super().__init__(
            what="增量不可用，已丢弃。",
            why=f"{why}。",
            next_step="改取完整目录包；现用目录不受影响。",
        )


class LayersClash(CatalogError):
    """A layer says what the layer above does not allow. conflicts: each in one sentence, Chinese."""

    status = 409

    def __init__(self, conflicts: Sequence[str]) -> None:
        more = f"；另有 {len(conflicts) - 3} 处" if len(conflicts) > 3 else ""
        super().__init__(
            what="上下级目录合不到一起，没有采用。",
            why="；".join(conflicts[:3]) + more + "。",
            next_step="现用目录不受影响；请县级大厅按冲突报告改正后重新发布。",
        )
        self.conflicts = tuple(conflicts)


class BuildFailed(CatalogError):
    """The search file built from a pack did not pass its own checks."""

    status = 500

    def __init__(self, why: str) -> None:
        super().__init__(
            what="新目录没有启用。",
            why=why,
            next_step="现用目录不受影响；请检查磁盘空间后再更新一次。",
        )


class OlderCatalog(CatalogError):
    """Somebody offers a version older than, or different from, the one held under that number."""

    status = 409

    def __init__(self, offered: int, held: int) -> None:
        why = "本机已有同号目录，但内容不同。" if offered == held else f"本机已启用第 {held} 版，不能退回。"
        super().__init__(
            what=f"第 {offered} 版目录已拒绝。",
            why=why,
            next_step="请向上级大厅取最新目录；现用目录不受影响。",
        )


class NoCatalog(CatalogError):
    """Nothing has been installed here yet."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            what="本机还没有事项目录。",
            why="从未收到过经签名的目录。",
            next_step="请联网更新目录，或用 U 盘导入目录。",
        )


class UnknownVersion(CatalogError):
    """That version of the catalog is not kept here."""

    status = 404

    def __init__(self, version: int) -> None:
        super().__init__(
            what=f"本机没有第 {version} 版目录。",
            why="该版本从未安装，或已按保留规则清理。",
            next_step="请到大厅查看该版本，或改用现用目录。",
        )


class UnknownItem(CatalogError):
    """The catalog in use has no such code."""

    status = 404

    def __init__(self, code: str, version: int, age_days: int | None = None) -> None:
        age = "" if age_days is None else f"，已发布 {age_days} 天"
        super().__init__(
            what=f"目录中没有编码为 {code[:60]} 的事项。",
            why=f"现用目录为第 {version} 版{age}。",
            next_step="请核对编码，或更新目录后再试。",
        )


class UnknownDivision(CatalogError):
    """No such division code in the table."""

    status = 404

    def __init__(self, code: str) -> None:
        super().__init__(
            what=f"没有编码为 {code[:20]} 的行政区划。",
            why="区划编码应为 12 位数字，且在随目录下发的区划表中。",
            next_step="请核对编码。",
        )


class BadAnswer(CatalogError):
    """An answer does not belong to the item's questions."""

    def __init__(self, why: str) -> None:
        super().__init__(
            what="情形选择有误，不能列出材料。",
            why=why,
            next_step="请重新选择办理情形。",
        )


class KeyRefused(CatalogError):
    """A publisher's key file or passphrase cannot be used."""

    status = 403

    def __init__(self, why: str, next_step: str = "请核对密钥文件和口令后重试；没有签发任何内容。") -> None:
        super().__init__(what="签名密钥不能使用。", why=why, next_step=next_step)


class BadHandover(CatalogError):
    """What city and county hand each other for the key ceremony does not hold."""

    def __init__(self, why: str) -> None:
        super().__init__(
            what="交接文件没有采用。",
            why=why,
            next_step="请与对方核对后重新取得文件；现有密钥和目录没有改动。",
        )


class PublishRefused(CatalogError):
    """A new version cannot be signed or published as asked."""

    status = 409

    def __init__(self, why: str, next_step: str = "请按说明处理后重新发布；已发布的版本没有改动。") -> None:
        super().__init__(what="没有发布。", why=why, next_step=next_step)


class UpdateRefused(CatalogError):
    """Signed metadata or a signed file failed a check.

    reason: one of "format", "signature", "rollback", "expired", "mismatch", "missing", "limit", "content",
    "layers".
    """

    status = 409

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(
            what="更新已拒绝。",
            why=why,
            next_step="现用目录不受影响；请从上级大厅重新取最新目录，仍不行请把本提示告诉上级大厅。",
        )
        self.reason = reason


class SourceUnreachable(CatalogError):
    """The place to update from does not answer."""

    status = 503

    def __init__(self, why: str) -> None:
        super().__init__(
            what="现在取不到更新。",
            why=why,
            next_step="联网后会自动重试，也可以用 U 盘更新；业务照常办理。",
        )


class NotServed(CatalogError):
    """The place answers, but has no such file."""

    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(
            what="更新来源缺少文件。",
            why=f"没有 {name[:120]}。",
            next_step="请核对更新来源的地址或文件夹；现用目录不受影响。",
        )
