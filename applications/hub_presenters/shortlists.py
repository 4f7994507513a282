"""A hub's candidates of a round, those on its shortlist told apart, with what is arranged for each."""

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch
from django.urls import reverse

from applications import permissions
from applications.enums import AssessmentKind, State
from applications.models import Application, Assessment, PanelOrder, Round, Shortlisting
from applications.presenters import state_tag
from applications.presenters.assessments import assessment_tag
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import MathsHub


def shortlist_rows(hub: MathsHub, round: Round, user: User) -> list[dict[str, Any]]:
    """Best first for whoever sees scores, by name for the others: an order would tell."""
    listed = Shortlisting.objects.open().filter(hub=hub, application=OuterRef("pk"))
    live = Prefetch("assessments", Assessment.objects.live().filter(hub=hub), to_attr="live_assessments")
    found = PanelOrder.objects.candidates(hub, round).exclude(applicant=user)
    found = found.annotate(is_listed=Exists(listed)).select_related("applicant", "school", "hub").prefetch_related(live)
    sees = permissions.can_see_panel(user, hub)
    if not sees:
        found = found.order_by("applicant__last_name", "applicant__first_name", "pk")
    return [_row(application, user, sees=sees) for application in found]


def _row(application: Application, user: User, *, sees: bool) -> dict[str, Any]:
    row: Any = application
    where = [row.hub.slug, row.reference]
    keeps = permissions.can_shortlist(user, application)
    return {
        "application": application,
        "href": reverse("hub_application", args=where),
        "is_listed": row.is_listed,
        "average": f"{row.mean_score:.1f}" if sees and row.mean_score is not None else "",
        "tag": state_tag(State(application.state if sees else application.shown_state)),
        "appointments": [_appointment(application, kind, user) for kind in AssessmentKind],
        "put": reverse("hub_shortlist_put", args=where) if keeps and not row.is_listed else "",
        "off": reverse("hub_shortlist_off", args=where) if keeps and row.is_listed else "",
    }


def _appointment(application: Application, kind: AssessmentKind, user: User) -> dict[str, Any]:
    row: Any = application
    found = next((each for each in row.live_assessments if each.kind == kind), None)
    arrange = reverse("hub_arrange", args=[row.hub.slug, row.reference]) + f"?kind={kind}"
    return {
        "kind": kind.label,
        "when": found.when if found else "",
        "tag": assessment_tag(found) if found else None,
        "href": reverse("hub_assessment", args=[row.hub.slug, found.pk]) if found else "",
        "arrange": arrange if not found and permissions.can_arrange(user, application) else "",
    }
