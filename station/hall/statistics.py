"""What a hall can count, and how complete the count is: stations that are silent may still hold cases."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from station.cases.models import Case
from station.hall.fleet import service as fleet
from station.hall.fleet.service import SILENT_DAYS


@dataclass(frozen=True)
class Statistics:
    """Cases of one hall. silent: active stations not heard for SILENT_DAYS, or never."""

    cases: int
    by_stage: dict[str, int]
    by_department: dict[str, int]
    by_station: dict[str, int]
    stations: int
    silent: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every active station was heard lately."""
        return not self.silent

    @property
    def note(self) -> str:
        """How complete the count is, in Chinese."""
        if self.is_complete:
            return f"{self.stations} 个站点近日都有联系，统计完整。"
        names = "、".join(self.silent[:5]) + (" 等" if len(self.silent) > 5 else "")
        return f"{len(self.silent)} 个站点超过 {SILENT_DAYS} 天没有联系（{names}），统计可能不全。"


def statistics_of(hall_id: str, now: datetime) -> Statistics:
    """Count the hall's cases and look who has been heard."""
    stations = [one for one in fleet.describe(fleet.below(hall_id), now) if one.is_active]
    silent = tuple(one.name for one in stations if one.tone == "r")
    return Statistics(
        cases=Case.select().where(Case.hall == hall_id).count(),
        by_stage=_counted(hall_id, Case.stage),
        by_department=_counted(hall_id, Case.department),
        by_station=_counted(hall_id, Case.station_name),
        stations=len(stations),
        silent=silent,
    )


def _counted(hall_id: str, column: Any) -> dict[str, int]:
    rows: Any = Case.select(column, peewee.fn.COUNT(Case.case_id)).where(Case.hall == hall_id)
    counted: dict[str, int] = dict(rows.group_by(column).order_by(column).tuples())
    return counted
