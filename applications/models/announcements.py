"""What everybody concerned is told by email when NCETM acts on a round: written at once, rendered by a worker."""

from django.db import models
from django.db.models import Q

from applications.enums import AnnouncementKind
from applications.models.applications import Application
from applications.models.rounds import Round
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email


class Announcement(models.Model):
    """Append-only. `facts` is what cannot be looked up later, in words that JSON keeps."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="announcements")
    kind = models.CharField(max_length=24, choices=AnnouncementKind)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.round.code}"


class AnnouncementNoticeQuerySet(models.QuerySet["AnnouncementNotice"]):
    def waiting(self) -> "AnnouncementNoticeQuerySet":
        return self.filter(done_at=None)


class AnnouncementNotice(models.Model):
    """To whom. It is done together with its email, under its lock; without one where it concerned them no longer.

    No constraint of the database holds the application, whose row never goes: checking it would lock the application
    after the round, while whoever submits holds them the other way round.
    """

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="notices")
    application = models.ForeignKey(
        Application, models.CASCADE, related_name="announcement_notices", db_constraint=False
    )
    since = models.PositiveSmallIntegerField(default=0, help_text="Version of the terms that the draft had before")
    done_at = models.DateTimeField(null=True, blank=True)
    email = models.OneToOneField(Email, models.PROTECT, null=True, blank=True)

    objects = AnnouncementNoticeQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=["id"], condition=Q(done_at=None), name="announcement_notice_waiting")]
        constraints = [
            models.UniqueConstraint(fields=["announcement", "application"], name="announced_once_to_each"),
            models.CheckConstraint(condition=Q(email=None) | Q(done_at__isnull=False), name="announced_means_done"),
        ]

    def __str__(self) -> str:
        return f"{self.announcement}, to {self.application_id}"
