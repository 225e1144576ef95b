"""The people of this node. Their passwords are not here: each opens a key slot of the vault."""

import peewee

from station.accounts.roles import Role
from sync.moments import MomentField
from sync.rows import Row


class Account(Row):
    """One named person. epoch: raised to end every session of this person at once."""

    name = peewee.CharField(max_length=32, primary_key=True)
    display_name = peewee.CharField(max_length=32)
    roles_text = peewee.CharField(max_length=100)
    department = peewee.CharField(max_length=60, default="")
    is_active = peewee.BooleanField(default=True)
    has_to_change_password = peewee.BooleanField(default=False)
    epoch = peewee.IntegerField(default=1)
    created_at = MomentField()

    @property
    def roles(self) -> frozenset[Role]:
        """What this person may do."""
        return frozenset(Role(word) for word in self.roles_text.split(",") if word)


TABLES: tuple[type[Row], ...] = (Account,)
