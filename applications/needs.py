"""What waits for the people of a hub. Each need is defined once, in NEEDS: its words, its rows, whose it is, by when,
and where it is done. The work list, the numbers on the hub's home and the links between them are made of these.

A need's rows begin with what the desk's person may see at all (`Desk.applications`), so that none shows more than the
list of applications does; what administrators see goes by `shown_state`, else a row that goes would tell a proposal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse

from applications.enums import PROPOSED, AssessmentKind, DeferralState, ScreeningOutcome, State
from applications.models import (
    Application,
    Assessment,
    Decision,
    Deferral,
    EligibilityException,
    Offer,
    Referral,
    Review,
    SchoolChange,
    Screening,
    SelectionPlan,
    Shortlisting,
)
from applications.models.applications import SCHOOL_UNLISTED, ApplicationQuerySet
from cohorts.models import HubPlaces
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import MathsHub

Applications = ApplicationQuerySet


@dataclass(frozen=True)
class Desk:
    """One person at one hub. NCETM reads what its leads read."""

    user: User
    hub: MathsHub

    @cached_property
    def roles(self) -> frozenset[str]:
        own = {each.role for each in self.user.current_memberships if each.hub_id == self.hub.pk}
        return frozenset(own | ({Role.HUB_LEAD} if self.user.is_national else set()))

    @property
    def applications(self) -> Applications:
        """Nobody works on their own."""
        found = Application.objects.visible_to(self.user).at_hub(self.hub)
        return found.exclude(applicant=self.user)

    @property
    def is_blind(self) -> Any:
        """Whether the row’s name and school are kept from this person: a reviewer’s, where the hub reads blind, until
        their own scores are in."""
        if Role.HUB_LEAD in self.roles or Role.HUB_REVIEWER not in self.roles:
            return Value(False, output_field=BooleanField())
        plans = SelectionPlan.objects.filter(round=OuterRef("round"), hub=self.hub, blind=True)
        own = Review.objects.filter(application=OuterRef("pk"), reviewer=self.user, submitted_at__isnull=False)
        return ExpressionWrapper(Exists(plans) & ~Exists(own), output_field=BooleanField())

    @property
    def needs(self) -> "list[Need]":
        return [need for need in NEEDS if need.roles & self.roles]


@dataclass(frozen=True)
class Need:
    """`due` is an expression over an application; `target` too: the key of the row that `page` is about, where that is
    not the application."""

    key: str
    words: str
    one: str
    many: str
    roles: frozenset[str]
    rows: Callable[[Desk], Applications]
    due: Any
    page: str = "hub_application"
    target: Any = None

    def sentence(self, number: int) -> str:
        return self.one if number == 1 else self.many.format(number)

    def href(self, hub: MathsHub, reference: str, target: int | None) -> str:
        return reverse(self.page, args=[hub.slug, reference if self.target is None else target])


# By when


OUTCOMES = Cast("round__outcomes_month", DateTimeField())  # its first day: applicants hear in that month
BEGINS = Cast(
    Func(F("round__cohort__starts"), Value(9), Value(1), function="make_date", output_field=DateField()),
    DateTimeField(),
)
SUPPORT_CLOSES = F("support_closes_at")
UNANSWERED = Offer.objects.filter(application=OuterRef("pk"), replied_at=None)


# Which applications


LATEST_SCREENING = Screening.objects.filter(application=OuterRef("pk")).values("outcome")[:1]


def screened(applications: Applications) -> Any:
    """With what was last said of each, empty where nobody has said anything."""
    return applications.annotate(screening=Coalesce(Subquery(LATEST_SCREENING), Value("")))


def _undecided(desk: Desk) -> Applications:
    """As far as anybody outside knows."""
    return desk.applications.filter(shown_state__in=(State.SUBMITTED, State.COMPLETE)).live()


def to_screen(desk: Desk) -> Applications:
    return screened(_undecided(desk)).filter(screening="")


def with_query(desk: Desk) -> Applications:
    return screened(_undecided(desk)).filter(screening=ScreeningOutcome.QUERY)


def waiting(desk: Desk) -> Applications:
    return desk.applications.filter(state=State.SUBMITTED)


SUBMITTED_REVIEWS = Review.objects.filter(application=OuterRef("pk"), submitted_at__isnull=False)


def to_score(desk: Desk) -> Applications:
    """For leads, what nobody has scored; for reviewers, what they have not scored themselves."""
    reviews = SUBMITTED_REVIEWS if Role.HUB_LEAD in desk.roles else SUBMITTED_REVIEWS.filter(reviewer=desk.user)
    return desk.applications.filter(~Exists(reviews), state=State.COMPLETE)


def to_decide(desk: Desk) -> Applications:
    return desk.applications.filter(Exists(SUBMITTED_REVIEWS), state=State.COMPLETE)


RETURNED = Decision.objects.open().filter(application=OuterRef("pk"), returned_at__isnull=False)


def to_arrange(desk: Desk) -> Applications:
    """On the shortlist, and neither observed nor interviewed: as far as anybody outside knows still to be decided."""
    listed = Shortlisting.objects.open().filter(hub=desk.hub, application=OuterRef("pk"))
    arranged = Assessment.objects.live().filter(hub=desk.hub, application=OuterRef("pk"))
    open_ones = desk.applications.filter(shown_state__in=(State.COMPLETE, State.RESERVED))
    return open_ones.filter(Exists(listed), ~Exists(arranged))


def _scheduled(desk: Desk, kind: AssessmentKind) -> Applications:
    """Those that this person may see: of their own for whoever neither leads nor administers."""
    found = Assessment.objects.visible_to(desk.user).scheduled().filter(hub=desk.hub, kind=kind)
    return Application.objects.filter(assessments__in=found)


def to_observe(desk: Desk) -> Applications:
    return _scheduled(desk, AssessmentKind.OBSERVATION)


def to_interview(desk: Desk) -> Applications:
    return _scheduled(desk, AssessmentKind.INTERVIEW)


def _begins(kind: AssessmentKind) -> Subquery:
    found = Assessment.objects.scheduled().filter(application=OuterRef("pk"), hub=OuterRef("hub"), kind=kind)
    return Subquery(found.values("starts_at")[:1])


def to_release(desk: Desk) -> Applications:
    return desk.applications.filter(~Exists(RETURNED), state__in=sorted(PROPOSED))


def returned(desk: Desk) -> Applications:
    return desk.applications.filter(Exists(RETURNED), state__in=sorted(PROPOSED))


def offers(desk: Desk) -> Applications:
    return desk.applications.filter(state=State.OFFERED)


def reserves(desk: Desk) -> Applications:
    """Where a place is free; whoever is referred to another hub waits for that one first."""
    free = HubPlaces.objects.filter(cohort=OuterRef("round__cohort"), hub=desk.hub, taken__lt=F("places"))
    referred = Referral.objects.under_way().filter(application=OuterRef("pk"))
    return desk.applications.filter(Exists(free), ~Exists(referred), state=State.RESERVED)


def unlisted(desk: Desk) -> Applications:
    return desk.applications.live().filter(SCHOOL_UNLISTED)


def _asked_exceptions(desk: Desk) -> QuerySet[EligibilityException]:
    return EligibilityException.objects.visible_to(desk.user).filter(hub=desk.hub).to_decide()


def exceptions(desk: Desk) -> Applications:
    """Of drafts too: whoever writes waits for the answer."""
    return Application.objects.filter(exceptions__in=_asked_exceptions(desk))


def deferrals(desk: Desk) -> Applications:
    asked = Deferral.objects.visible_to(desk.user).filter(hub=desk.hub, state=DeferralState.ASKED)
    return Application.objects.filter(deferrals__in=asked).live()


def school_changes(desk: Desk) -> Applications:
    asked = SchoolChange.objects.visible_to(desk.user).to_decide(desk.hub)
    return Application.objects.filter(school_changes__in=asked)


def referrals(desk: Desk) -> Applications:
    """What NCETM proposes to this hub, and what another one refers to it with the applicant’s consent."""
    asked = Referral.objects.visible_to(desk.user).to_decide(desk.hub)
    return Application.objects.filter(referrals__in=asked)


def _key_of(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.filter(application=OuterRef("pk")).order_by("-pk").values("pk")[:1])


LEADS = frozenset({Role.HUB_LEAD})
SCORERS = frozenset({Role.HUB_LEAD, Role.HUB_REVIEWER})
SCREENERS = frozenset({Role.HUB_LEAD, Role.HUB_ADMINISTRATOR})
ALL = SCORERS | SCREENERS

NEEDS = (
    Need(
        key="to_screen",
        words="To screen",
        one="Screen 1 application",
        many="Screen {} applications",
        roles=SCREENERS,
        rows=to_screen,
        due=OUTCOMES,
        page="hub_screening",
    ),
    Need(
        key="query",
        words="Something to clear up",
        one="Clear up what screening found in 1 application",
        many="Clear up what screening found in {} applications",
        roles=SCREENERS,
        rows=with_query,
        due=OUTCOMES,
        page="hub_screening",
    ),
    Need(
        key="unlisted",
        words="School to be found",
        one="Say which school 1 application is from: it is not in the register",
        many="Say which schools {} applications are from: they are not in the register",
        roles=LEADS,
        rows=unlisted,
        due=OUTCOMES,
        page="hub_school",
    ),
    Need(
        key="exceptions",
        words="Exception to decide",
        one="Decide on 1 exception from an essential rule",
        many="Decide on {} exceptions from essential rules",
        roles=LEADS,
        rows=exceptions,
        due=F("closes_at"),
        page="hub_exception",
        target=_key_of(EligibilityException.objects.to_decide()),
    ),
    Need(
        key="waiting",
        words="Waiting for a headteacher",
        one="1 application waits for its headteacher",
        many="{} applications wait for their headteachers",
        roles=SCREENERS,
        rows=waiting,
        due=SUPPORT_CLOSES,
    ),
    Need(
        key="to_score",
        words="To score",
        one="Score 1 complete application",
        many="Score {} complete applications",
        roles=SCORERS,
        rows=to_score,
        due=OUTCOMES,
        page="hub_review",
    ),
    Need(
        key="to_arrange",
        words="To observe or interview",
        one="Arrange an observation or an interview for 1 person on the shortlist",
        many="Arrange observations or interviews for {} people on the shortlist",
        roles=SCREENERS,
        rows=to_arrange,
        due=OUTCOMES,
        page="hub_arrange",
    ),
    Need(
        key="to_observe",
        words="Lesson observation",
        one="Observe 1 lesson",
        many="Observe {} lessons",
        roles=ALL,
        rows=to_observe,
        due=_begins(AssessmentKind.OBSERVATION),
        page="hub_assessment",
        target=_key_of(Assessment.objects.scheduled().filter(kind=AssessmentKind.OBSERVATION)),
    ),
    Need(
        key="to_interview",
        words="Interview",
        one="Hold 1 interview",
        many="Hold {} interviews",
        roles=ALL,
        rows=to_interview,
        due=_begins(AssessmentKind.INTERVIEW),
        page="hub_assessment",
        target=_key_of(Assessment.objects.scheduled().filter(kind=AssessmentKind.INTERVIEW)),
    ),
    Need(
        key="to_decide",
        words="To decide",
        one="Decide on 1 scored application",
        many="Decide on {} scored applications",
        roles=LEADS,
        rows=to_decide,
        due=OUTCOMES,
    ),
    Need(
        key="to_release",
        words="To release",
        one="Release 1 proposed decision",
        many="Release {} proposed decisions",
        roles=LEADS,
        rows=to_release,
        due=Coalesce(F("round__releases_at"), OUTCOMES),
    ),
    Need(
        key="returned",
        words="Returned by NCETM",
        one="Propose 1 decision anew that NCETM has returned",
        many="Propose {} decisions anew that NCETM has returned",
        roles=LEADS,
        rows=returned,
        due=Coalesce(F("round__releases_at"), OUTCOMES),
    ),
    Need(
        key="offers",
        words="Offer unanswered",
        one="1 offer waits for an answer",
        many="{} offers wait for an answer",
        roles=SCREENERS,
        rows=offers,
        due=Subquery(UNANSWERED.order_by("-pk").values("reply_by")[:1]),
    ),
    Need(
        key="reserves",
        words="Reserve for a free place",
        one="Offer a free place to 1 person on the reserve list",
        many="Offer free places to the reserve list: {} people wait on it",
        roles=LEADS,
        rows=reserves,
        due=BEGINS,
    ),
    Need(
        key="deferrals",
        words="Request to begin later",
        one="Decide on 1 request to begin in the next cohort",
        many="Decide on {} requests to begin in the next cohort",
        roles=LEADS,
        rows=deferrals,
        due=BEGINS,
        page="hub_deferral",
        target=_key_of(Deferral.objects.filter(state=DeferralState.ASKED)),
    ),
    Need(
        key="school_changes",
        words="Change of school",
        one="Decide on 1 change of school",
        many="Decide on {} changes of school",
        roles=LEADS,
        rows=school_changes,
        due=BEGINS,
        page="hub_school_change",
        target=_key_of(SchoolChange.objects.open()),
    ),
    Need(
        key="referrals",
        words="Referral to answer",
        one="Answer 1 referral",
        many="Answer {} referrals",
        roles=LEADS,
        rows=referrals,
        due=Subquery(Referral.objects.open().filter(application=OuterRef("pk")).values("reply_by")[:1]),
        page="hub_referral",
        target=_key_of(Referral.objects.open()),
    ),
)
BY_KEY = {need.key: need for need in NEEDS}
