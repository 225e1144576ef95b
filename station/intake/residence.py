"""通办范围: whether a station may serve somebody who lives elsewhere, and where they are to go if not.

A residence is "county" or "" for the station's own county, "city:" with the 12 digits of another county
of the city, "province" for another city, "nation" for another province.
"""

from functools import lru_cache

from flask_babel import gettext

from catalog_cache.divisions import Divisions, load_divisions
from catalog_cache.model import Item, Scope

OWN, PROVINCE, NATION, CITY_PREFIX = "county", "province", "nation", "city:"
RANK = {Scope.COUNTY: 0, Scope.CITY: 1, Scope.PROVINCE: 2, Scope.CROSS_PROVINCE: 3, Scope.NATION: 3}


def options(division: str) -> list[tuple[str, str]]:
    """The residences a clerk may choose at a station of that division, as (value, words)."""
    own, divisions = f"{division[:6]}000000", _divisions()
    city = f"{division[:4]}00000000"
    others = [
        one for one in divisions.children(city) if one.code != own and not one.code.startswith(_none(city))
    ]
    here = divisions.get(own).name if own in divisions else ""
    return [
        (OWN, gettext("本县（区）") + (f"（{here}）" if here else "")),
        *((f"{CITY_PREFIX}{one.code}", one.name) for one in others),
        (PROVINCE, gettext("本省其他地市")),
        (NATION, gettext("外省（自治区、直辖市）")),
    ]


def words_of(residence: str) -> str:
    """A residence as pages show it; "" for the own county."""
    if residence.startswith(CITY_PREFIX):
        return _name(residence.removeprefix(CITY_PREFIX))
    return {PROVINCE: gettext("本省其他地市"), NATION: gettext("外省（自治区、直辖市）")}.get(residence, "")


def elsewhere(residence: str) -> str:
    """A residence as a signed event keeps it; "" for the own county."""
    return "" if residence == OWN else residence


def is_known(residence: str) -> bool:
    """Whether this can have come from the page's choices."""
    if residence.startswith(CITY_PREFIX):
        return residence.removeprefix(CITY_PREFIX) in _divisions()
    return residence in ("", OWN, PROVINCE, NATION)


def refusal(item: Item, residence: str) -> str:
    """Why somebody who lives there is not served here for this item, and where to go; "" when they are."""
    if _distance(residence) <= RANK[item.scope]:
        return ""
    where = words_of(residence)
    if residence.startswith(CITY_PREFIX):
        go_to = gettext("请到%(place)s的政务服务中心或镇村服务站申请。", place=where)
    else:
        go_to = gettext("请到居住地的县（市、区）政务服务中心或镇村服务站申请。")
    return gettext(
        "“%(name)s”的通办范围是%(scope)s，本站不能收%(where)s居民的申请。%(go_to)s",
        name=item.name,
        scope=gettext(item.scope.label),
        where=where,
        go_to=go_to,
    )


def _distance(residence: str) -> int:
    if residence.startswith(CITY_PREFIX):
        return 1
    return {PROVINCE: 2, NATION: 3}.get(residence, 0)


def _none(city: str) -> str:
    """市辖区 is a heading in the table, not a county anybody lives in."""
    return f"{city[:4]}01"


def _name(code: str) -> str:
    return _divisions().get(code).name if code in _divisions() else code


@lru_cache(maxsize=1)
def _divisions() -> Divisions:
    return load_divisions()
