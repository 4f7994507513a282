"""Steps that the tests of deferrals share."""

from applications.models import Application, Deferral
from applications.services.deferrals import deferral_ask
from cohorts.models import Cohort, HubPlaces
from mastery_hub.messaging.models import Email
from tests.factories.cohorts import CohortFactory, HubPlacesFactory


def ask(application: Application) -> Deferral:
    return deferral_ask(
        application=application, by=application.applicant, reason="I am expecting a child.", until="2028"
    )


def next_places(application: Application, **kwargs) -> HubPlaces:
    cohort = application.round.cohort
    later = Cohort.objects.filter(programme=cohort.programme, starts=cohort.starts + 1).first()
    following = later or CohortFactory(programme=cohort.programme, starts=cohort.starts + 1)
    return HubPlacesFactory(cohort=following, hub=application.hub, **kwargs)


def taken(application: Application) -> int:
    return HubPlaces.objects.get(cohort=application.round.cohort, hub=application.hub).taken


def told() -> dict[str, str]:
    return dict(Email.objects.values_list("kind", "to"))
