"""The subject leader's part: asked, opened, signed or declined, as the headteacher's is and by the same rules.

Locks go Application first, then SubjectLeaderSupport.
"""

from datetime import datetime

from django.db import transaction

from applications import permissions
from applications.eligibility import current_leader, current_support
from applications.enums import State, SupportAction, SupportState
from applications.mailboxes import belongs_to
from applications.models import Application, SubjectLeaderStatement, SubjectLeaderSupport
from applications.services import notices
from applications.services.applications import application_complete_if_supported
from applications.services.engines import LEADER
from applications.services.support import (
    application_locked,
    in_time_check,
    other_signer_check,
    statement_check,
    support_link_renew,
    too_many_check,
)
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash, token_new
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.common.writing import Seen
from mastery_hub.messaging.models import Email


@transaction.atomic
def leader_request(
    *, application: Application, by: User, first_name: str, last_name: str, email: str, role: str, at: datetime
) -> SubjectLeaderSupport:
    """Asks the subject leader or, where that is the applicant, another senior colleague. Naming another one cancels the
    first request, whose link dies with it. The same address under another name or role is the same request, put right;
    what it wrote for the application before is there to be gone on with.

    Raises DomainError `not-asked` where the round asks for none, `not-editable`, `school-first`, `closed`,
    `own-address`, `same-person` for whoever is asked as headteacher, `role-missing`, `already-signed`, `already-asked`
    and `too-many`.
    """
    application = application_locked(application)
    if not application.round.asks_subject_leader:
        raise DomainError("This round does not ask for a subject leader’s support.", code="not-asked")
    if not permissions.can_name_headteacher(by, application):
        raise DomainError("Your subject leader can no longer be changed.", code="not-editable")
    if application.school is None:
        raise DomainError("Choose your school before you ask your subject leader.", code="school-first")
    in_time_check(application, at)
    email = email.strip().lower()
    if belongs_to(email, by):
        message = "Nobody supports themselves. If you lead the subject, name another senior colleague."
        raise DomainError(message, code="own-address")
    other_signer_check(email, current_support(application))
    if not role.strip():
        raise DomainError("Enter their role in the school.", code="role-missing")
    before = current_leader(application)
    if before and before.state == SupportState.SIGNED:
        raise DomainError(f"{before.full_name} has already signed.", code="already-signed")
    if before and before.is_waiting and before.email == email:
        return _details_correct(before, by, {"first_name": first_name, "last_name": last_name, "role": role.strip()})
    too_many_check(application)
    if before:
        LEADER.move(before, SupportAction.CANCEL, by=by, reason="Somebody else was named, or the address corrected")
    token = token_new()
    support = SubjectLeaderSupport.objects.create(
        application=application,
        first_name=first_name,
        last_name=last_name,
        email=email,
        role=role.strip(),
        token_hash=token_hash(token),
    )
    support.events.create(action="request", to_state=SupportState.REQUESTED, by=by)
    own = SubjectLeaderStatement.objects.filter(support__application=application, support__email=email)
    if written := own.exclude(text="").order_by("-support__requested_at", "-support__pk").first():
        SubjectLeaderStatement(support=support).write(written.text, page=None, at=written.saved_at)
    notices.leader_link(support, token, kind="leader_requested")
    return support


def _details_correct(support: SubjectLeaderSupport, by: User, told: dict[str, str]) -> SubjectLeaderSupport:
    """While they have not answered. Raises DomainError `already-asked` where nothing differs."""
    if all(getattr(support, name) == value for name, value in told.items()):
        message = "We have already asked this address. Send a reminder instead, or enter another address."
        raise DomainError(message, code="already-asked")
    support = LEADER.lock(support.pk)
    for name, value in told.items():
        setattr(support, name, value)
    support.save(update_fields=list(told))
    support.events.create(action="correct_details", from_state=support.state, to_state=support.state, by=by)
    return support


@transaction.atomic
def leader_remind(*, support: SubjectLeaderSupport, by: User, at: datetime) -> Email:
    """The applicant's reminder, with a fresh link, at most once in five days. Raises DomainError `stale`, `closed`,
    `too-soon`."""
    application = application_locked(support.application)
    support = LEADER.lock(support.pk)
    if not (support.is_waiting and permissions.can_name_headteacher(by, application)):
        raise DomainError("This request has already been answered.", code="stale")
    in_time_check(application, at)
    if clock.now() < support.reminder_from:
        message = f"You have sent an email not long ago. You can send a reminder from {moment(support.reminder_from)}."
        raise DomainError(message, code="too-soon")
    support.reminded_at = clock.now()
    support.save(update_fields=["reminded_at"])
    return support_link_renew(support=support, by=by, action="remind", kind="leader_reminder", at=at)


@transaction.atomic
def leader_new_link(*, support: SubjectLeaderSupport, hashed: str, at: datetime) -> Email:
    """For whoever holds a link that has expired: the fresh one goes to the address of the first and to no other.

    Raises DomainError `stale` the second time, `not-expired`, and `closed` when there is nothing left to answer.
    """
    application = application_locked(support.application)
    support = LEADER.lock(support.pk)
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
    by = support.person or User.objects.system()
    return support_link_renew(support=support, by=by, action="new_link", kind="leader_reminder", at=at)


def leader_lock(pk: int) -> None:
    """For a job, in the order of every lock here."""
    support = SubjectLeaderSupport.objects.select_related("application").get(pk=pk)
    application_locked(support.application)
    LEADER.lock(pk)


@transaction.atomic
def leader_remind_automatically(*, support: SubjectLeaderSupport) -> Email:
    """Under `leader_lock`."""
    by, kind = User.objects.system(), "leader_unanswered"
    return support_link_renew(support=support, by=by, action="remind_automatically", kind=kind, at=clock.now())


@transaction.atomic
def leader_open(*, support: SubjectLeaderSupport, by: User) -> SubjectLeaderSupport:
    """By pressing Continue and never by a GET; opening it twice is no error."""
    if support.state != SupportState.REQUESTED:
        return support
    application_locked(support.application)
    support, _ = LEADER.move(support, SupportAction.OPEN, by=by, person=by)
    return support


@transaction.atomic
def leader_save_statement(
    *, support: SubjectLeaderSupport, by: User, text: str, page: Seen | None = None
) -> SubjectLeaderStatement:
    """Kept even when too long. Raises DomainError `stale`, and ChangedElsewhereError."""
    support = LEADER.lock(support.pk)
    if support.state != SupportState.OPENED or not permissions.can_act_on_support(by, support, SupportAction.SIGN):
        raise DomainError("This request has already been answered.", code="stale")
    found = SubjectLeaderStatement.objects.filter(support=support).first()
    statement = found or SubjectLeaderStatement(support=support)
    statement.write(text, page=page, at=clock.now())
    return statement


@transaction.atomic
def leader_sign(
    *, support: SubjectLeaderSupport, by: User, at: datetime, role: str, declared: bool, signed_as: str
) -> Application:
    """Signs the declaration under the statement that is saved, and completes a submitted application whose headteacher
    has signed.

    Raises DomainError `closed`, `same-person`, `statement-missing`, `statement-too-long`, `role-missing`,
    `declaration-missing`, `signature-missing`, and what `Engine.move` raises.
    """
    application = application_locked(support.application)
    own = SubjectLeaderSupport.objects.select_for_update(of=("self",))
    locked = own.get(pk=support.pk)  # what another window saves waits for what is checked here
    if support.state == SupportState.OPENED:
        in_time_check(application, at)
        saved = SubjectLeaderStatement.objects.filter(support=locked).first()
        statement_check(application.round.statement_words, saved.text if saved else "")
        other_signer_check(support.email, current_support(application), by=by)
    if not role.strip():
        raise DomainError("Enter your role in the school.", code="role-missing")
    if not declared:
        raise DomainError("Confirm that you know this teacher’s work, or decline.", code="declaration-missing")
    if not signed_as.strip():
        raise DomainError("Type your full name to sign.", code="signature-missing")
    signature = {"signed_as": signed_as.strip(), "role": role.strip()}
    support, _ = LEADER.move(support, SupportAction.SIGN, by=by, person=by, answered_at=at, **signature)
    notices.leader_signed(support)
    return application_complete_if_supported(application=application)


@transaction.atomic
def leader_decline(*, support: SubjectLeaderSupport, by: User, at: datetime, reason: str) -> SubjectLeaderSupport:
    """`reason` goes to the hub, never to the applicant."""
    application = application_locked(support.application)
    if support.state == SupportState.OPENED:
        in_time_check(application, at)
    if not reason.strip():
        raise DomainError("Give a reason for declining.", code="reason-missing")
    support, _ = LEADER.move(support, SupportAction.DECLINE, by=by, decline_reason=reason, person=by, answered_at=at)
    notices.leader_declined(support)
    return support
