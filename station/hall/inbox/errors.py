"""What the desk refuses.

StationError
└── CaseError
    └── NotYourDesk     a case of another department
"""

from station.cases.errors import CaseError


class NotYourDesk(CaseError):
    """A case of another department."""

    status = 403

    def __init__(self, department: str) -> None:
        super().__init__(
            "这个办件不归您的部门审核。",
            "它现在由“%(department)s”承办。",
            "请返回收件箱；需要转办时请联系该部门或管理员。",
            department=department or "尚未分派",
        )
