"""Who asks a headteacher or a subject leader, who answers, and who says that it is the right person."""

from applications.enums import Signatory, State, SupportAction, SupportState
from applications.models import Application, HeadteacherSupport, PledgeRenewal
from applications.models.support import SupportRequest
from applications.permissions.applications import can_decide, may_be_asked_again
from mastery_hub.accounts import permissions as accounts
from mastery_hub.accounts.models import User


def can_name_headteacher(user: User, application: Application) -> bool:
    """In the draft, and after submitting for as long as no headteacher has signed."""
    return user.pk == application.applicant_id and application.state in (State.DRAFT, State.SUBMITTED)


def can_act_on_support(user: User, support: SupportRequest, action: str) -> bool:
    """Whoever it was sent to answers it; the applicant may take it back: unsigned, or in the draft even signed."""
    application = support.application
    if action == SupportAction.CANCEL:
        return can_name_headteacher(user, application) and (
            support.state != SupportState.SIGNED or application.state == State.DRAFT
        )
    asked = application.state in (State.DRAFT, State.SUBMITTED)
    return asked and user.pk != application.applicant_id and user == User.objects.with_address(support.email)


def can_confirm_headteacher(user: User, support: HeadteacherSupport) -> bool:
    """A link gives one request, never a school: the hub confirms that the signer is the school's head, once it has said
    which school that is. Nobody does so under their own application."""
    application, hub = support.application, support.application.hub
    if support.state != SupportState.SIGNED or application.has_unlisted_school or user.pk == application.applicant_id:
        return False
    if support.signatory == Signatory.HEAD_APPLIES:
        return False  # whoever signs in a headteacher's place is not the headteacher
    if support.pledge and support.pledge.school_id != application.school_id:
        return False  # who signed for the school before is not the head of the one after
    return hub is not None and accounts.can_confirm_headteacher(user, hub)


def can_ask_again(user: User, support: HeadteacherSupport) -> bool:
    """The hub says that the school has a new headteacher, or sends the link once more."""
    signed = support.state == SupportState.SIGNED and support.application.submitted_at is not None
    return signed and may_be_asked_again(support.application) and can_decide(user, support.application)


def can_renew(user: User, renewal: PledgeRenewal) -> bool:
    """Whoever it was sent to signs or declines; nobody signs for their own application."""
    support, application = renewal.support, renewal.support.application
    asked = renewal.is_open and support.state == SupportState.SIGNED and application.place_cohort is not None
    return asked and user.pk != application.applicant_id and user == User.objects.with_address(renewal.email)


def can_agree_signatory(user: User, support: HeadteacherSupport) -> bool:
    """That somebody signs in place of a headteacher who applies."""
    return (
        support.waits_for_agreement
        and support.state != SupportState.CANCELLED
        and can_decide(user, support.application)
    )
