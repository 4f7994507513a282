"""What the register's imports leave behind."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from mastery_hub.common import clock
from mastery_hub.common.files.fields import PrivateFileField
from mastery_hub.directory.enums import UNFINISHED, ImportKind, ImportStatus

TOO_FEW = "too-few"  # the one refusal that somebody who knows better may overrule


class RegisterImportQuerySet(models.QuerySet["RegisterImport"]):
    def visible_to(self, user: Any) -> Self:
        return self if user.is_national else self.none()

    def waiting(self) -> Self:
        """The one that came first, first."""
        return self.filter(status=ImportStatus.WAITING).order_by("started_at", "pk")

    def running(self) -> Self:
        return self.filter(status=ImportStatus.RUNNING)

    def finished(self) -> Self:
        return self.exclude(status__in=UNFINISHED)

    def with_file(self) -> Self:
        return self.exclude(file="")


class RegisterImport(models.Model):
    """One run of the register's import: what came in, what changed, what was turned away and why.

    A queue like that of emails, no life cycle: `status` is written by whoever holds the import's lock.
    """

    kind = models.CharField(max_length=10, choices=ImportKind, default=ImportKind.SCHOOLS)
    status = models.CharField(max_length=10, choices=ImportStatus, default=ImportStatus.WAITING)
    file = PrivateFileField(name_field="file_name", blank=True, help_text="An upload, for as long as it is needed")
    file_name = models.CharField(max_length=200)
    checksum = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file")
    forced = models.BooleanField(default=False, help_text="Somebody said that so few rows are right")
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the file")
    read = models.PositiveBigIntegerField(default=0, help_text="Bytes of it read so far")
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0, help_text="Of those updated: open before, closed now")
    removed = models.PositiveIntegerField(default=0, help_text="Links that the register no longer has")
    unchanged = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(default=0, help_text="Links told again from their other end")
    other_kinds = models.PositiveIntegerField(default=0, help_text="Links that tell of no successor")
    outside_england = models.PositiveIntegerField(default=0)  # of links: those to schools that are not here
    rejected = models.PositiveIntegerField(default=0)
    rejections = models.JSONField(default=list, help_text="[[line number, URN, reason], …]")
    new_authorities = models.JSONField(
        default=list, help_text="Names of authorities that the file brought in, which no hub has yet"
    )
    refusal = models.CharField(max_length=30, blank=True, help_text="The refusal's code")
    reason = models.CharField(max_length=500, blank=True, help_text="Why nothing was imported")

    objects = RegisterImportQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "running"]) ^ Q(finished_at__isnull=False),
                name="finished_import_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["refused", "failed"]) ^ Q(reason=""), name="import_without_effect_says_why"
            ),
            models.UniqueConstraint(fields=["status"], condition=Q(status="running"), name="one_import_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name}, {self.started_at:%d %B %Y}"

    def get_absolute_url(self) -> str:
        return reverse("national_import", args=[self.pk])

    @property
    def is_finished(self) -> bool:
        return self.status not in UNFINISHED

    @property
    def may_be_insisted_on(self) -> bool:
        return self.refusal == TOO_FEW and bool(self.file)

    @property
    def insisted_on_as(self) -> "RegisterImport | None":
        """The run that took this one's file over when somebody insisted on it."""
        if self.refusal != TOO_FEW:
            return None
        same = RegisterImport.objects.filter(kind=self.kind, file_name=self.file_name, size=self.size, forced=True)
        return same.filter(started_at__gte=self.finished_at).order_by("started_at", "pk").first()

    @property
    def percent(self) -> int:
        """Of the file read; what follows is one transaction, short beside the reading."""
        return 100 * self.read // self.size if self.size else 0

    @property
    def counts(self) -> dict[str, int]:
        if self.kind == ImportKind.LINKS:
            own = {"Removed": self.removed, "Told twice": self.repeated, "Of other kinds": self.other_kinds}
            outside = "Schools unknown"
        else:
            own, outside = {"Of them closed": self.closed}, "Outside England"
        return {
            "Rows": self.rows,
            "Created": self.created,
            "Updated": self.updated,
            **own,
            "Unchanged": self.unchanged,
            outside: self.outside_england,
            "Rejected": self.rejected,
        }


class RegisterLine(models.Model):
    """A fingerprint of the line that a school was last read from, so that the next file's same line is passed over.

    Gone as soon as anything changes the school: a database trigger sees to it, and the line is read again.
    """

    urn = models.PositiveIntegerField(primary_key=True)
    digest = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.urn)
