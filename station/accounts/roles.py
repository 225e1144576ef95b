"""What a person may do here. One person may hold several roles."""

from enum import StrEnum

from flask_babel import LazyString, lazy_gettext


class Role(StrEnum):
    """A desk somebody sits at."""

    AGENT = "agent"
    CLERK = "clerk"
    LEAD = "lead"
    REVIEWER = "reviewer"
    EDITOR = "editor"
    PUBLISHER = "publisher"
    ADMIN = "admin"


WINDOW = (Role.AGENT, Role.CLERK, Role.LEAD)
HALL = (Role.REVIEWER, Role.EDITOR, Role.PUBLISHER)

FIRST_ROLES: dict[str, tuple[Role, ...]] = {
    "village": (Role.ADMIN, Role.LEAD, Role.AGENT),
    "township": (Role.ADMIN, Role.LEAD, Role.CLERK),
    "county": (Role.ADMIN,),
    "city": (Role.ADMIN,),
}
"""By level of a node: what its first person does. A village has one person for everything."""

LABELS: dict[Role, LazyString] = {
    Role.AGENT: lazy_gettext("代办员"),
    Role.CLERK: lazy_gettext("窗口人员"),
    Role.LEAD: lazy_gettext("站负责人"),
    Role.REVIEWER: lazy_gettext("审核员"),
    Role.EDITOR: lazy_gettext("目录编辑"),
    Role.PUBLISHER: lazy_gettext("目录发布员"),
    Role.ADMIN: lazy_gettext("管理员"),
}


def spoken(roles: tuple[Role, ...] | frozenset[Role]) -> str:
    """The roles as a person says them, in the order of their desks."""
    return "、".join(str(LABELS[role]) for role in Role if role in roles)
