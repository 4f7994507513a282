"""A hub’s reserve list, whom each place that is free goes to, and who cannot be offered one."""

from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from applications import permissions
from applications.enums import Action
from applications.hub_presenters.places import places_seen_by
from applications.models import Deferral, HeadteacherSupport, PanelOrder, Round, SelectionPlan
from mastery_hub.directory.models import MathsHub


def reserves_page(round: Round, hub: MathsHub, user: Any, plan: SelectionPlan) -> dict[str, Any]:
    supports = Prefetch("supports", HeadteacherSupport.objects.all())
    found = PanelOrder.objects.reserves(hub, round).exclude(applicant=user).with_people().prefetch_related(supports)
    applications: list[Any] = list(found)
    leads = permissions.can_lead_selection(user, hub)
    return {
        "rows": [_row(each, place, len(applications), leads=leads) for place, each in enumerate(applications, 1)],
        "places": _places(round, hub, user),
        "automatic": _automatic(round, plan),
        "may_change_plan": permissions.can_write_plan(user, hub),
    }


def _row(application: Any, place: int, of: int, *, leads: bool) -> dict[str, Any]:
    hub, mean = application.hub, application.mean_score
    return {
        "place": place,
        "name": str(application.applicant),
        "reference": application.reference,
        "school": str(application.school),
        "href": reverse("hub_application", args=[hub.slug, application.reference]),
        "score": "" if mean is None else f"{mean:.1f}",
        "bar": permissions.what_bars_place(application, Action.PROPOSE_OFFER),
        "up": leads and place > 1,
        "down": leads and place < of,
    }


def _places(round: Round, hub: MathsHub, user: Any) -> str:
    quota: Any = places_seen_by(user).filter(cohort=round.cohort_id, hub=hub).first()
    if quota is None:
        return "Your hub has no places in this cohort."
    kept = Deferral.objects.promised(round.cohort).filter(hub=hub).count()
    words = f"{quota.left_as_seen} of {quota.places} places left"
    return f"{words}, {kept} of them kept for people who deferred." if kept else f"{words}."


def _automatic(round: Round, plan: SelectionPlan) -> str:
    if round.confirms_decisions:
        return "NCETM confirms each decision of this round, so a lead proposes the next place that is free."
    if plan.offers_reserves:
        return "A place that becomes free is offered to the first on the list who can be offered one, automatically."
    return "A lead of your hub offers each place that becomes free: propose a decision for the first on the list."
