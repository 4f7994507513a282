"""A pledge asked for again. Locks go Application first, then PledgeRenewal. No state of the application moves."""

from datetime import datetime
from functools import partial

from django.db import transaction

from applications import permissions
from applications.enums import RenewalWhy
from applications.models import Application, HeadteacherSupport, PledgeRenewal
from applications.services import notices
from applications.services.applications import commitments_in_force
from applications.services.engines import for_each
from applications.services.support import application_locked
from cohorts.enums import Whose
from cohorts.models import Cohort, Pledge
from cohorts.services import pledge_sign
from cohorts.terms import Terms, terms_mark, terms_of
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash, token_new
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.messaging.models import Email


def pledge_of(support: HeadteacherSupport) -> Pledge:
    """The newest signature, whoever gave it."""
    signed = [each.pledge for each in support.renewals.all() if each.pledge]
    pledge = signed[-1] if signed else support.pledge
    assert pledge, "what was signed has a pledge"
    return pledge


def open_renewal(support: HeadteacherSupport) -> PledgeRenewal | None:
    return next((each for each in support.renewals.all() if each.is_open), None)


def pledges_ask_again() -> int:
    """Job: for each cohort that is yet to begin, asks whoever signed under other days or dates than there are now."""
    asked = 0
    for cohort in Cohort.objects.filter(starts__gte=clock.today().year).order_by("pk"):
        if clock.today() < cohort.academic_year.first_day:
            asked += _cohort_ask_again(cohort)
    return asked


def _cohort_ask_again(cohort: Cohort) -> int:
    terms = terms_of(cohort)
    found = HeadteacherSupport.objects.signed_for(cohort).select_related("pledge__commitment_set", "application")
    with_renewals = found.prefetch_related("renewals__pledge__commitment_set")
    due = [each.pk for each in with_renewals if _wants(each, cohort, terms) != "nothing"]
    ask_again = partial(_ask_again, cohort=cohort, terms=terms)
    return for_each(HeadteacherSupport.objects.filter(pk__in=due).order_by("pk"), ask_again)


def _wants(support: HeadteacherSupport, cohort: Cohort, terms: Terms) -> str:
    """What is to be done about a signature: nothing, ask, or end a request that is no longer needed."""
    waiting, pledge = open_renewal(support), pledge_of(support)
    signed, for_another = pledge.terms, _is_for_another(pledge, cohort)
    if waiting:
        if waiting.terms == terms:
            return "nothing"
        return "end" if waiting.why == RenewalWhy.TERMS and signed == terms and not for_another else "ask"
    if _declined_under(support, terms) or (not for_another and (not signed or signed == terms)):
        return "nothing"
    return "ask"


def _is_for_another(pledge: Pledge, cohort: Cohort) -> bool:
    """It was signed for the cohort from which the place was deferred."""
    return pledge.commitment_set.cohort_id != cohort.pk


def _declined_under(support: HeadteacherSupport, terms: Terms) -> bool:
    """Whoever declined under these very terms is not asked once more, until they change or somebody else is named."""
    answered = [each for each in support.renewals.all() if each.answered_at]
    return bool(answered and answered[-1].decline_reason and answered[-1].terms == terms)


def _whom_to_ask(support: HeadteacherSupport) -> HeadteacherSupport | PledgeRenewal:
    """Whoever was asked last and has not answered, or signed last; once the teacher has moved to another school, nobody
    of the one before."""
    asked = [*support.renewals.all()]
    signed = pledge_of(support).school_id == support.application.school_id
    if not asked or (asked[-1].answered_at and signed):
        return support.newest_signer
    return asked[-1]


@transaction.atomic
def _ask_again(support: HeadteacherSupport, *, cohort: Cohort, terms: Terms) -> None:
    application = application_locked(support.application)
    support = HeadteacherSupport.objects.get(pk=support.pk)
    if not permissions.may_be_asked_again(application) or application.place_cohort != cohort:
        return
    wants = _wants(support, cohort, terms)
    if wants == "nothing":
        return
    last = _whom_to_ask(support)
    why = last.why if isinstance(last, PledgeRenewal) and not last.pledge else RenewalWhy.TERMS
    if why == RenewalWhy.TERMS and _is_for_another(pledge_of(support), cohort):
        why = RenewalWhy.COHORT
    _close(support)
    if wants == "ask":
        head = {"first_name": last.first_name, "last_name": last.last_name, "email": last.email}
        _create(support, why=why, terms=terms, by=User.objects.system(), **head)


def _close(support: HeadteacherSupport) -> None:
    support.renewals.open().update(closed_at=clock.now())


def renewals_end(*, application: Application) -> None:
    """For the deferral that has just been granted, under the application's lock: nobody signs for the cohort before."""
    PledgeRenewal.objects.open().filter(support__application=application).update(closed_at=clock.now())


def _create(support: HeadteacherSupport, *, by: User, **fields: object) -> PledgeRenewal:
    token = token_new()
    renewal = PledgeRenewal.objects.create(support=support, asked_by=by, token_hash=token_hash(token), **fields)
    notices.renewal_link(renewal, token)
    return renewal


def _cohort_to_sign_for(application: Application) -> Cohort:
    cohort = application.place_cohort
    if cohort is None or not commitments_in_force(cohort.pk, Whose.HEADTEACHER):
        message = "What the school commits to in the next cohort is not set up yet, so nobody can sign for it."
        raise DomainError(message, code="not-set-up")
    return cohort


@transaction.atomic
def renewal_ask_new_head(
    *, support: HeadteacherSupport, by: User, first_name: str, last_name: str, email: str
) -> PledgeRenewal:
    """The hub says that the school has a new headteacher: they are asked to sign, and whoever was asked before is not.

    Raises DomainError `not-allowed`, `own-address` (the applicant's), `same-head` for whoever has signed as things are
    now, `already-asked`, and `not-set-up` before there is anything to sign for in the cohort of a deferred place.
    """
    application = application_locked(support.application)
    support = HeadteacherSupport.objects.get(pk=support.pk)
    if not permissions.can_ask_again(by, support):
        raise DomainError("Nobody can be asked to sign again for this application now.", code="not-allowed")
    email = email.strip().lower()
    if User.objects.with_address(email) == application.applicant:
        raise DomainError("This is the applicant’s own address.", code="own-address")
    cohort = _cohort_to_sign_for(application)
    terms, waiting, signed = terms_of(cohort), open_renewal(support), pledge_of(support)
    if waiting and waiting.email == email:
        raise DomainError("We have asked this address already. Send the link again instead.", code="already-asked")
    as_now = signed.terms == terms and signed.school_id == application.school_id
    as_now = as_now and not _is_for_another(signed, cohort)
    if signed.person == User.objects.with_address(email) and as_now:
        raise DomainError("This person has signed, and nothing has changed since.", code="same-head")
    _close(support)
    head = {"first_name": first_name, "last_name": last_name, "email": email}
    return _create(support, why=RenewalWhy.HEAD, terms=terms, by=by, **head)


def renewal_ask_new_school(*, support: HeadteacherSupport, by: User, head: dict[str, str]) -> PledgeRenewal:
    """For the change of school that has just been agreed, under the application's lock."""
    _close(support)
    terms = terms_of(support.application.round.cohort)
    return _create(support, why=RenewalWhy.SCHOOL, terms=terms, by=by, **head)


@transaction.atomic
def renewal_remind(*, renewal: PledgeRenewal) -> Email:
    """By the calendar, with a fresh link like every reminder."""
    application_locked(renewal.support.application)
    renewal, token = _locked(renewal), token_new()
    renewal.token_hash, renewal.sent_at = token_hash(token), clock.now()
    renewal.save(update_fields=["token_hash", "sent_at"])
    return notices.renewal_link(renewal, token)


@transaction.atomic
def renewal_send_again(*, renewal: PledgeRenewal, by: User) -> None:
    """A fresh link to the same address, at most once in five days. Raises DomainError `not-allowed` and `too-soon`."""
    application_locked(renewal.support.application)
    renewal = _locked(renewal)
    if not (renewal.is_open and permissions.can_ask_again(by, renewal.support)):
        raise DomainError("This request has been answered, or is no longer needed.", code="not-allowed")
    if clock.now() < renewal.again_from:
        message = f"We sent this link not long ago. You can send it again from {moment(renewal.again_from)}."
        raise DomainError(message, code="too-soon")
    token = token_new()
    renewal.token_hash, renewal.sent_at = token_hash(token), clock.now()
    renewal.save(update_fields=["token_hash", "sent_at"])
    notices.renewal_link(renewal, token)


def _locked(renewal: PledgeRenewal) -> PledgeRenewal:
    return PledgeRenewal.objects.select_for_update(of=("self",)).get(pk=renewal.pk)


def renewal_person(renewal: PledgeRenewal) -> User:
    """Made here, when they first answer, if they are new to us."""
    return User.objects.for_person(email=renewal.email, first_name=renewal.first_name, last_name=renewal.last_name)


def _answerable(renewal: PledgeRenewal, by: User) -> PledgeRenewal:
    application_locked(renewal.support.application)
    renewal = _locked(renewal)
    if not renewal.is_open:
        raise DomainError("This request has been answered, or is no longer needed.", code="stale")
    if not permissions.can_renew(by, renewal):
        raise DomainError("You do not have permission to do this.", code="not-allowed")
    return renewal


@transaction.atomic
def renewal_sign(
    *, renewal: PledgeRenewal, by: User, at: datetime, read: str, agreed: set[int], signed_as: str
) -> PledgeRenewal:
    """Signs as things are now. `read` is the mark of the terms on the page: what has changed since is read first.

    Raises DomainError `stale`, `not-allowed`, `replaced`, and what `pledge_sign` raises.
    """
    renewal = _answerable(renewal, by)
    application = renewal.support.application
    cohort = _cohort_to_sign_for(application)
    terms = terms_of(cohort)
    if read != terms_mark(terms):
        raise DomainError("The days or dates have changed again. Read them, then sign.", code="replaced")
    assert application.school, "what was signed has a school"
    renewal.pledge = pledge_sign(
        by=by,
        school=application.school,
        commitment_set=commitments_in_force(cohort.pk, Whose.HEADTEACHER)[0],
        agreed=agreed,
        signed_as=signed_as,
    )
    renewal.person, renewal.answered_at, renewal.terms = by, at, terms
    renewal.save(update_fields=["pledge", "person", "answered_at", "terms"])
    notices.renewal_signed(renewal)
    return renewal


@transaction.atomic
def renewal_decline(*, renewal: PledgeRenewal, by: User, at: datetime, reason: str) -> PledgeRenewal:
    """`reason` goes to the hub, which talks to the school; the place stays held. Never to the applicant."""
    renewal = _answerable(renewal, by)
    if not reason.strip():
        raise DomainError("Give a reason for declining.", code="reason-missing")
    renewal.decline_reason, renewal.person, renewal.answered_at = reason, by, at
    renewal.save(update_fields=["decline_reason", "person", "answered_at"])
    notices.renewal_declined(renewal)
    return renewal
