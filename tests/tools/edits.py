"""What happens to a catalog between two versions: items edited as people edit them, some new, some gone."""

from collections.abc import Sequence
from random import Random
from typing import Any

from catalog_cache.model import Item


def edited(
    items: Sequence[Item], chance: Random, *, changed: int, added: Sequence[Item] = (), withdrawn: int = 0
) -> list[Item]:
    """`items` after a revision: `changed` of them edited, `withdrawn` others gone, `added` put in."""
    touched = chance.sample(range(len(items)), changed + withdrawn)
    gone, revised = set(touched[:withdrawn]), set(touched[withdrawn:])
    kept = [
        revise(item, chance) if place in revised else item
        for place, item in enumerate(items)
        if place not in gone
    ]
    return [*kept, *added]


def revise(item: Item, chance: Random) -> Item:
    """One item with one of the edits a department makes: hours, a limit, a condition, an answer."""
    fields = item.to_dict()
    choice = chance.randrange(4)
    if choice == 0:
        fields["phone"] = f"0751-{chance.randrange(10**7):07}"
        fields["hours"] = "工作日 8:30-12:00，14:30-17:30"
    elif choice == 1:
        fields["promised"] = {"value": chance.randrange(20, 40), "unit": "workday"}
    elif choice == 2:
        said = f"在本县连续居住满 {chance.randrange(2, 10**6)} 天，且未在其他县（市、区）享受同类待遇"
        fields["conditions"] = [*_listed(fields, "conditions"), said]
    else:
        asked = {
            "q": "可以委托他人办理吗？",
            "a": f"可以，须带授权委托书（文号 {chance.randrange(10**6)}）。",
        }
        fields["faq"] = [*_listed(fields, "faq"), asked]
    return Item.from_dict(fields)


def _listed(fields: dict[str, Any], name: str) -> list[Any]:
    return list(fields.get(name, []))
