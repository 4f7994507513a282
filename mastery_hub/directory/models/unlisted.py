"""What is known of a school that somebody typed in, beside its row among the schools."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.directory.enums import FIRST_UNLISTED_NUMBER, LARGEST_URN
from mastery_hub.directory.models.schools import School


@tracked
class UnlistedSchool(models.Model):
    """Who typed in a school that the register does not hold, and which school of the register it was found to be."""

    school = models.OneToOneField(School, models.CASCADE, related_name="unlisted")
    typed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    typed_at = models.DateTimeField(default=clock.now)
    match = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="matches")
    matched_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    matched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-typed_at", "pk")
        constraints = [
            models.CheckConstraint(condition=Q(school__gte=FIRST_UNLISTED_NUMBER), name="unlisted_school_is_unlisted"),
            models.CheckConstraint(
                condition=Q(match=None, matched_by=None, matched_at=None)
                | Q(match__isnull=False, match__lte=LARGEST_URN, matched_by__isnull=False, matched_at__isnull=False),
                name="match_is_of_the_register_with_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return str(self.school)
