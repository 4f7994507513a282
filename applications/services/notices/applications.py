"""An application’s own moments: submitted, complete, withdrawn, over."""

from applications.eligibility import current_leader, current_support, support_awaited
from applications.enums import Eligibility, SupportState
from applications.models import Application
from applications.services.notices.facts import (
    application_facts,
    hub_leads,
    paragraphs,
    signs_no_more,
    to_applicant,
    to_hub,
)
from applications.services.notices.leaders import _leader_facts
from applications.services.reserve_list import reserve_facts
from cohorts.expected import expected_words
from mastery_hub.common.forms.wording import listed
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_queue


def application_submitted(application: Application) -> None:
    awaited = support_awaited(application)
    waits = {
        "supported": not awaited,
        "awaited": listed(awaited),
        "both": len(awaited) > 1,
        "exception_waits": application.eligibility == Eligibility.ASKED,
    }
    to_applicant("application_submitted", application, deadline=application.support_closes_at, **waits)
    if application.has_unlisted_school:
        to_hub("school_unlisted", application)
    if application.home_hub and application.is_to_another_hub:
        facts = application_facts(application) | {
            "home_hub": str(application.home_hub),
            "reason": paragraphs(application.hub_reason),
        }
        for lead in hub_leads(application, application.home_hub):
            email_queue(kind="application_elsewhere", to=lead.email, context=facts, about=application)


def application_completed(application: Application) -> None:
    to_applicant("application_complete", application)
    to_hub("application_received", application)


def application_withdrawn(
    application: Application, *, was_with_hub: bool, held: bool, reason: str, kept: bool = False, kept_in: str = ""
) -> None:
    """`held` is an accepted place, of which everybody knew; `kept` one for the next cohort, which is `kept_in` where it
    was taken up."""
    given_up = {"held": held, "was_kept": kept, "kept_in": kept_in}
    to_applicant("application_withdrawn", application, **given_up)
    headteacher_released(application)
    leader_released(application)
    if was_with_hub:
        told = given_up | {"why": paragraphs(reason)} | reserve_facts(application.round, application.hub)
        to_hub("application_withdrawn_hub", application, **told)


def headteacher_released(application: Application) -> None:
    """Whoever signed last, or was asked and has not declined, need do nothing any more; nor need one asked anew."""
    support = current_support(application)
    if support is None or support.state == SupportState.DECLINED:
        return
    waiting = [renewal for renewal in support.renewals.all() if renewal.is_open]
    asked = [each for each in (support.newest_signer, *waiting) if not signs_no_more(each, application)]
    told = {each.email.lower(): each for each in asked}
    for each in told.values():
        facts = application_facts(application) | {"headteacher": each.full_name}
        email_queue(kind="application_withdrawn_headteacher", to=each.email, context=facts, about=application)


def application_expired(application: Application) -> None:
    """Whoever was told when the round closed early is not told again."""
    if application.closes_at != application.round.closed_early_at:
        expected = expected_words(application.round.cohort.programme)
        to_applicant("application_expired", application, closed_at=application.closes_at, expected=expected)


def application_incomplete(application: Application) -> None:
    awaited = listed([f"{who}’s" for who in support_awaited(application)])
    to_applicant("application_incomplete", application, closed_at=application.support_closes_at, awaited=awaited)


def leader_released(application: Application) -> None:
    """Whoever was asked and has not declined need do nothing any more."""
    support = current_leader(application)
    if support and support.state != SupportState.DECLINED:
        email_queue(kind="leader_released", to=support.email, context=_leader_facts(support), about=application)


def draft_unfinished(application: Application, *, left: str, missing: list[str]) -> Email:
    kind = "application_draft_unfinished"
    return to_applicant(kind, application, deadline=application.closes_at, left=left, missing=missing)
