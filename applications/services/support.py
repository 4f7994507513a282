"""The headteacher's part: asked, opened, signed or declined; and all of it that a subject leader's request shares.

Locks go Application first, then the request.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from applications import permissions
from applications.eligibility import confirmed_too_little, current_leader, current_support
from applications.enums import Shown, Signatory, State, SupportAction, SupportState
from applications.mailboxes import one_person
from applications.models import (
    Application,
    Criterion,
    HeadteacherStatement,
    HeadteacherSupport,
    SubjectLeaderStatement,
    SubjectLeaderSupport,
)
from applications.models.support import SupportRequest
from applications.services import notices
from applications.services.applications import application_complete_if_supported, commitment_set_for, declarations_keep
from applications.services.engines import LEADER, SUPPORT
from applications.services.extensions import extensions_rely
from cohorts.enums import Whose
from cohorts.services import pledge_sign
from mastery_hub.accounts.models import User
from mastery_hub.accounts.services import headteacher_confirm
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.forms.words import words_count
from mastery_hub.common.references import token_hash, token_new
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.common.transitions import Engine
from mastery_hub.common.writing import Seen, Written
from mastery_hub.messaging.models import Email

REQUESTS_AN_HOUR = 5
ANOTHER = "Another headteacher was named, or the address corrected"
WHAT_IS_NEW = "What headteachers confirm has changed since it was signed"
Request = TypeVar("Request", bound=SupportRequest)


@dataclass(frozen=True)
class Kind:
    """What differs between a headteacher's request and a subject leader's."""

    engine: Engine[Any, Any]
    statement: type[Any]
    link: Callable[..., Email]
    declined: Callable[[Any], None]
    reminder: str  # the email that an applicant's reminder sends
    new_link: str
    unanswered: str


KINDS: dict[type[SupportRequest], Kind] = {
    HeadteacherSupport: Kind(
        engine=SUPPORT,
        statement=HeadteacherStatement,
        link=notices.support_link,
        declined=notices.support_declined,
        reminder="support_reminder",
        new_link="support_new_link",
        unanswered="headteacher_unanswered",
    ),
    SubjectLeaderSupport: Kind(
        engine=LEADER,
        statement=SubjectLeaderStatement,
        link=notices.leader_link,
        declined=notices.leader_declined,
        reminder="leader_reminder",
        new_link="leader_reminder",
        unanswered="leader_unanswered",
    ),
}


def _locked(support: Request) -> Request:
    return type(support)._default_manager.select_for_update(of=("self",)).get(pk=support.pk)


def application_locked(application: Application) -> Application:
    return Application.objects.select_for_update(of=("self",)).get(pk=application.pk)


def in_time_check(application: Application, at: datetime) -> None:
    if at >= extensions_rely(application=application, at=at).support_closes_at:
        raise DomainError("The time to support applications to this round has passed.", code="closed")


@transaction.atomic
def support_request(
    *, application: Application, by: User, first_name: str, last_name: str, email: str, at: datetime, role: str = ""
) -> HeadteacherSupport:
    """Asks a headteacher; one who applies names who else signs, with their `role` in the school.

    Naming another one cancels the first request, whose link dies with it. The same address under another name is the
    same request: only the name is put right. One who has signed is asked anew only where a draft's terms have added
    what headteachers confirm.

    Raises DomainError `school-first`, `own-address` (nobody supports themselves), `closed` when support has closed,
    `already-signed` once a headteacher has signed, `already-asked` for one who is to be reminded instead, and
    `too-many` for one who names one address after another.
    """
    application = application_locked(application)
    if not permissions.can_name_headteacher(by, application):
        raise DomainError("Your headteacher can no longer be changed.", code="not-editable")
    if application.school is None:
        raise DomainError("Choose your school before you ask your headteacher.", code="school-first")
    in_time_check(application, at)
    email = email.strip().lower()
    if User.objects.with_address(email) == by:
        raise DomainError("Enter your headteacher’s email address, not your own.", code="own-address")
    before = current_support(application)
    has_signed = before is not None and before.state == SupportState.SIGNED
    if before and has_signed and not (application.is_draft and confirmed_too_little(application)):
        raise DomainError(f"{before.full_name} has already signed.", code="already-signed")
    if before and before.is_waiting and (before.email, before.role) == (email, role):
        return details_correct(before, by, "correct_name", {"first_name": first_name, "last_name": last_name})
    other_signer_check(email, current_leader(application))
    too_many_check(application)
    if before:
        SUPPORT.move(before, SupportAction.CANCEL, by=by, reason=WHAT_IS_NEW if has_signed else ANOTHER)
    support = HeadteacherSupport(
        application=application,
        first_name=first_name,
        last_name=last_name,
        email=email,
        role=role,
        signatory=Signatory.HEAD_APPLIES if role else Signatory.HEADTEACHER,
    )
    return support_create(support, by=by, kind="support_requested")


def other_signer_check(email: str, other: SupportRequest | None, by: User | None = None) -> None:
    """Raises DomainError `same-person`: headteacher and subject leader are two people, with a mailbox each. `by` is
    whoever signs."""
    if other and (one_person(email, other.email) or (by and by == other.person)):
        raise DomainError(
            f"{other.full_name} has been asked already. The headteacher’s and the subject leader’s support come from "
            "two people.",
            code="same-person",
        )


def too_many_check(application: Application) -> None:
    """Raises DomainError `too-many`: each request sends an email to whatever address was typed."""
    kinds: tuple[Any, ...] = (HeadteacherSupport, SubjectLeaderSupport)
    since = {"requested_at__gt": clock.now() - timedelta(hours=1), "application__applicant": application.applicant_id}
    if any(kind.objects.filter(**since).count() >= REQUESTS_AN_HOUR for kind in kinds):
        raise DomainError("You have sent many requests. Wait an hour before you send another.", code="too-many")


def support_create(support: Request, *, by: User, kind: str, action: str = "request") -> Request:
    """A request with its first link, in an email of `kind`; whether it may be made is asked before. What this address
    wrote for the application before is there to be gone on with, and what another wrote is not."""
    token = token_new()
    support.token_hash = token_hash(token)
    support.save()
    support.events.create(action=action, to_state=SupportState.REQUESTED, by=by)
    own = _statements(support).filter(support__application=support.application, support__email=support.email)
    if written := own.exclude(text="").order_by("-support__requested_at", "-support__pk").first():
        statement_write(support, written.text, at=written.saved_at)
    KINDS[type(support)].link(support, token, kind=kind)
    return support


def details_correct(support: Request, by: User, action: str, told: dict[str, str]) -> Request:
    """While they have not answered. Raises DomainError `already-asked` where nothing differs."""
    if all(getattr(support, name) == value for name, value in told.items()):
        message = "We have already asked this address. Send a reminder instead, or enter another address."
        raise DomainError(message, code="already-asked")
    support = _locked(support)
    for name, value in told.items():
        setattr(support, name, value)
    support.save(update_fields=list(told))
    support.events.create(action=action, from_state=support.state, to_state=support.state, by=by)
    return support


@transaction.atomic
def support_remind(*, support: SupportRequest, by: User, at: datetime) -> Email:
    """The applicant's reminder, with a fresh link, at most once in five days.

    Raises DomainError `stale` when it was answered meanwhile, `closed` when support has closed, and `too-soon`.
    """
    application = application_locked(support.application)
    support = _locked(support)
    if not (support.is_waiting and permissions.can_name_headteacher(by, application)):
        raise DomainError("This request has already been answered.", code="stale")
    in_time_check(application, at)
    if clock.now() < support.reminder_from:
        message = f"You have sent an email not long ago. You can send a reminder from {moment(support.reminder_from)}."
        raise DomainError(message, code="too-soon")
    support.reminded_at = clock.now()
    support.save(update_fields=["reminded_at"])
    kind = KINDS[type(support)].reminder
    return support_link_renew(support=support, by=by, action="remind", kind=kind, at=at)


@transaction.atomic
def support_new_link(*, support: SupportRequest, hashed: str, at: datetime) -> Email:
    """For whoever holds a link that has expired: the fresh one goes to the address of the first and to no other.

    `hashed` is the expired link's: it can ask once, since the fresh link ends it. Raises DomainError `stale` the second
    time, `not-expired`, and `closed` when there is nothing left to answer.
    """
    application = application_locked(support.application)
    support = _locked(support)
    support.application = application
    if support.token_hash != hashed or support.state == SupportState.CANCELLED:
        raise DomainError("We have already sent a new link. Open the newest email from Mastery Hub.", code="stale")
    if at < support.link_expires_at:
        raise DomainError("Your link still works.", code="not-expired")
    if application.moved_since(support.requested_at):
        raise DomainError("This teacher has moved to another school, so there is nothing left to see.", code="closed")
    if support.is_waiting:
        in_time_check(application, at)
        if application.state not in (State.DRAFT, State.SUBMITTED):
            raise DomainError("This application does not wait for support any more.", code="closed")
    by, kind = support.person or User.objects.system(), KINDS[type(support)].new_link
    return support_link_renew(support=support, by=by, action="new_link", kind=kind, at=at)


@transaction.atomic
def support_link_renew(*, support: SupportRequest, by: User, action: str, kind: str, at: datetime) -> Email:
    """A fresh link to the same address, in an email of `kind`; the event log says that it was sent (`action`).

    The caller has locked the request. The link before stops working, though not for whoever is already in by it, unless
    it had expired.
    """
    support.former_token_hash = support.token_hash if at < support.link_expires_at else ""
    token = token_new()
    support.token_hash, support.sent_at = token_hash(token), clock.now()
    support.save(update_fields=["token_hash", "former_token_hash", "sent_at"])
    support.events.create(action=action, from_state=support.state, to_state=support.state, by=by)
    return KINDS[type(support)].link(support, token, kind=kind)


def support_lock(model: type[HeadteacherSupport] | type[SubjectLeaderSupport], pk: int) -> None:
    """For a job, in the order of every lock here."""
    support = model.objects.select_related("application").get(pk=pk)
    application_locked(support.application)
    _locked(support)


@transaction.atomic
def support_remind_automatically(*, support: SupportRequest) -> Email:
    """By the calendar, with a fresh link like every reminder: only hashes are kept, so an old one cannot be sent again.

    Under `support_lock`.
    """
    by, kind = User.objects.system(), KINDS[type(support)].unanswered
    return support_link_renew(support=support, by=by, action="remind_automatically", kind=kind, at=clock.now())


def support_person(support: SupportRequest) -> User:
    """Whoever the request was sent to, as a person: made here, when they first answer, if they are new to us."""
    return User.objects.for_person(email=support.email, first_name=support.first_name, last_name=support.last_name)


@transaction.atomic
def support_open(*, support: Request, by: User) -> Request:
    """Marks the request as opened, by pressing Continue and never by a GET; opening it twice is no error."""
    if support.state != SupportState.REQUESTED:
        return support
    application_locked(support.application)
    support, _ = KINDS[type(support)].engine.move(support, SupportAction.OPEN, by=by, person=by)
    return support


@transaction.atomic
def support_save_statement(*, support: SupportRequest, by: User, text: str, page: Seen | None = None) -> Written:
    """Kept as a draft even when too long, so that nothing typed is lost; the length is checked on signing.

    Raises DomainError `stale`, and ChangedElsewhereError when another window has saved what the page has not shown.
    """
    support = _locked(support)
    if support.state != SupportState.OPENED or not permissions.can_act_on_support(by, support, SupportAction.SIGN):
        raise DomainError("This request has already been answered.", code="stale")
    return statement_write(support, text, page=page, at=clock.now())


def _statements(support: SupportRequest) -> QuerySet[Any]:
    found: QuerySet[Any] = KINDS[type(support)].statement.objects.all()
    return found


def statement_write(support: SupportRequest, text: str, *, at: datetime, page: Seen | None = None) -> Written:
    found = _statements(support).filter(support=support).first()
    statement: Written = found or KINDS[type(support)].statement(support=support)
    statement.write(text, page=page, at=at)
    return statement


def statement_locked(support: SupportRequest) -> str:
    """As it is saved: what another window saves waits for what is checked here."""
    saved = _statements(support).filter(support=_locked(support)).first()
    return saved.text if saved else ""


def statement_check(limit: int | None, text: str) -> None:
    """Raises DomainError `statement-missing` or `statement-too-long`; without a limit none is asked for."""
    if limit is None:
        return
    words = words_count(text)
    if not words:
        raise DomainError("Write your statement in support.", code="statement-missing")
    if words > limit:
        raise DomainError(
            f"Shorten your statement by {words - limit} words: the limit is {limit}.", code="statement-too-long"
        )


@transaction.atomic
def support_sign(
    *,
    support: HeadteacherSupport,
    by: User,
    at: datetime,
    statement: str | None = None,
    confirmed: set[Criterion],
    agreed: set[int],
    signed_as: str,
) -> Application:
    """Signs every commitment, confirms what is the headteacher's to confirm, and completes a submitted application.
    Without a `statement` it is the one that is saved.

    Raises DomainError `closed`, `statement-missing`, `statement-too-long`, `same-person`, `confirmation-missing`,
    `commitments-missing`, `signature-missing`, and what `Engine.move` raises.
    """
    application = application_locked(support.application)
    if statement is None:
        statement = statement_locked(support)
    if support.state == SupportState.OPENED:
        in_time_check(application, at)
        statement_check(application.round.statement_words, statement)
        other_signer_check(support.email, current_leader(application), by=by)
    wanted = set(application.terms.criteria.filter(shown=Shown.HEADTEACHER))
    if {c for c in wanted if c.is_essential} - confirmed:
        raise DomainError(
            "Confirm each statement about your school, or decline to support.", code="confirmation-missing"
        )
    assert application.school, "nobody is asked before the school is named"
    pledge = pledge_sign(
        by=by,
        school=application.school,
        commitment_set=commitment_set_for(application, Whose.HEADTEACHER),
        agreed=agreed,
        signed_as=signed_as,
    )
    support, _ = SUPPORT.move(support, SupportAction.SIGN, by=by, pledge=pledge, person=by, answered_at=at)
    if support.application.round.statement_words is not None:
        statement_write(support, statement, at=at)
    declarations_keep(application=application, met={c: c in confirmed for c in wanted}, by=by, at=at)
    notices.support_signed(support)
    return application_complete_if_supported(application=application)


@transaction.atomic
def support_decline(*, support: Request, by: User, at: datetime, reason: str) -> Request:
    """`reason` goes to the hub, never to the applicant."""
    application = application_locked(support.application)
    if support.state == SupportState.OPENED:
        in_time_check(application, at)
    if not reason.strip():
        raise DomainError("Give a reason for declining.", code="reason-missing")
    kind = KINDS[type(support)]
    answer: dict[str, Any] = {"decline_reason": reason, "person": by, "answered_at": at}
    support, _ = kind.engine.move(support, SupportAction.DECLINE, by=by, **answer)
    kind.declined(support)
    return support


@transaction.atomic
def support_confirm_headteacher(*, support: HeadteacherSupport, by: User) -> Any:
    """The hub's word that the signer is the school's head gives them the school's pages."""
    support.application = application_locked(support.application)  # which school it is of is not corrected meanwhile
    if not permissions.can_confirm_headteacher(by, support):
        raise DomainError("You cannot confirm this headteacher.", code="not-allowed")
    application = support.application
    assert support.person, "what was signed has a signer"
    assert application.school, "and a school"
    assert application.hub, "and a hub"
    return headteacher_confirm(by=by, user=support.person, school=application.school, hub=application.hub)
