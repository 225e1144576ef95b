"""The demo's nodes as running processes, started together and ended together."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from station.demo.county import DemoCounty, Say, prepare
from station.demo.plan import CITY, COUNTY, LINKED_VILLAGE, NODES, TOWNSHIP, UNLINKED_VILLAGE, DemoNode
from station.demo.ports import held_ports
from station.demo.processes import NodeProcess

LABELS = {
    CITY.folder: "市级节点",
    COUNTY.folder: "县区大厅",
    TOWNSHIP.folder: "镇服务站",
    LINKED_VILLAGE.folder: "村服务站（有网络）",
    UNLINKED_VILLAGE.folder: "村服务站（没有网络，用 U 盘）",
}


class RunningCounty:
    """A prepared county with a process for each node, by folder name."""

    def __init__(self, county: DemoCounty, processes: dict[str, NodeProcess]) -> None:
        self.county = county
        self._processes = processes

    def process(self, node: DemoNode) -> NodeProcess:
        """The process of a node."""
        return self._processes[node.folder]

    def url(self, node: DemoNode) -> str:
        """Where a node's pages are."""
        return self.process(node).address

    def lines(self) -> list[str]:
        """Addresses and logins, for a person."""
        told = ["", "演示县区已经启动。账号只供演示，密码也写在 accounts.json 里。", ""]
        for node in NODES:
            told.append(f"  {LABELS[node.folder]}  {node.name}  {self.url(node)}")
            told += [
                f"      账号 {login.account:<14} 密码 {login.password:<18} {login.display_name}"
                for login in self.county.logins[node.folder]
            ]
        told.append(f"  签发目录用的口令：{self.county.passphrase}")
        return told


@contextmanager
def running(folder: Path, first_port: int, say: Say) -> Iterator[RunningCounty]:
    """The county up and answering; every process ends with the block. Raises NodeDidNotStart, NoFreePort."""
    with held_ports(first_port, len(NODES)) as held, ExitStack() as ending:
        county = _prepared(folder, {node.folder: port for node, port in zip(NODES, held, strict=True)}, say)
        for node in NODES:
            process = county.process(node)
            ending.callback(process.stop)
            process.start()
        yield county


def _prepared(folder: Path, ports: dict[str, int], say: Say) -> RunningCounty:
    """The county with a process for each node; none of them is started."""
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    county = prepare(folder, urls[COUNTY.folder], say, city_url=urls[CITY.folder])
    processes = {
        node.folder: NodeProcess(
            county.data(node), ports[node.folder], ("--demo", "--unattended") if node.is_hall else ("--demo",)
        )
        for node in NODES
    }
    return RunningCounty(county, processes)
