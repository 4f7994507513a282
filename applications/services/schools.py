"""The hub says which school of the register a typed-in one is. Locks go Application, then UnlistedSchool."""

from django.db import transaction

from applications import permissions
from applications.enums import SupportState
from applications.models import Application
from applications.services.eligibility import eligibility_match
from cohorts.models import Pledge
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership, User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import School
from mastery_hub.directory.services.unlisted import unlisted_school_match


@transaction.atomic
def application_match_school(*, application: Application, by: User, school: School, instead_of: int) -> Application:
    """Puts application and signatures at `school`, in place of the one, by number, that was before the lead's eyes.

    The hub of the day stays, even where another is the school's home hub. Raises DomainError `replaced` when a
    colleague was faster, `not-allowed`, `confirmed` once the headteacher of a wrong match has been confirmed, and
    `not-listed` for a school that is not in the register.
    """
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    typed = application.typed_school
    if application.school_id != instead_of and typed and typed.match:
        raise DomainError(f"Nothing was changed: {typed.matched_by} has said that this is {typed.match}.", "replaced")
    if not permissions.can_match_school(by, application) or typed is None:
        raise DomainError("You cannot say which school this is, or not at this stage.", code="not-allowed")
    _check_no_head_confirmed(application)
    unlisted_school_match(unlisted=typed, school=school, by=by)
    signed = Pledge.objects.filter(support__application=application) | Pledge.objects.filter(application=application)
    signed |= Pledge.objects.filter(renewal__support__application=application)
    Pledge.objects.filter(pk__in=[pledge.pk for pledge in signed]).update(school=school)
    application.school = school
    application.save(update_fields=["school"])
    application.events.create(
        action="match_school",
        from_state=application.state,
        to_state=application.state,
        by=by,
        at=clock.now(),
        reason=f"“{typed.school}” is {school}, {school.urn_in_words}",
    )
    eligibility_match(application=application, by=by)
    return application


def _check_no_head_confirmed(application: Application) -> None:
    """Before the match there is none: a wrong one must not leave somebody with another school's pages."""
    signers = application.supports.filter(state=SupportState.SIGNED).values("person")
    held = Membership.objects.current().filter(role=Role.HEADTEACHER, school=application.school_id, user__in=signers)
    if held.exists():
        message = f"The headteacher of {application.school} is confirmed already, so the school stays as it is."
        raise DomainError(message, code="confirmed")
