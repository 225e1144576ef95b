"""The scenes of the main job. Each does what people do, looks at what came of it, and returns its figures."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable

from station.demo import guards
from station.demo.catalog_scenes import (
    ALLOWANCE,
    older_and_altered_catalogs_are_refused,
    the_catalog_changes,
    the_catalog_stands,
    the_citys_catalog_changes,
)
from station.demo.forms import Page
from station.demo.people import Confirmed, Counter, Resident, Reviewer
from station.demo.plan import COUNTY, LINKED_VILLAGE, UNLINKED_VILLAGE
from station.demo.stage import Stage, hold, until
from station.documents.trust import read_trust
from station.documents.verify import text_in_file

ANSWERS = {"age": "80", "pay": "card", "who": "self"}
SCAN = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
)
SCAN += b"3 0 obj<</Type /Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
RESULT = SCAN.replace(b"595", b"594")
SIGNED_OFF = "大厅已全部签收"


def lies_are_not_believed(stage: Stage) -> str:
    """Forged letters and forged acknowledgements, told to the real code."""
    return f"{guards.forged_letter()}；{guards.forged_acknowledgement()}"


def taken_in_with_the_hall_down(stage: Stage) -> str:
    """Step 2: found by initials, taken in and printed while nobody answers."""
    stage.running.process(COUNTY).kill()
    clerk = stage.clerk(LINKED_VILLAGE)
    began = time.monotonic()
    found = clerk.search("gljt")
    hold("高龄老人津贴申请" in found.text, "输入 gljt 没有找到高龄老人津贴申请")
    done = clerk.take_in(ALLOWANCE, Resident(), SCAN, ANSWERS)
    seconds = time.monotonic() - began
    stage.confirmed["link"] = done
    receipt = clerk.fetch(done.papers[0])
    hold(receipt.startswith(b"%PDF"), "凭证不是 PDF")
    stage.papers["receipt"] = receipt
    page = clerk.open(f"/cases/{done.case_id}")
    hold(SIGNED_OFF not in page.text, "大厅没有开机，却显示已签收")
    return (
        f"收件编号 {done.number}，从查找到凭证 {seconds:.1f} 秒，凭证 {len(receipt) // 1024} KB，在队列中等待"
    )


def the_receipt_stands_alone(stage: Stage) -> str:
    """The paper is checked by the command, offline; one changed character and it is not confirmed."""
    paper = stage.running.county.folder / "receipt.pdf"
    paper.write_bytes(stage.papers["receipt"])
    command = ["receipt", "verify", str(paper), "--root", str(stage.root_json()), "--json"]
    done = subprocess.run(  # noqa: S603 - our own program, arguments of our own
        [sys.executable, "-m", "station.cli", *command], capture_output=True, text=True, check=False
    )
    hold(done.returncode == 0, f"离线验真没有通过：{done.stderr.strip()[-300:]}")
    json.loads(done.stdout)
    text = text_in_file(stage.papers["receipt"])
    return f"离线验真通过；{guards.altered_receipt(text, read_trust(stage.root_json().read_bytes()))}"


def the_power_fails(stage: Stage) -> str:
    """Kill -9 of the whole process tree; what was confirmed is there, byte for byte."""
    process = stage.running.process(LINKED_VILLAGE)
    process.kill()
    began = time.monotonic()
    process.start()
    stage.people.pop(LINKED_VILLAGE.folder)
    clerk, done = stage.clerk(LINKED_VILLAGE), stage.confirmed["link"]
    seconds = time.monotonic() - began
    again = clerk.fetch(done.papers[0])
    hold(again == stage.papers["receipt"], "断电之后凭证的字节变了")
    hold(done.number in clerk.open(f"/cases/{done.case_id}").text, "断电之后找不到办件")
    return f"断电重启并登录 {seconds:.1f} 秒；凭证逐字节相同 {hashlib.sha256(again).hexdigest()[:16]}…"


def the_pc_is_stolen(stage: Stage) -> str:
    """Every file of the station, read as bytes while it works: no name, no number, no scan, no paper."""
    who = Resident()
    secrets = {
        "姓名": who.name.encode(),
        "证件号码": who.id_number.encode(),
        "电话": who.phone.encode(),
        "住址": who.address.encode(),
        "扫描件": SCAN[:60],
        "凭证": stage.papers["receipt"][:60],
    }
    files = [path for path in stage.data(LINKED_VILLAGE).rglob("*") if path.is_file()]
    hold(any(path.name.endswith("-wal") for path in files), "没有看到数据库的 WAL 文件")
    for path in files:
        data = path.read_bytes()
        for name, secret in secrets.items():
            hold(secret not in data, f"在 {path.name} 里能读出{name}")
    size = sum(path.stat().st_size for path in files)
    return f"{len(files)} 个文件、{size // 1024} KB（含数据库及其 WAL、日志）里读不出{'、'.join(secrets)}"


def the_link_comes_up(stage: Stage) -> str:
    """Step 3: green only after the hall's signed acknowledgement of the case and its scan."""
    clerk, done = stage.clerk(LINKED_VILLAGE), stage.confirmed["link"]
    stage.running.process(COUNTY).start()
    clerk.contact()
    seconds = until(lambda: SIGNED_OFF in clerk.open(f"/cases/{done.case_id}").text, "大厅签收")
    return f"案件与扫描件已送达，大厅签名回执已核验，{seconds:.1f} 秒后显示已签收"


def the_hall_decides(stage: Stage) -> str:
    """Step 4, hall: the reviewer opens the case with its scan, accepts, decides and attaches a result."""
    reviewer, done = stage.reviewer(), stage.confirmed["link"]
    scan = _decide(reviewer, done)
    hold(scan == SCAN, "大厅看到的扫描件与窗口所收的不一致")
    return f"扫描件 {len(scan)} 字节与窗口一致；已受理、已办结，结果文件 {len(RESULT)} 字节"


def the_result_is_handed_out(stage: Stage) -> str:
    """Step 4, station: the result is there, goes out against a signature, and the record is printed."""
    clerk, done = stage.clerk(LINKED_VILLAGE), stage.confirmed["link"]
    return _hand_out(clerk, done, clerk.contact)


def the_other_village_goes_by_stick(stage: Stage) -> str:
    """Step 6: no link at all; the case travels in a file, and its answer in another."""
    clerk, reviewer = stage.clerk(UNLINKED_VILLAGE), stage.reviewer()
    resident = Resident("赵㛃明", serial=4)
    done = clerk.take_in(ALLOWANCE, resident, SCAN, ANSWERS)
    there = clerk.export_bundle()
    secrets = (resident.name.encode(), resident.id_number.encode(), SCAN[:60])
    hold(not any(secret in there for secret in secrets), "U 盘包里能读出办事人信息")
    reviewer.import_bundle(there)
    reviewer.import_bundle(there)  # the same stick again: harmless
    _decide(reviewer, done)
    back = reviewer.export_bundle(stage.node_id(UNLINKED_VILLAGE))
    clerk.import_bundle(back)
    said = _hand_out(clerk, done, lambda: None, resident)
    reviewer.import_bundle(clerk.export_bundle())
    clerk.import_bundle(reviewer.export_bundle(stage.node_id(UNLINKED_VILLAGE)))
    hold(SIGNED_OFF in clerk.open(f"/cases/{done.case_id}").text, "回程包没有带回大厅的签收")
    return f"去程 {len(there) // 1024} KB、回程 {len(back) // 1024} KB，重复导入无影响；{said}"


def _decide(reviewer: Reviewer, done: Confirmed) -> bytes:
    """Open, look at the scan, accept, decide; returns the scan as the hall has it."""
    address = f"/inbox/{done.case_id}"
    until(lambda: _has_link(reviewer.open("/inbox/"), address), "办件出现在大厅收件箱")
    page = reviewer.open(address)
    scan = reviewer.fetch(page.link(f"{address}/files/"))
    reviewer.act(done.case_id, "accept", {})
    reviewer.act(done.case_id, "decide", {"result": "高龄津贴发放通知书"}, RESULT)
    return scan


def _hand_out(
    clerk: Counter, done: Confirmed, contact: Callable[[], object], resident: Resident = Resident()
) -> str:
    """The result arrives, is the hall's own bytes, and is handed out with a record."""
    contact()
    address = f"/handout/{done.case_id}"
    until(lambda: _has_link(clerk.open(address), "/result/"), "结果到站")
    page = clerk.open(address)
    result = clerk.fetch(page.link("/result/"))
    hold(result == RESULT, "到站的结果文件与大厅所发的不一致")
    after = clerk.hand_out(done.case_id, resident)
    record = clerk.fetch(after.link("/record.pdf"))
    hold(record.startswith(b"%PDF"), "送达回证不是 PDF")
    return f"结果 {len(result)} 字节与大厅一致；凭证件签收领取，送达回证 {len(record) // 1024} KB"


def _has_link(page: Page, containing: str) -> bool:
    return any(containing in address for address, _ in page.links)


SCENES: tuple[tuple[str, Callable[[Stage], str]], ...] = (
    ("目录：导入、校核、双人审核、签名发布", the_catalog_stands),
    ("谎话不被相信：伪造的信、伪造的签收回执", lies_are_not_believed),
    ("断网收件：大厅关机，查找、问情形、收材料、打印凭证", taken_in_with_the_hall_down),
    ("凭证自证：离线验真，改动一个字符即不予证实", the_receipt_stands_alone),
    ("断电：kill -9 整个进程组，已确认的一件不少", the_power_fails),
    ("电脑被盗：逐字节搜索全部数据文件，读不出办事人", the_pc_is_stolen),
    ("联网：大厅签名回执核验之后才显示已签收", the_link_comes_up),
    ("大厅：看扫描件、受理、办结、附结果", the_hall_decides),
    ("出件：结果到站，凭签收领取，打印送达回证", the_result_is_handed_out),
    ("目录更新：改一项，双人审核，签名，站点下次联系取到", the_catalog_changes),
    ("目录防伪：旧版本、被改动的版本一律拒收", older_and_altered_catalogs_are_refused),
    ("U 盘：没有网络的村，办件与答复都走 U 盘包", the_other_village_goes_by_stick),
    ("市级目录：市里改一项，县级联网接收、签发，站点用上", the_citys_catalog_changes),
)
