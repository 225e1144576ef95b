"""A dead PC's place is taken by a new one: at the hall, in the transaction that grants it.

The new PC comes under the old node id with keys of its own. What the hall wrote to the old one is
sealed anew, since the old keys are gone; what the old one wrote comes back by `sync.returned`.
"""

from datetime import datetime

from sync import outstream
from sync.errors import EnrolmentRefused
from sync.keys import NodeKeys
from sync.register import NodeRecord, PeerKey, find_peer
from sync.session import end_sessions
from sync.tables import FileReceipt, InStream, LastAsk, Witness
from sync.tables_history import PeerEpoch


def check_replaceable(replaced: str, node: NodeRecord, hall_id: str) -> None:
    """Raises EnrolmentRefused unless `node` may take the place of the node with that id."""
    known = find_peer(replaced)
    if known is None or known.parent != hall_id:
        raise EnrolmentRefused("要接替的电脑不是本大厅登记的站点。", "请在站点页重新选择后再生成加入码。")
    if (known.level, known.division) != (node.level, node.division):
        raise EnrolmentRefused("新电脑设置的级别或区划与原站点不同。", "请按原站点的级别和区划设置新电脑。")


def withdraw_old_keys(node_id: str, now: datetime) -> None:
    """What the dead PC wrote counts as far as it is known here; anything later waits for a person."""
    last = InStream.select().where(InStream.sender == node_id).order_by(InStream.id.desc()).first()
    trusted = {"trusted_instance": last.instance, "trusted_seq": last.upto} if last else {}
    theirs = (PeerKey.node_id == node_id) & PeerKey.revoked_at.is_null()
    PeerKey.update({"revoked_at": now, **trusted}).where(theirs).execute()
    end_sessions(node_id)


def write_again(keys: NodeKeys, hall_id: str, node_id: str, now: datetime) -> int:
    """Put every kept letter to the node into a new stream, sealed to its new key; returns how many.

    To be called once the register holds the new keys. What the dead PC said it had counts no more.
    """
    said = (
        (FileReceipt, FileReceipt.by),
        (LastAsk, LastAsk.peer),
        (Witness, Witness.peer),
        (PeerEpoch, PeerEpoch.peer),
    )
    for table, peer in said:
        table.delete().where(peer == node_id).execute()
    return outstream.write_again(outstream.Sender(hall_id, keys), node_id, now)
