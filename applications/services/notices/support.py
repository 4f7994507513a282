"""The headteacher’s part, and a pledge that is signed again."""

from typing import Any

from applications.enums import RenewalWhy
from applications.models import Application, HeadteacherSupport, PledgeRenewal
from applications.services.notices.facts import application_facts, to_applicant, to_hub
from cohorts.models import Pledge
from cohorts.terms import promised
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_queue


def support_link(support: HeadteacherSupport, token: str, *, kind: str) -> Email:
    """About the request itself, so that its sending and its fate can be followed."""
    facts = application_facts(support.application) | {
        "headteacher": support.full_name,
        "deadline": support.application.support_closes_at,
        "expires": support.link_expires_at,
        "waiting": support.is_waiting,
        "role": support.role_words if support.role else "",
        "before": support.passed_from.full_name if support.passed_from else "",
        "again": HeadteacherSupport.objects.signed_before(support).exists(),
    }
    secrets = {"link": site_link("support_link", token=token)}
    return email_queue(kind=kind, to=support.email, context=facts, about=support, secrets=secrets)


def headteacher_silent(support: HeadteacherSupport) -> Email:
    """Nothing of what the headteacher has written, and not whether they have."""
    application = support.application
    page = site_link("application_headteacher", reference=application.reference)
    told = {"headteacher": support.full_name, "deadline": application.support_closes_at, "page": page}
    return to_applicant("headteacher_silent", application, asked_at=support.requested_at, **told)


def support_undelivered(support: HeadteacherSupport) -> Email:
    application = support.application
    page = site_link("application_headteacher", reference=application.reference)
    facts = application_facts(application) | {
        "page": page,
        "headteacher": support.full_name,
        "address": support.email,
        "deadline": application.support_closes_at,
    }
    return email_queue(kind="support_undelivered", to=application.applicant.email, context=facts, about=application)


def support_passed(support: HeadteacherSupport) -> None:
    """The applicant hears who signs now, and not why."""
    assert support.passed_from, "what was passed on came from somebody"
    to_applicant(
        "support_passed",
        support.application,
        headteacher=support.full_name,
        role=support.role_words,
        before=support.passed_from.full_name,
        deadline=support.application.support_closes_at,
    )


def support_signed(support: HeadteacherSupport) -> None:
    """The signer gets a copy of what was signed; the applicant hears that it was, and no more."""
    assert support.pledge, "what was signed has a pledge"
    facts = application_facts(support.application) | _signature(support.pledge) | {"headteacher": support.full_name}
    email_queue(kind="support_copy", to=support.email, context=facts, about=support.application)
    to_applicant("support_signed", support.application, headteacher=support.full_name)


def renewal_link(renewal: PledgeRenewal, token: str) -> Email:
    application = renewal.support.application
    facts = _facts_of_the_place(application) | {
        "headteacher": renewal.full_name,
        "is_next_cohort": renewal.why == RenewalWhy.COHORT,
        "is_new_head": renewal.why == RenewalWhy.HEAD,
        "is_new_school": renewal.why == RenewalWhy.SCHOOL,
        "expires": renewal.link_expires_at,
    }
    secrets = {"link": site_link("renewal_link", token=token)}
    return email_queue(kind="renewal_requested", to=renewal.email, context=facts, about=renewal, secrets=secrets)


def _facts_of_the_place(application: Application) -> dict[str, Any]:
    """With the cohort in which a deferred place was taken up."""
    cohort = application.place_cohort or application.round.cohort
    return application_facts(application) | {"cohort": cohort.name, "academic_year": str(cohort.academic_year)}


def renewal_signed(renewal: PledgeRenewal) -> None:
    assert renewal.pledge, "what was signed has a pledge"
    application = renewal.support.application
    facts = _facts_of_the_place(application) | _signature(renewal.pledge) | {"headteacher": renewal.full_name}
    email_queue(kind="support_copy", to=renewal.email, context=facts, about=application)
    if application.submitted_at:  # a hub knows of no draft
        to_hub("renewal_signed_hub", application, headteacher=renewal.full_name)


def renewal_declined(renewal: PledgeRenewal) -> None:
    application = renewal.support.application
    to_applicant("renewal_declined", application, headteacher=renewal.full_name)
    if application.submitted_at:
        to_hub("renewal_declined_hub", application, headteacher=renewal.full_name)


def _signature(pledge: Pledge) -> dict[str, Any]:
    commitments = [c.text for c in pledge.commitment_set.commitments.all()]
    kept = [f"{name}: {words}" for name, words in promised(pledge)]
    return {"commitments": commitments, "promised": kept, "signed_as": pledge.signed_as, "signed_at": pledge.signed_at}


def support_declined(support: HeadteacherSupport) -> None:
    to_applicant(
        "support_declined",
        support.application,
        headteacher=support.full_name,
        deadline=support.application.support_closes_at,
    )
