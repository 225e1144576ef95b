"""The dictionary of shared form fields (一表): one word, one meaning, in every item's form.

A field names in `shared` the word it stands for, such as applicant.name; a basket asks all fields of
that word once. The form belongs to its item and changes only with the item's version.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog_cache.model import FieldKind, Item

SHARED = {
    "applicant.bank_account": ("银行账号", FieldKind.TEXT),
    "applicant.name": ("申请人姓名或名称", FieldKind.TEXT),
    "applicant.idno": ("证件号码", FieldKind.IDNO),
    "applicant.phone": ("联系电话", FieldKind.PHONE),
    "applicant.address": ("住址", FieldKind.ADDRESS),
    "agent.name": ("代办人姓名", FieldKind.TEXT),
    "agent.idno": ("代办人证件号码", FieldKind.IDNO),
    "agent.phone": ("代办人电话", FieldKind.PHONE),
}
"""Words whose meaning is fixed for every catalog; a county adds its own beside them."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Two fields of one shared word that cannot take the same answer. code, field: the later of them."""

    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Use:
    """One field of one item's form that stands for a shared word. index: its place in the form."""

    code: str
    name: str
    index: int
    word: str
    kind: FieldKind
    options: frozenset[str]

    @property
    def is_as_laid_down(self) -> bool:
        """Whether it is used as SHARED says, so that it clashes with nothing."""
        return self.word in SHARED and SHARED[self.word][1] is self.kind and not self.options


def shared_uses(item: Item) -> Iterator[Use]:
    """Every field of an item's form that stands for a shared word."""
    for index, field in enumerate(item.form):
        if field.shared is not None:
            yield Use(item.code, item.name, index, field.shared, field.kind, frozenset(field.options))


def shared_field_clashes(items: Iterable[Item]) -> list[Clash]:
    """Fields that share a word, yet differ in kind or choices from its meaning or from another item's."""
    return clashes_among(use for item in items for use in shared_uses(item))


def clashes_among(uses: Iterable[Use]) -> list[Clash]:
    """The same for uses of words; the first use of a word that SHARED lacks gives it its meaning."""
    meaning: dict[str, tuple[FieldKind, frozenset[str], str]] = {
        word: (kind, frozenset(), "共用字段表") for word, (_, kind) in SHARED.items()
    }
    clashes = []
    for use in uses:
        kind, options, origin = meaning.setdefault(use.word, (use.kind, use.options, use.name))
        if use.kind is not kind:
            message = f"共用字段 {use.word} 在“{origin}”里是{kind.label}，这里是{use.kind.label}。"
        elif use.options != options:
            message = f"共用字段 {use.word} 的选项与“{origin}”里的不同。"
        else:
            continue
        clashes.append(Clash(use.code, f"form[{use.index}].shared", message))
    return clashes
