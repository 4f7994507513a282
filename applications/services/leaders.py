"""The subject leader's part, where it is not as the headteacher's (`support.py`): who is asked, and what is signed.

Locks go Application first, then SubjectLeaderSupport.
"""

from datetime import datetime

from django.db import transaction

from applications import permissions
from applications.eligibility import current_leader, current_support
from applications.enums import SupportAction, SupportState
from applications.mailboxes import belongs_to
from applications.models import Application, SubjectLeaderSupport
from applications.services import notices
from applications.services.applications import application_complete_if_supported
from applications.services.engines import LEADER
from applications.services.support import (
    application_locked,
    details_correct,
    in_time_check,
    other_signer_check,
    statement_check,
    statement_locked,
    support_create,
    too_many_check,
)
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError


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
        told = {"first_name": first_name, "last_name": last_name, "role": role.strip()}
        return details_correct(before, by, "correct_details", told)
    too_many_check(application)
    if before:
        LEADER.move(before, SupportAction.CANCEL, by=by, reason="Somebody else was named, or the address corrected")
    support = SubjectLeaderSupport(
        application=application, first_name=first_name, last_name=last_name, email=email, role=role.strip()
    )
    return support_create(support, by=by, kind="leader_requested")


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
    if support.state == SupportState.OPENED:
        in_time_check(application, at)
        statement_check(application.round.statement_words, statement_locked(support))
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
