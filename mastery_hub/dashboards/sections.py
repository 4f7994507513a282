"""The parts of a person's own home: one for each thing that they are here, none for what they are not."""

from collections.abc import Callable
from typing import Any

from django.db.models import prefetch_related_objects
from django.urls import reverse

from applications.applicant_presenters.deadlines import before_words
from applications.applicant_presenters.status import progress_of
from applications.enums import State, SupportState
from applications.models import Application, HeadteacherSupport, Nomination, Round, SubjectLeaderSupport
from applications.presenters import state_tag
from applications.presenters.deferrals import READ as DEFERRALS
from applications.presenters.nominations import progress
from applications.presenters.referrals import with_referrals
from cohorts.models import Specialist
from mastery_hub.accounts.enums import SCHOOL_ROLES
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.dashboards import measures
from mastery_hub.dashboards.hubs import headteachers_due, hub_due, numbers, rounds_current
from mastery_hub.dashboards.measures import Figures
from mastery_hub.dashboards.presenters import round_card, specialist_facts, what_is_next
from mastery_hub.directory.models import MathsHub

Section = dict[str, Any]  # `template`, and what it shows
MOST_NOMINATIONS = 5  # of those made; the list has the others
DO = {State.DRAFT: "Continue your application", State.OFFERED: "Answer the offer"}


def applications_section(user: User) -> Section | None:
    """The applicant's own, with what happens next; from `shown_state` alone."""
    now = clock.now()
    own = with_referrals(Application.objects.visible_to(user).filter(applicant=user).with_people().with_deadlines())
    leaders = ["leader_supports"] if any(each.round.asks_subject_leader for each in own) else []
    prefetch_related_objects(own, "supports", *leaders, "offers", DEFERRALS)
    rows = [
        {
            "application": each,
            "tag": state_tag(each.shown_state),
            "next": progress_of(each, now),
            "action": DO.get(State(each.shown_state), "See your application"),
        }
        for each in own
    ]
    return {"template": "dashboards/_home_applications.html", "rows": rows} if rows else None


def specialist_section(user: User) -> Section | None:
    own = Specialist.objects.visible_to(user).filter(person=user).order_by("-cohort__starts")
    rows = [
        {"title": str(each.cohort), "facts": specialist_facts(each), "next": what_is_next(each)}
        for each in own.with_placements().prefetch_related("cohort__residentials")
    ]
    return {"template": "dashboards/_home_specialist.html", "rows": rows} if rows else None


def nominations_section(user: User) -> Section | None:
    """Whom this person has nominated, and who has nominated them and waits for an answer."""
    own = Nomination.objects.visible_to(user).filter(nominated_by=user).with_all()[:MOST_NOMINATIONS]
    asked = Nomination.objects.awaited().of(user).exclude(nominated_by=user).with_all()
    both = list(own.union(asked, all=True).order_by("-nominated_at", "-id"))
    made = [each for each in both if each.nominated_by_id == user.pk]
    waiting = [each for each in both if each not in made and each.link_expires_at > clock.now()]
    if not (made or waiting):
        return None
    rows = [{"nomination": each, "tag": progress(each, user)} for each in made]
    return {"template": "dashboards/_home_nominations.html", "rows": rows, "waiting": waiting}


def supports_section(user: User) -> Section | None:
    """Requests to this person's own address that wait for an answer. The link is in the email alone."""
    waiting = {
        "email": user.email,
        "state__in": (SupportState.REQUESTED, SupportState.OPENED),
        "application__state__in": (State.DRAFT, State.SUBMITTED),
    }
    heads = HeadteacherSupport.objects.filter(**waiting).with_applications()
    leaders = SubjectLeaderSupport.objects.filter(**waiting).with_applications()
    rows = [
        {"support": each, "until": before_words(each.application.support_closes_at)}
        for each in [*heads, *leaders]
        if each.application.support_closes_at > clock.now()
    ]
    return {"template": "dashboards/_home_supports.html", "rows": rows} if rows else None


def schools_section(user: User) -> Section | None:
    schools = [m.school for m in user.current_memberships if m.role in SCHOOL_ROLES]
    return {"template": "dashboards/_home_schools.html", "schools": schools} if schools else None


def _hub_row(user: User, hub: MathsHub, counted: dict[Round, Figures]) -> dict[str, Any]:
    rounds = [
        {
            "cohort": str(round.cohort),
            "numbers": numbers(user, hub, round, figures),
            "due": hub_due(user, hub, round, figures),
        }
        for round, figures in counted.items()
        if figures.of(hub.pk, measures.PLACES)
    ]
    return {"hub": hub, "rounds": rounds}


def hubs_section(user: User) -> Section | None:
    """Each of the person's hubs with its numbers and what waits there."""
    hubs = list({m.hub.pk: m.hub for m in user.current_memberships if m.hub}.values())
    if not hubs:
        return None
    pks = [hub.pk for hub in hubs]
    counted = measures.figures(rounds_current(pks), seen_by=user, hubs=pks)
    heads = headteachers_due(user, hubs)
    rows = [_hub_row(user, hub, counted) | {"heads": heads.get(hub.pk, [])} for hub in hubs]
    return {"template": "dashboards/_home_hubs.html", "rows": rows}


def national_section(user: User) -> Section | None:
    if not user.is_national:
        return None
    rows = []
    shown = (measures.DRAFTS, measures.SUBMITTED, measures.COMPLETE, measures.ACCEPTED, measures.LEFT)
    for round, figures in measures.figures(rounds_current(), seen_by=user, wanted=shown).items():
        stats = [{"value": figures.total(measure), "label": measure.name} for measure in shown]
        href = f"{reverse('national_home')}?round={round.code}"
        rows.append({"card": round_card(round), "stats": stats, "href": href})
    return {"template": "dashboards/_home_national.html", "rows": rows}


SECTIONS: tuple[Callable[[User], Section | None], ...] = (
    specialist_section,
    applications_section,
    nominations_section,
    supports_section,
    schools_section,
    hubs_section,
    national_section,
)


def sections_for(user: User) -> list[Section]:
    return [found for section in SECTIONS if (found := section(user))]
