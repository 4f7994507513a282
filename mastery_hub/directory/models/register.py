"""What the register's imports leave behind."""

from typing import Any, Self

from django.conf import settings
from django.db import models

from mastery_hub.common import clock


class RegisterImportQuerySet(models.QuerySet["RegisterImport"]):
    def visible_to(self, user: Any) -> Self:
        return self if user.is_national else self.none()


class RegisterImport(models.Model):
    """One run of the register's import: what came in, what changed, what was turned away and why."""

    file_name = models.CharField(max_length=200)
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the file")
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    outside_england = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    rejections = models.JSONField(default=list, help_text="[[line number, URN, reason], …]")
    new_authorities = models.JSONField(
        default=list, help_text="Names of authorities that the file brought in, which no hub has yet"
    )

    objects = RegisterImportQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"{self.file_name}, {self.started_at:%d %B %Y}"

    @property
    def counts(self) -> dict[str, int]:
        return {
            "Rows": self.rows,
            "Created": self.created,
            "Updated": self.updated,
            "Unchanged": self.unchanged,
            "Outside England": self.outside_england,
            "Rejected": self.rejected,
        }
