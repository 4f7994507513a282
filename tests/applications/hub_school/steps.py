"""What the tests of a typed-in school share."""

from applications.models import Application
from applications.services.schools import application_match_school
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import School
from tests.factories.accounts import UserFactory

FIRST = "Say first which school this is: a place cannot be offered at a school that is not in the register."


def match(application: Application, by: User, school: School, instead_of: School | None = None) -> Application:
    before = instead_of or application.school
    return application_match_school(application=application, by=by, school=school, instead_of=before.pk)


def people(application: Application) -> dict[str, User]:
    hub = application.hub
    return {
        "lead": UserFactory(hub_lead=hub),
        "reviewer": UserFactory(hub_reviewer=hub),
        "administrator": UserFactory(hub_administrator=hub),
        "lead of another hub": UserFactory(hub_lead=True),
        "NCETM administrator": UserFactory(ncetm=True),
        "applicant": application.applicant,
    }
