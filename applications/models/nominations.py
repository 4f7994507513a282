"""A teacher nominated for a round by their school or by a hub, and the events of the nomination's life."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.functional import cached_property

from applications.enums import LIVE_NOMINATION, NominationState
from applications.models.extensions import Extension, deadlines
from applications.models.rounds import Round
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.common.models import Stateful, TransitionEvent
from mastery_hub.directory.models import MathsHub, School

LINK_LASTS = timedelta(days=30)
BETWEEN_SENDINGS = timedelta(days=5)
BY_SCHOOL = Q(school__isnull=False, hub=None) & ~Q(role="")
BY_HUB = Q(school=None, hub__isnull=False, role="")


class NominationQuerySet(models.QuerySet["Nomination"]):
    def visible_to(self, user: User) -> Self:
        """Those that one made for a school; those of a hub's area for its people, and a hub's own for nobody who has
        left it; all for NCETM."""
        if user.is_national:
            return self
        return self.filter(Q(nominated_by=user, hub=None) | Q(home_hub__in=user.hub_ids()))

    def live(self) -> Self:
        return self.filter(state__in=LIVE_NOMINATION)

    def invited(self) -> Self:
        return self.filter(state=NominationState.INVITED)

    def awaited(self) -> Self:
        """Without those of whoever has accepted another nomination for the round, by whichever address."""
        same = Q(nominee__email=OuterRef("email"))
        same |= Q(nominee__emailaddress__email=OuterRef("email"), nominee__emailaddress__verified=True)
        others = Nomination.objects.filter(same, round=OuterRef("round"), state=NominationState.ACCEPTED)
        return self.invited().exclude(Exists(others))

    def of(self, user: User) -> Self:
        """To an address that this person has proven, or answered by them."""
        proven = user.emailaddress_set.filter(verified=True).values("email")
        return self.filter(Q(nominee=user) | Q(email__in=proven))

    def with_all(self) -> Self:
        found = self.select_related("round__cohort__programme", "school", "hub", "home_hub", "nominated_by")
        return found.prefetch_related("applications")


@tracked
class Nomination(Stateful):
    """Made by a member of a school's staff, who says which school and what they are there, or by a lead of a hub.

    `home_hub` is the school's on that day, or the hub itself: it is told, and lists the nomination. The link's token is
    kept as a hash; a new sending makes the old link die."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="nominations")
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="nominations")
    hub = models.ForeignKey(MathsHub, models.PROTECT, null=True, blank=True, related_name="own_nominations")
    home_hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="nominations")
    role = models.CharField(max_length=80, blank=True, help_text="What the nominator is in the school")
    nominated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="nominations_made")
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    email = models.EmailField()
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=NominationState, default=NominationState.INVITED, editable=False)
    nominee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="nominations"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    nominated_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(default=clock.now, help_text="When the link was last sent")
    answered_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.TextField(blank=True)

    objects = NominationQuerySet.as_manager()

    class Meta:
        ordering = ("-nominated_at", "-pk")
        indexes = [models.Index(fields=["home_hub", "-nominated_at", "-id"], name="nomination_hub_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "email"],
                condition=Q(state__in=sorted(LIVE_NOMINATION)),
                name="one_live_nomination_an_address",
            ),
            models.UniqueConstraint(
                fields=["round", "nominee"],
                condition=Q(state=NominationState.ACCEPTED),
                name="one_accepted_nomination_a_person",
            ),
            models.CheckConstraint(
                condition=Q(state=NominationState.DECLINED) | Q(decline_reason=""), name="only_declined_has_a_reason"
            ),
            models.CheckConstraint(condition=BY_SCHOOL | BY_HUB, name="nominated_by_a_school_or_a_hub"),
            models.CheckConstraint(
                condition=~Q(state__in=[NominationState.ACCEPTED, NominationState.DECLINED])
                | Q(answered_at__isnull=False, nominee__isnull=False),
                name="answered_nomination_has_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(nominee=None) | ~Q(nominee=models.F("nominated_by")), name="nobody_nominates_themselves"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} for {self.round.code}"

    def get_absolute_url(self) -> str:
        return reverse("nomination_page", kwargs={"pk": self.pk})

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def is_invited(self) -> bool:
        return self.state == NominationState.INVITED

    @property
    def whose(self) -> str:
        """The school or the hub that nominates."""
        return str(self.school or self.hub)

    @property
    def nominator(self) -> str:
        """“Jane Moss, head of maths at Hillside School”; “Jane Moss of Great North Maths Hub”."""
        if self.school is None:
            return f"{self.nominated_by} of {self.hub}"
        role = self.role if self.role[1:2].isupper() else self.role[0].lower() + self.role[1:]
        return f"{self.nominated_by}, {role} at {self.school}"

    @cached_property
    def closes_at(self) -> datetime:
        """When the nominee's window to begin ends: the round's instant, or a later one by extension."""
        person = User.objects.with_address(self.email)
        covering = Extension.objects.covering(
            round=self.round_id, hub=self.home_hub_id, applicant=person.pk if person else 0
        )
        return deadlines(self.round, covering).closes_at

    @property
    def link_expires_at(self) -> datetime:
        return min(self.sent_at + LINK_LASTS, self.closes_at)

    @property
    def again_from(self) -> datetime:
        """When the link may be sent again."""
        return self.sent_at + BETWEEN_SENDINGS


class NominationEvent(TransitionEvent):
    nomination = models.ForeignKey(Nomination, models.PROTECT, related_name="events")

    class Meta:
        ordering = ("at", "pk")
