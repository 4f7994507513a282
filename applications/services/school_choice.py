"""The school of a draft and the hub that it is made to: chosen in the register, typed in, a neighbour of the home hub.

What was asked and signed for a school ends with it; no page replaces a choice that it has not shown.
"""

from django.db import transaction

from applications.eligibility import current_leader, current_support
from applications.enums import SupportAction
from applications.hubs import hubs_to_choose
from applications.models import Application
from applications.services.drafts import draft_lock
from applications.services.eligibility import eligibility_settle
from applications.services.engines import LEADER, SUPPORT
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError
from mastery_hub.common.writing import unseen_refused
from mastery_hub.directory.enums import PhaseOfEducation
from mastery_hub.directory.models import MathsHub, School, UnlistedSchool
from mastery_hub.directory.services.areas import hub_of_school
from mastery_hub.directory.services.unlisted import (
    SchoolTold,
    unlisted_school_correct,
    unlisted_school_drop,
    unlisted_school_make,
)

HUB = ("hub", "home_hub", "hub_reason")


@transaction.atomic
def application_save_school(*, application: Application, by: User, school: School, seen: str | None = None) -> None:
    """The school decides the home hub. Another school means another headteacher and new signatures.

    Raises ChangedElsewhereError when the page, filled from `seen`, would replace a school that it has not shown."""
    application = draft_lock(application, by)
    unseen_refused("Your school was", seen=seen, stored=school_stored(application), wanted={"school": school.label})
    if application.school_id == school.pk:
        return
    _take_school(application, by, school, _home_hub(school))


def school_stored(application: Application) -> dict[str, str]:
    return {"school": application.school.label if application.school else ""}


def school_told(application: Application) -> dict[str, str]:
    """All that was told of it, by the first field of the page on which a school is typed in."""
    return {"name": told_words(SchoolTold.of(application.school)) if application.school else ""}


def told_words(told: SchoolTold) -> str:
    kinds = [PhaseOfEducation(told.phase).label, "State-funded" if told.is_state_funded else "Not state-funded"]
    places = [told.name, told.town, told.postcode, str(told.authority), told.district]
    return ", ".join(filter(None, [*places, *kinds]))


def hub_stored(application: Application) -> dict[str, str]:
    return {"hub": str(application.hub_id or ""), "reason": application.hub_reason}


@transaction.atomic
def application_type_school(*, application: Application, by: User, told: SchoolTold, seen: str | None = None) -> None:
    """A school that the register does not hold, as the applicant tells of it; the hub finds out which it is.

    It is corrected in place until somebody has signed for it: after that, other words are another school. Raises
    DomainError `no-hub` and ChangedElsewhereError as `application_save_school` does.
    """
    application = draft_lock(application, by)
    typed, wanted = application.typed_school, {"name": told_words(told)}
    unseen_refused("Your school was", seen=seen, stored=school_told(application), wanted=wanted)
    if typed and SchoolTold.of(typed.school) == told:
        return
    home = _home_hub(School(**told.fields))
    if typed and not typed.school.pledges.exists():
        unlisted_school_correct(unlisted=typed, told=told)
        _take_home(application, home)
        application.save(update_fields=[*HUB, "saved_at"])
        eligibility_settle(application=application, by=by)
        return
    typed = unlisted_school_make(told=told, by=by)
    _take_school(application, by, typed.school, home, typed)


def _home_hub(school: School) -> MathsHub:
    hub = hub_of_school(school)
    if hub is None:
        raise DomainError(
            f"We do not know the Maths Hub of {school.name}. Contact NCETM to put this right.", code="no-hub"
        )
    return hub


def _take_home(application: Application, home: MathsHub) -> None:
    """A neighbour that was chosen stays chosen for as long as the home hub is the same."""
    if application.home_hub_id != home.pk:
        application.hub, application.home_hub, application.hub_reason = home, home, ""


def _take_school(
    application: Application, by: User, school: School, home: MathsHub, typed: UnlistedSchool | None = None
) -> None:
    """What was asked and signed for the school before ends with it."""
    former = application.typed_school
    if application.school_id:
        support = current_support(application)
        if support:
            SUPPORT.move(support, SupportAction.CANCEL, by=by, reason="Another school was chosen")
        if leader := current_leader(application):
            LEADER.move(leader, SupportAction.CANCEL, by=by, reason="Another school was chosen")
        application.pledge = None
    application.school, application.typed_school = school, typed
    _take_home(application, home)
    application.save(update_fields=["school", "typed_school", *HUB, "pledge", "saved_at"])
    eligibility_settle(application=application, by=by)
    if former:
        unlisted_school_drop(unlisted=former)


@transaction.atomic
def application_choose_hub(
    *, application: Application, by: User, hub: MathsHub, reason: str = "", seen: str | None = None
) -> None:
    """The home hub, or a neighbour of it for a reason that both hubs read; what was written and signed stays.

    Raises DomainError `school-first`, `not-a-neighbour` for a hub that is none or does not recruit, `reason-missing`,
    and ChangedElsewhereError.
    """
    application = draft_lock(application, by)
    wanted = {"hub": str(hub.pk)} | ({"reason": reason.strip()} if reason.strip() else {})
    unseen_refused("Your hub was", seen=seen, stored=hub_stored(application), wanted=wanted)
    home, reason = application.home_hub, reason.strip()
    if home is None:
        raise DomainError("Choose your school before you choose another hub.", code="school-first")
    offered = hubs_to_choose(application)
    if hub not in offered:
        raise DomainError(f"You cannot apply to {hub}: choose one of the hubs listed.", code="not-a-neighbour")
    if hub != home and not reason and home in offered:
        raise DomainError(f"Say why you are applying to {hub}.", code="reason-missing")
    application.hub = hub
    application.hub_reason = "" if hub == home else reason or f"{home} is not recruiting in this round."
    application.save(update_fields=[*HUB, "saved_at"])
    eligibility_settle(application=application, by=by)
