"""Small catalogs for tests: an item with what a test cares about, and packs of them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog_cache.model import Item, Package
from catalog_cache.pack import PackMeta, write_pack

PUBLISHED = datetime(2026, 11, 22, 9, 41, tzinfo=UTC)
AGENCY = {"name": "曲江区民政局", "code": "1199999999990002XC", "kind": "1"}


def make_item(name: str = "高龄津贴", **changes: Any) -> Item:
    """An item in force with every mandatory element; `changes` replace its fields."""
    fields = {
        "code": "442099003001",
        "name": name,
        "item_type": "05",
        "theme": "老龄服务",
        "object_kinds": ["1"],
        "level": "township",
        "power": "receive",
        "status": "active",
        "agency": AGENCY,
        "department": "民政局",
        "basis": [{"law": "中华人民共和国老年人权益保障法"}],
        "conditions": ["年满80周岁"],
        "steps": [{"name": "受理"}],
        "case_type": "2",
        "statutory": {"value": 20, "unit": "workday"},
        "promised": {"value": 10, "unit": "workday"},
        "visits": 0,
        "place": "曲江区示例大厅",
        "hours": "工作日",
        "phone": "0751-0000000",
        "complaint_phone": "0751-12345",
        "results": [{"kind": "文书", "name": "确认书"}],
        "materials": [{"id": "id-card", "name": "居民身份证", "copies": 1, "basis": "户口登记条例"}],
        "base_materials": ["id-card"],
        "power_source": "1",
        "record_id": "5d0c8a3e-0000-4000-8000-000000000001",
        **dict.fromkeys(("has_special", "is_in_hall", "is_online"), True),
        **dict.fromkeys(("has_online_payment", "has_courier", "has_fee"), False),
    }
    return Item.from_dict(fields | changes)


def meta_of(version: int = 1) -> PackMeta:
    """The first line of a pack, each version published a day after the one before and valid for a year."""
    published_at = PUBLISHED + timedelta(days=version - 1)
    return PackMeta(
        publisher="county-440205000000",
        publisher_name="韶关市曲江区政务服务数据管理局",
        version=version,
        published_at=published_at,
        valid_until=published_at + timedelta(days=365),
    )


def pack_of(items: Iterable[Item], packages: Iterable[Package] = (), version: int = 1) -> bytes:
    """Items and packages as the bytes of a pack."""
    return write_pack(meta_of(version), items, packages)
