"""A request to keep a place for the next cohort, and what became of it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from applications.enums import LIVE_DEFERRAL, UNDECIDED_DEFERRAL, DeferralState
from applications.models.applications import Application
from applications.models.rounds import Round
from cohorts.models import Cohort, HubPlaces
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.common.models import Stateful, TransitionEvent
from mastery_hub.directory.models import MathsHub


class DeferralQuerySet(models.QuerySet["Deferral"]):
    def visible_to(self, user: User) -> Self:
        """Whose reasons one may read, since they may be of one's health: leads and reviewers of the hub, and NCETM;
        never one's own."""
        found = self.exclude(application__applicant=user)
        return found if user.is_national else found.filter(hub__in=user.hub_ids(Role.HUB_LEAD, Role.HUB_REVIEWER))

    def live(self) -> Self:
        return self.filter(state__in=LIVE_DEFERRAL)

    def promised(self, cohort: Cohort) -> Self:
        """Granted to people of earlier cohorts, and to be taken up in this one: the next in which their hub can have
        places, since it has none in another before."""
        if cohort.has_begun:
            return self.none()
        own = "application__round__cohort"
        earlier = self.filter(**{f"{own}__programme": cohort.programme_id, f"{own}__starts__lt": cohort.starts})
        sooner = HubPlaces.objects.to_come(cohort.programme_id).filter(
            hub=OuterRef("hub"), cohort__starts__gt=OuterRef(f"{own}__starts"), cohort__starts__lt=cohort.starts
        )
        return earlier.filter(~Exists(sooner), state=DeferralState.GRANTED)

    def keeping_from(self, person: User, round: Round) -> Self:
        """Why this person begins no application to the round, and none of theirs stands again: they deferred from it, a
        place in its cohort is theirs, or one is promised."""
        return self._keeping(person, round.pk, round.cohort_id, round.cohort.programme_id)

    def keeping_from_outer(self) -> Self:
        """The same, for the applicant and the round of an application in the query around it."""
        return self._keeping(*map(OuterRef, ("applicant", "round", "round__cohort", "round__cohort__programme")))

    def _keeping(self, person: Any, round: Any, cohort: Any, programme: Any) -> Self:
        taken_up = Q(places__cohort=cohort) | Q(application__round=round)
        there = Q(taken_up, state=DeferralState.TAKEN_UP) | Q(state=DeferralState.GRANTED)
        own = Q(application__applicant=person, application__round__cohort__programme=programme)
        return self.filter(there, own)


@tracked
class Deferral(Stateful):
    """Asked of the hub of the day. `places` is where the place was taken, once the next cohort had one for it."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="deferrals")
    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="deferrals")
    state = models.CharField(max_length=10, choices=DeferralState, default=DeferralState.ASKED, editable=False)
    reason = models.TextField(help_text="The applicant's")
    until = models.CharField(max_length=200, blank=True, help_text="When they could begin, in their words")
    asked_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True, help_text="The hub's, for the applicant")
    places = models.ForeignKey(HubPlaces, models.PROTECT, null=True, blank=True, related_name="deferrals")

    objects = DeferralQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state__in=sorted(LIVE_DEFERRAL)),
                name="one_live_deferral_an_application",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None, decision_reason="")
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decision_reason="")),
                name="decided_deferral_has_who_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(UNDECIDED_DEFERRAL), decided_by=None)
                | (~Q(state__in=sorted(UNDECIDED_DEFERRAL)) & Q(decided_by__isnull=False)),
                name="deferral_is_decided_or_not",
            ),
            models.CheckConstraint(
                condition=Q(state=DeferralState.TAKEN_UP, places__isnull=False)
                | (~Q(state=DeferralState.TAKEN_UP) & Q(places=None)),
                name="deferral_taken_up_has_its_place",
            ),
        ]

    def __str__(self) -> str:
        return f"Deferral of {self.application.reference}"

    @property
    def has_begun(self) -> bool:
        """The cohort in which the place was taken up."""
        return self.places is not None and self.places.cohort.has_begun


class DeferralEvent(TransitionEvent):
    deferral = models.ForeignKey(Deferral, models.CASCADE, related_name="events")

    class Meta:
        ordering = ("at", "pk")
