"""Steps that the tests of a change of school share."""

from typing import Any

from applications.enums import SchoolChangeAction
from applications.models import Application, SchoolChange
from applications.services.school_change_decisions import school_change_decide
from applications.services.school_changes import school_change_ask
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.messaging.models import Email

HEAD = {"first_name": "Samira", "last_name": "Hussain", "email": "New.Head@school.example"}
AGREE, HAND_ON = SchoolChangeAction.AGREE, SchoolChangeAction.HAND_ON
TAKE, SEND_BACK, REFUSE = SchoolChangeAction.TAKE, SchoolChangeAction.SEND_BACK, SchoolChangeAction.REFUSE


def ask(application: Application, school: School, **more: Any) -> SchoolChange:
    begins = application.round.cohort.academic_year.first_day
    told: dict[str, Any] = {"from_on": begins, "job_title": "Maths lead", "head": HEAD, "answers": {}}
    return school_change_ask(application=application, by=application.applicant, school=school, **(told | more))


def decide(change: SchoolChange, by: User, action: SchoolChangeAction) -> SchoolChange:
    return school_change_decide(change=change, by=by, action=action, reason="As we agreed.")


def taken(application: Application, hub: MathsHub) -> int:
    return HubPlaces.objects.get(cohort=application.round.cohort, hub=hub).taken


def told() -> dict[str, str]:
    return dict(Email.objects.values_list("kind", "to"))
