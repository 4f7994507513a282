"""Who signs for the school where that is not its headteacher: the request passed on, and the hub's word about it."""

from datetime import datetime

from django.db import transaction

from applications import permissions
from applications.eligibility import current_leader
from applications.enums import Signatory, SupportAction
from applications.models import HeadteacherSupport
from applications.services import notices
from applications.services.engines import SUPPORT
from applications.services.support import (
    application_locked,
    in_time_check,
    other_signer_check,
    support_create,
    too_many_check,
)
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError


@transaction.atomic
def support_pass_on(
    *,
    support: HeadteacherSupport,
    by: User,
    at: datetime,
    first_name: str,
    last_name: str,
    email: str,
    role: str,
    reason: str,
) -> HeadteacherSupport:
    """Ends the request and begins another, to whoever signs for the school; the applicant hears to whom it went.

    What the first wrote goes to nobody. Raises DomainError `closed`, `own-address` (the applicant's), `same-address`,
    `role-missing`, `reason-missing`, `too-many`, and what `Engine.move` raises.
    """
    application = application_locked(support.application)
    in_time_check(application, at)
    email = email.strip().lower()
    if User.objects.with_address(email) == application.applicant:
        raise DomainError("This is the applicant’s own address. Enter that of whoever signs.", code="own-address")
    if email == support.email:
        raise DomainError("The request came to this address. Enter another, or sign it yourself.", code="same-address")
    if not role.strip():
        raise DomainError("Enter their role in the school.", code="role-missing")
    if not reason.strip():
        raise DomainError("Say why they sign for the school.", code="reason-missing")
    other_signer_check(email, current_leader(application))
    too_many_check(application)
    support, _ = SUPPORT.move(support, SupportAction.PASS_ON, by=by, reason=reason, person=by)
    is_heads = support.signatory == Signatory.HEAD_APPLIES
    passed = HeadteacherSupport(
        application=application,
        first_name=first_name,
        last_name=last_name,
        email=email,
        role=role.strip(),
        signatory=Signatory.HEAD_APPLIES if is_heads else Signatory.PASSED_ON,
        passed_from=support,
    )
    support_create(passed, by=by, kind="support_passed_on", action="request_passed")
    notices.support_passed(passed)
    return passed


@transaction.atomic
def signatory_agree(*, support: HeadteacherSupport, by: User) -> HeadteacherSupport:
    """The hub agrees that this person signs in place of a headteacher who applies: before that, no place is offered.

    Raises DomainError `not-allowed`, also for the second click.
    """
    application_locked(support.application)
    support = SUPPORT.lock(support.pk)
    if not permissions.can_agree_signatory(by, support):
        raise DomainError("There is nothing for you to agree to, or a colleague was faster.", code="not-allowed")
    support.agreed_by, support.agreed_at = by, clock.now()
    support.save(update_fields=["agreed_by", "agreed_at"])
    support.events.create(action="agree_signatory", from_state=support.state, to_state=support.state, by=by)
    return support
