"""Who is told what of a nomination."""

from typing import Any

from applications.models import Nomination
from applications.services.notices.facts import paragraphs, round_facts
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership, User
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_queue


def _facts(nomination: Nomination) -> dict[str, Any]:
    return round_facts(nomination.round) | {
        "nominee": nomination.full_name,
        "nominator": nomination.nominator,
        "nominator_name": str(nomination.nominated_by),
        "hub": str(nomination.home_hub),
    }


def nomination_link(nomination: Nomination, token: str, *, kind: str) -> Email:
    """About the nomination itself, so that its fate can be followed. Nobody can make us carry a message of their own:
    the reason stands on the page behind the link."""
    return email_queue(
        kind=kind,
        to=nomination.email,
        context=_facts(nomination)
        | {
            "expires": nomination.link_expires_at,
            "deadline": nomination.closes_at,
            "address": nomination.email,
        },
        about=nomination,
        secrets={"link": site_link("nominated_link", token=token)},
    )


def nomination_made(nomination: Nomination) -> None:
    """The leads of the hub hear of every nomination in its area, but for their own."""
    held = Membership.objects.current().filter(hub=nomination.home_hub, role=Role.HUB_LEAD)
    leads = User.objects.filter(pk__in=held.values("user")).exclude(pk=nomination.nominated_by_id)
    page = site_link("nomination_page", pk=nomination.pk)
    facts = _facts(nomination) | {"page": page, "why": paragraphs(nomination.reason)}
    for lead in leads:
        if lead != User.objects.with_address(nomination.email):
            email_queue(kind="nomination_made_hub", to=lead.email, context=facts, about=nomination)


def _to_nominator(kind: str, nomination: Nomination, **extra: Any) -> None:
    """Of a hub's own, as long as they belong to it: afterwards its leads hear of it."""
    page = site_link("nomination_page", pk=nomination.pk)
    for person in nominators(nomination):
        context = _facts(nomination) | {"page": page, "nominator_name": str(person)} | extra
        email_queue(kind=kind, to=person.email, context=context, about=nomination)


def nominators(nomination: Nomination) -> list[User]:
    by = nomination.nominated_by
    if nomination.hub_id is None or nomination.hub_id in by.hub_ids():
        return [by]
    held = Membership.objects.current().filter(hub=nomination.hub_id, role=Role.HUB_LEAD)
    leads = User.objects.filter(pk__in=held.values("user")).order_by("pk")
    return [lead for lead in leads if lead != User.objects.with_address(nomination.email)]


def nomination_accepted(nomination: Nomination) -> None:
    _to_nominator("nomination_accepted", nomination, deadline=nomination.closes_at)


def nomination_declined(nomination: Nomination) -> None:
    """Why, they told whoever nominated them alone."""
    theirs = nominators(nomination) == [nomination.nominated_by]
    _to_nominator("nomination_declined", nomination, why=paragraphs(nomination.decline_reason) if theirs else [])


def nomination_undelivered(nomination: Nomination) -> Email:
    to = next(iter(nominators(nomination)), nomination.nominated_by)
    context = _facts(nomination) | {
        "page": site_link("nomination_page", pk=nomination.pk),
        "address": nomination.email,
        "expires": nomination.link_expires_at,
        "nominator_name": str(to),
    }
    return email_queue(kind="nomination_undelivered", to=to.email, context=context, about=nomination)


def nomination_lapsed(nomination: Nomination) -> None:
    _to_nominator("nomination_lapsed", nomination, draft=nomination.round.is_open())


def nomination_withdrawn(nomination: Nomination) -> None:
    email_queue(kind="nomination_withdrawn", to=nomination.email, context=_facts(nomination), about=nomination)
