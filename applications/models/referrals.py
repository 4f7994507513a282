"""A candidate without a place, referred to another hub: by their own hub, or as NCETM proposes to it."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from applications.enums import NEVER_ASKED, OPEN_REFERRAL, UNDER_WAY, WITH_RECEIVER, ReferralState
from applications.models.applications import Application
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.common.models import Stateful, TransitionEvent
from mastery_hub.directory.models import MathsHub

RECEIVED = [*sorted(WITH_RECEIVER), ReferralState.DECLINED]
DECIDED = [ReferralState.ACCEPTED, ReferralState.DECLINED, ReferralState.DISMISSED]


class ReferralQuerySet(models.QuerySet["Referral"]):
    def visible_to(self, user: User) -> Self:
        """People of the hub that refers; leads of the other one from the consent on, until they decline; never one's
        own."""
        found = self.exclude(application__applicant=user)
        if user.is_national:
            return found
        received = Q(to_hub__in=user.hub_ids(Role.HUB_LEAD), state__in=sorted(WITH_RECEIVER))
        return found.filter(Q(from_hub__in=user.hub_ids()) | received)

    def gone_from(self, hub: MathsHub, user: User) -> Self:
        """Those that were with the hub, as its leads were told, and are not any more."""
        told = self.filter(to_hub=hub, to_hub__in=user.hub_ids(Role.HUB_LEAD), consented_at__isnull=False)
        return told.exclude(state__in=sorted(WITH_RECEIVER)).exclude(application__applicant=user)

    def of_hub(self, hub: MathsHub) -> Self:
        return self.filter(Q(from_hub=hub) | Q(to_hub=hub, state__in=sorted(WITH_RECEIVER)))

    def open(self) -> Self:
        return self.filter(state__in=sorted(OPEN_REFERRAL))

    def under_way(self) -> Self:
        return self.filter(state__in=sorted(UNDER_WAY))

    def told(self) -> Self:
        """Those of which the applicant knows."""
        return self.exclude(asked_at=None)

    def to_decide(self, hub: MathsHub) -> Self:
        theirs = Q(state=ReferralState.PROPOSED, from_hub=hub) | Q(state=ReferralState.CONSENTED, to_hub=hub)
        return self.filter(theirs)

    def with_all(self) -> Self:
        return self.select_related(
            "application__applicant",
            "application__round__cohort__programme",
            "application__hub",
            "application__school",
            "from_hub",
            "to_hub",
            "asked_by",
            "decided_by",
        )


@tracked
class Referral(Stateful):
    """`asked_by` is the lead who refers; nobody yet while NCETM proposes it. `reply_by` is the end of the wait of its
    present state: the hub's, the applicant's, then the other hub's."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="referrals")
    state = models.CharField(max_length=10, choices=ReferralState, default=ReferralState.ASKED, editable=False)
    from_hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="referrals_sent")
    to_hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="referrals_received")
    made_at = models.DateTimeField(default=clock.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(null=True, blank=True)
    words = models.TextField(blank=True, help_text="Why, for the applicant and for the other hub")
    consented_at = models.DateTimeField(null=True, blank=True)
    reply_by = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True, help_text="Of the hub that accepted, declined or did not refer")

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-pk")
        indexes = [
            models.Index(fields=["reply_by"], condition=Q(state__in=sorted(OPEN_REFERRAL)), name="referral_unanswered"),
            models.Index(fields=["to_hub", "state"], name="referral_received"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state__in=sorted(OPEN_REFERRAL)),
                name="one_open_referral_an_application",
            ),
            models.CheckConstraint(condition=~Q(to_hub=F("from_hub")), name="referral_is_to_another_hub"),
            models.CheckConstraint(
                condition=Q(asked_by=None, asked_at=None, words="")
                | (Q(asked_by__isnull=False, asked_at__isnull=False) & ~Q(words="")),
                name="referral_is_asked_or_not",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(NEVER_ASKED), asked_at=None)
                | Q(state=ReferralState.LAPSED)
                | (~Q(state__in=sorted(NEVER_ASKED)) & Q(asked_at__isnull=False)),
                name="referral_is_told_of_once_asked",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[*sorted(WITH_RECEIVER), ReferralState.DECLINED])
                | Q(consented_at__isnull=False),
                name="referral_is_received_after_consent",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=DECIDED,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                & ~Q(decision_reason="")
                | ~Q(state__in=DECIDED) & Q(decided_by=None, decided_at=None, decision_reason=""),
                name="referral_is_decided_or_not",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application.reference} to {self.to_hub}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_REFERRAL


class ReferralEvent(TransitionEvent):
    referral = models.ForeignKey(Referral, models.CASCADE, related_name="events")

    class Meta:
        ordering = ("at", "pk")
