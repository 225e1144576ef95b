"""The scenes in which a catalog comes into force, changes, and is refused when it is not what was signed."""

import shutil
from pathlib import Path

from catalog_cache.distribution.sources import FolderSource
from catalog_cache.distribution.update import State, UpdateReport, update
from catalog_cache.installed.cache import CatalogCache
from station.demo.plan import CITY, COUNTY, LINKED_VILLAGE, UNLINKED_VILLAGE, DemoNode
from station.demo.stage import Stage, hold, until
from station.node import Installation
from station.places import CATALOG_FOLDER, REPOSITORY_FOLDER
from station.settings import Settings

ALLOWANCE = "442099003001"
INSURANCE = "442099006001"
CITY_PHONE = "0751-0000999"


def the_catalog_stands(stage: Stage) -> str:
    """Step 1: imported, linted, reviewed by a second account, signed, published; the stations have it."""
    versions = {node.name: stage.catalog_version(node) for node in (COUNTY, LINKED_VILLAGE, UNLINKED_VILLAGE)}
    hold(set(versions.values()) == {1}, f"各节点的目录版本：{versions}")
    catalog = Installation(Settings(stage.data(LINKED_VILLAGE))).current_catalog()
    assert catalog is not None
    items = list(catalog.items())
    worked = [item for item in items if item.status.value != "incomplete"]
    hold(len(worked) >= 60, f"编制完整的事项只有 {len(worked)} 项")
    of_the_city = [item for item in worked if catalog.spoken(item.code).origin.publisher.startswith("city-")]
    hold(bool(of_the_city), "目录里没有市级的事项")
    packages = list(catalog.packages())
    page = stage.catalog_person("publisher").open("/publishing/history")
    hold("publisher" in page.text or "示例员乙" in page.text, "版本记录里没有签发人")
    return (
        f"第 1 版：{len(items)} 项，其中编制完整 {len(worked)} 项（市级目录 {len(of_the_city)} 项），"
        f"未完整 {len(items) - len(worked)} 项不开放收件；套餐 {len(packages)} 个；送审与审核为两个账号"
    )


def the_catalog_changes(stage: Stage) -> str:
    """Step 5: one item changed, reviewed by the other, signed; the station takes it at the next contact."""
    older = stage.running.county.folder / "older-repository"
    shutil.rmtree(older, ignore_errors=True)
    shutil.copytree(stage.data(COUNTY) / REPOSITORY_FOLDER, older)
    stage.older_repository = older
    editor = stage.catalog_person("editor")
    editor.change(ALLOWANCE, {"hours": "周一至周五 8:30–12:00，14:30–17:30（演示改动）"})
    sent = editor.send_to_review("演示：改办理时间")
    publisher = stage.catalog_person("publisher")
    publisher.approve(sent.address)
    publisher.sign(stage.running.county.passphrase)
    hold(stage.catalog_version(COUNTY) == 2, "县区自己没有用上第 2 版")
    clerk = stage.clerk(LINKED_VILLAGE)
    clerk.contact()
    seconds = until(lambda: stage.catalog_version(LINKED_VILLAGE) == 2, "服务站取到第 2 版目录")
    hold("演示改动" in clerk.open(f"/guide/items/{ALLOWANCE}").text, "服务站的指南还是旧内容")
    return f"第 2 版已签发，服务站联系后 {seconds:.1f} 秒用上"


def older_and_altered_catalogs_are_refused(stage: Stage) -> str:
    """An older repository, and one with every pack and delta changed, are offered to the catalog's copies."""
    assert stage.older_repository is not None
    rolled_back = _offer(stage, stage.older_repository, LINKED_VILLAGE)
    # refused by its signed versions, before the cache, which would not go back either, is asked
    is_refused = rolled_back.state is State.REFUSED and "本机已见过" in rolled_back.why
    hold(is_refused, f"旧目录没有因版本倒退被拒收：{rolled_back}")
    altered = stage.running.county.folder / "altered-repository"
    shutil.rmtree(altered, ignore_errors=True)
    shutil.copytree(stage.data(COUNTY) / REPOSITORY_FOLDER, altered)
    for carrier in sorted([*altered.rglob("*pack.jsonl*"), *altered.rglob("*.delta")]):
        data = bytearray(carrier.read_bytes())
        data[len(data) // 2] ^= 1
        carrier.write_bytes(bytes(data))
    changed = _offer(stage, altered, UNLINKED_VILLAGE)
    hold(changed.state is State.REFUSED and changed.version == 1, f"被改动的目录没有被拒收：{changed}")
    return f"旧版：{rolled_back.why}被改动：{changed.why}"


def the_citys_catalog_changes(stage: Stage) -> str:
    """The city changes an item that the county has words of its own on; the station reads both."""
    stage.catalog_person("editor", CITY).change(INSURANCE, {"complaint_phone": CITY_PHONE})
    _approved_and_signed(stage, CITY)
    county = stage.catalog_person("editor")
    news = county.take_the_citys()
    hold(
        CITY_PHONE in news.text and "本县有自己的内容" in news.text,
        f"县级没有看到市级的改动：{news.text[:300]}",
    )
    _approved_and_signed(stage, COUNTY)
    version = stage.catalog_version(COUNTY)
    clerk = stage.clerk(LINKED_VILLAGE)
    clerk.contact()
    seconds = until(
        lambda: stage.catalog_version(LINKED_VILLAGE) == version, f"服务站取到第 {version} 版目录"
    )
    guide = clerk.open(f"/guide/items/{INSURANCE}").text
    hold(CITY_PHONE in guide, "服务站的指南里没有市级的改动")
    hold("曲江区政务服务中心 2 楼医保窗口" in guide, "服务站的指南里没有县级自己的内容")
    hold(CITY.name in guide and COUNTY.name in guide, "服务站的指南没有写明来源")
    return (
        f"市级第 2 版，县级联网取到、接收、签发第 {version} 版，服务站 {seconds:.1f} 秒后用上；"
        "指南写明市、县两个来源"
    )


def _approved_and_signed(stage: Stage, node: DemoNode) -> None:
    """The draft of a desk goes to its second person and out."""
    sent = stage.catalog_person("editor", node).send_to_review("演示：市级改动")
    publisher = stage.catalog_person("publisher", node)
    publisher.approve(sent.address)
    publisher.sign(stage.running.county.passphrase)


def _offer(stage: Stage, repository: Path, node: DemoNode) -> UpdateReport:
    """What a copy of a station's catalog says to a repository on a stick."""
    copy = stage.running.county.folder / f"copy-of-{node.folder}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(stage.data(node) / CATALOG_FOLDER, copy)
    installation = Installation(Settings(stage.data(node)))
    now = installation.clock.now()
    return update(CatalogCache(copy), FolderSource(repository), copy / "metadata", now, reference_time=now)
