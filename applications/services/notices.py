"""Who is told what: one function for each moment, each queueing the emails of whoever waits."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from applications.eligibility import current_leader, current_support, support_awaited, who_to_ask_again
from applications.enums import Eligibility, Outcome, RenewalWhy, State, SupportState
from applications.models import (
    Application,
    Decision,
    EligibilityException,
    Extension,
    HeadteacherSupport,
    InformationDocument,
    Offer,
    PledgeRenewal,
    Round,
    SubjectLeaderSupport,
)
from cohorts.expected import expected_words
from cohorts.models import Pledge
from cohorts.terms import promised
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership, User
from mastery_hub.common.forms.wording import listed
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.kinds import kind_named
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.rendering import Rendered, email_render
from mastery_hub.messaging.services import email_queue


def round_facts(round: Round) -> dict[str, Any]:
    cohort = round.cohort
    return {
        "programme": cohort.programme.name,
        "cohort": cohort.name,
        "academic_year": str(cohort.academic_year),
        "round": round,
    }


def application_facts(application: Application) -> dict[str, Any]:
    return round_facts(application.round) | {
        "reference": application.reference,
        "applicant": application.applicant.full_name or application.applicant.email,
        "school": application.school.name if application.school else "",
        "hub": str(application.hub or ""),
    }


def to_applicant(kind: str, application: Application, **extra: Any) -> Email:
    link = site_link("application_page", reference=application.reference)
    return email_queue(
        kind=kind,
        to=application.applicant.email,
        context=application_facts(application) | {"page": link} | extra,
        about=application,
    )


def hub_leads(application: Application, hub: MathsHub | None = None) -> list[User]:
    """Leads of the application's hub, or of another one, except an applicant who is one of them."""
    held = (
        Membership.objects.current()
        .filter(hub=hub or application.hub_id, role=Role.HUB_LEAD)
        .exclude(user=application.applicant_id)
    )
    return list(User.objects.filter(pk__in=held.values("user")))


def to_hub(kind: str, application: Application, **extra: Any) -> None:
    assert application.hub, "what was submitted has a hub"
    page = site_link("hub_application", hub=application.hub.slug, reference=application.reference)
    for lead in hub_leads(application):
        email_queue(
            kind=kind, to=lead.email, context=application_facts(application) | {"page": page} | extra, about=application
        )


def _signed_support(application: Application) -> HeadteacherSupport | None:
    return application.supports.filter(state="signed").first()


def to_headteacher(kind: str, application: Application, **extra: Any) -> None:
    support = _signed_support(application)
    if support:
        signer = support.newest_signer
        facts = application_facts(application) | {"headteacher": signer.full_name}
        email_queue(kind=kind, to=signer.email, context=facts | extra, about=application)


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
        told = given_up | {"reserves": reserves(application), "why": paragraphs(reason)}
        to_hub("application_withdrawn_hub", application, **told)


def reserves(application: Application, hub: MathsHub | None = None) -> int:
    """How many wait for a place that is free again, at the application's hub or at the one that it has left."""
    at = hub.pk if hub else application.hub_id
    return Application.objects.filter(hub=at, round=application.round_id, state=State.RESERVED).count()


def headteacher_released(application: Application) -> None:
    """Whoever signed last, or was asked and has not declined, need do nothing any more; nor need one asked anew."""
    support = current_support(application)
    if support is None or support.state == SupportState.DECLINED:
        return
    waiting = [renewal for renewal in support.renewals.all() if renewal.is_open]
    told = {each.email.lower(): each for each in (support.newest_signer, *waiting)}
    for each in told.values():
        facts = application_facts(application) | {"headteacher": each.full_name}
        email_queue(kind="application_withdrawn_headteacher", to=each.email, context=facts, about=application)


def terms_changed(application: Application, changes: list[Any]) -> Email:
    asked_no_more = [a for a in application.answers.all() if a.question.terms_id != application.terms_id]
    kept = sum(bool(answer.text.strip()) for answer in asked_no_more)
    told_of = {"changes": changes, "kept": kept, "ask_again": who_to_ask_again(application)}
    return to_applicant("terms_changed", application, **told_of)


def application_expired(application: Application) -> None:
    """Whoever was told when the round closed early is not told again."""
    if application.closes_at != application.round.closed_early_at:
        expected = expected_words(application.round.cohort.programme)
        to_applicant("application_expired", application, closed_at=application.closes_at, expected=expected)


def round_closed_early(application: Application, *, closed_at: datetime, was: datetime, reason: str) -> Email:
    told = {"closed_at": closed_at, "was": was, "why": paragraphs(reason)}
    return to_applicant("round_closed_early", application, **told)


def round_reopened(application: Application) -> Email:
    return to_applicant(
        "round_reopened",
        application,
        submitted=application.submitted_at is not None,
        closes_at=application.closes_at,
        support_closes_at=application.support_closes_at,
    )


def information_changed(application: Application, document: InformationDocument) -> Email:
    link = site_link("round_information", code=application.round.code)
    news = paragraphs(document.changes)
    return to_applicant("information_changed", application, version=document.version, news=news, document=link)


def application_incomplete(application: Application) -> None:
    awaited = listed([f"{who}’s" for who in support_awaited(application)])
    to_applicant("application_incomplete", application, closed_at=application.support_closes_at, awaited=awaited)


def extension_given(application: Application) -> Email:
    return to_applicant("extension_given", application, **_windows(application))


def extension_cancelled(application: Application, *, reason: str) -> Email:
    return to_applicant("extension_cancelled", application, why=paragraphs(reason), **_windows(application))


def _windows(application: Application) -> dict[str, Any]:
    return {"draft": application.is_draft, "deadline": application.closes_at, "support": application.support_closes_at}


def extension_given_to_begin(extension: Extension) -> None:
    """To one who was given more time and has nothing in hand yet."""
    if extension.applicant and extension.closes_at:
        link = site_link("application_start", code=extension.round.code)
        facts = round_facts(extension.round) | {
            "applicant": extension.applicant.full_name or extension.applicant.email,
            "deadline": extension.closes_at,
            "page": link,
        }
        kind = "extension_given_to_begin"
        email_queue(kind=kind, to=extension.applicant.email, context=facts, about=extension)


def extension_given_hub(extension: Extension) -> None:
    _extension_to_hub("extension_given_hub", extension, extension.reason)


def extension_cancelled_hub(extension: Extension) -> None:
    _extension_to_hub("extension_cancelled_hub", extension, extension.cancel_reason)


def _extension_to_hub(kind: str, extension: Extension, reason: str) -> None:
    assert extension.hub, "only a hub has leads"
    facts = round_facts(extension.round) | {
        "hub": str(extension.hub),
        "deadline": extension.closes_at,
        "support": extension.support_closes_at,
        "why": paragraphs(reason),
        "page": site_link("hub_application_list", hub=extension.hub.slug),
    }
    held = Membership.objects.current().filter(hub=extension.hub, role=Role.HUB_LEAD)
    for lead in User.objects.filter(pk__in=held.values("user")):
        email_queue(kind=kind, to=lead.email, context=facts, about=extension)


def exception_asked(exception: EligibilityException) -> None:
    application = exception.application
    page = site_link("hub_exception", hub=exception.hub.slug, pk=exception.pk)
    facts = application_facts(application) | _exception_facts(exception) | {"page": page}
    for lead in hub_leads(application, exception.hub):
        email_queue(kind="exception_asked", to=lead.email, context=facts, about=application)


def exception_decided(exception: EligibilityException) -> None:
    kind = f"exception_{exception.state}"
    to_applicant(kind, exception.application, **_exception_facts(exception), decided_by=str(exception.decided_by))


def _exception_facts(exception: EligibilityException) -> dict[str, Any]:
    return {
        "hub": str(exception.hub),
        "rules": [f"{failure.question} {failure.answer}" for failure in exception.outcome.essential],
        "reason": paragraphs(exception.decision_reason or exception.reason),
        "submitted": exception.application.submitted_at is not None,
        "closes_at": exception.application.closes_at,
    }


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


def _leader_facts(support: SubjectLeaderSupport) -> dict[str, Any]:
    return application_facts(support.application) | {
        "leader": support.full_name,
        "role": support.role_words,
        "deadline": support.application.support_closes_at,
        "address": support.email,
    }


def leader_link(support: SubjectLeaderSupport, token: str, *, kind: str) -> Email:
    facts = _leader_facts(support) | {"expires": support.link_expires_at, "waiting": support.is_waiting}
    secrets = {"link": site_link("leader_link", token=token)}
    return email_queue(kind=kind, to=support.email, context=facts, about=support, secrets=secrets)


def leader_signed(support: SubjectLeaderSupport) -> None:
    """The signer gets a copy of what was signed, and the applicant hears that it was."""
    facts = _leader_facts(support) | {"signed_as": support.signed_as, "signed_at": support.answered_at}
    email_queue(kind="leader_copy", to=support.email, context=facts, about=support.application)
    to_applicant("leader_signed", support.application, leader=support.full_name)


def leader_declined(support: SubjectLeaderSupport) -> None:
    deadline = support.application.support_closes_at
    to_applicant("leader_declined", support.application, leader=support.full_name, deadline=deadline)


def leader_silent(support: SubjectLeaderSupport) -> Email:
    page = site_link("application_subject_leader", reference=support.application.reference)
    facts = _leader_facts(support) | {"asked_at": support.requested_at, "page": page}
    email = support.application.applicant.email
    return email_queue(kind="leader_silent", to=email, context=facts, about=support.application)


def leader_undelivered(support: SubjectLeaderSupport) -> Email:
    page = site_link("application_subject_leader", reference=support.application.reference)
    facts = _leader_facts(support) | {"page": page}
    email = support.application.applicant.email
    return email_queue(kind="leader_undelivered", to=email, context=facts, about=support.application)


def leader_released(application: Application) -> None:
    """Whoever was asked and has not declined need do nothing any more."""
    support = current_leader(application)
    if support and support.state != SupportState.DECLINED:
        email_queue(kind="leader_released", to=support.email, context=_leader_facts(support), about=application)


def draft_unfinished(application: Application, *, left: str, missing: list[str]) -> Email:
    kind = "application_draft_unfinished"
    return to_applicant(kind, application, deadline=application.closes_at, left=left, missing=missing)


def headteacher_silent(support: HeadteacherSupport) -> Email:
    """Nothing of what the headteacher has written, and not whether they have."""
    application = support.application
    page = site_link("application_headteacher", reference=application.reference)
    told = {"headteacher": support.full_name, "deadline": application.support_closes_at, "page": page}
    return to_applicant("headteacher_silent", application, asked_at=support.requested_at, **told)


def offer_unanswered(offer: Offer, *, left: str) -> Email:
    return to_applicant("offer_unanswered", offer.application, offer=offer, left=left)


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
    facts = application_facts(application) | {
        "headteacher": renewal.full_name,
        "is_new_head": renewal.why == RenewalWhy.HEAD,
        "is_new_school": renewal.why == RenewalWhy.SCHOOL,
        "expires": renewal.link_expires_at,
    }
    secrets = {"link": site_link("renewal_link", token=token)}
    return email_queue(kind="renewal_requested", to=renewal.email, context=facts, about=renewal, secrets=secrets)


def renewal_signed(renewal: PledgeRenewal) -> None:
    assert renewal.pledge, "what was signed has a pledge"
    application = renewal.support.application
    facts = application_facts(application) | _signature(renewal.pledge) | {"headteacher": renewal.full_name}
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


def paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


def decision_released(application: Application, decision: Decision) -> None:
    offer = getattr(decision, "offer", None) if decision.outcome == Outcome.OFFER else None
    to_applicant(f"outcome_{decision.outcome}", application, feedback=paragraphs(decision.feedback), offer=offer)
    to_headteacher(f"outcome_{decision.outcome}_headteacher", application, offer=offer)


def offer_accepted(application: Application) -> None:
    to_applicant("offer_accepted", application)
    to_hub("offer_accepted_hub", application)
    to_headteacher("offer_accepted_headteacher", application)


def offer_declined(application: Application) -> None:
    to_applicant("offer_declined", application)
    to_hub("offer_declined_hub", application, reserves=reserves(application))


def offer_lapsed(application: Application) -> None:
    to_applicant("offer_lapsed", application)
    to_hub("offer_lapsed_hub", application)


def outcome_letter(application: Application, decision: Decision, reply_by: datetime) -> Rendered:
    """The applicant's letter as it would be sent if the decision were released now; nothing is queued."""
    link = site_link("application_page", reference=application.reference)
    written = {"page": link, "feedback": paragraphs(decision.feedback), "offer": SimpleNamespace(reply_by=reply_by)}
    return email_render(kind_named(f"outcome_{decision.outcome}"), application_facts(application) | written)
