"""How a hub selects, as its people and NCETM read it, and the pages of a round's selection."""

from typing import Any

from django.urls import reverse

from applications import permissions
from applications.models import Round, SelectionPlan
from applications.permissions import can_read_decisions
from applications.presenters import STAGE_COLOURS
from mastery_hub.directory.models import MathsHub

REVIEWERS = {1: "One reviewer", 2: "Two reviewers", 3: "Three reviewers"}


def plan_rows(plan: SelectionPlan) -> list[dict[str, str]]:
    """For components/summary_list.html."""
    read = "Without name and school in the work list, until they have scored" if plan.blind else "With name and school"
    moderated = "Scores that are two or more apart are talked about" if plan.moderates else "Not moderated"
    reserves = "A place that becomes free is offered to the next by itself" if plan.offers_reserves else "A lead offers"
    return [
        {"key": "Each application", "value": REVIEWERS[plan.reviewers_each]},
        {"key": "Reading", "value": read},
        {"key": "Scores", "value": moderated},
        {"key": "Reserve list", "value": reserves},
    ]


def need_rows(plan: SelectionPlan) -> list[dict[str, str]]:
    needs = plan.needs.select_related("authority") if plan.pk else []
    return [{"title": str(need), "about": need.about} for need in needs]


def selection_links(user: Any, hub: MathsHub, round: Round) -> list[dict[str, str]]:
    """The pages on which a round's selection is done, as far as they are this person's."""
    deciding = []
    if can_read_decisions(user, hub):
        pages = (("Decisions", "hub_decisions"), ("Reserve list", "hub_reserves"))
        deciding = [{"text": text, "href": reverse(name, args=[hub.slug, round.code])} for text, name in pages]
    listed = f"{reverse('hub_application_list', args=[hub.slug])}?round={round.code}"
    here = [hub.slug, round.code]
    found = [
        {"text": "How your hub selects", "href": reverse("hub_plan", args=[hub.slug, round.code])},
        {"text": "Applications", "href": listed},
        *deciding,
    ]
    if permissions.can_see_shortlist(user, hub):
        found.append({"text": "Shortlist", "href": reverse("hub_shortlist", args=here)})
    found.append({"text": "Observations and interviews", "href": reverse("hub_assessment_list", args=[hub.slug])})
    if permissions.can_see_panel(user, hub):
        found.append({"text": "Panel", "href": reverse("hub_panel", args=here)})
    return found


def round_row(user: Any, hub: MathsHub, round: Round, plan: SelectionPlan) -> dict[str, Any]:
    return {
        "round": round,
        "tag": {"text": round.stage.label, "colour": STAGE_COLOURS[round.stage]},
        "rows": plan_rows(plan),
        "links": selection_links(user, hub, round),
    }
