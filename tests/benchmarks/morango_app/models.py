"""A case as Morango synchronises it: one row, its record as text."""

from django.db import models
from morango.models.core import SyncableModel


class Case(SyncableModel):
    """One record; `place` is the partition that both certificates cover."""

    morango_profile = "cases"
    morango_model_name = "case"

    case_id = models.CharField(max_length=32)
    place = models.CharField(max_length=32)
    body = models.TextField()

    def calculate_source_id(self) -> str:
        """The case's own id, so that none can be there twice."""
        return self.case_id

    def calculate_partition(self) -> str:
        """The same for all."""
        return self.place
