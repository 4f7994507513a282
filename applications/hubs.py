"""Which hubs a teacher may apply to: the home hub of the school, or a neighbour of it, as far as they recruit."""

from django.db.models import F

from applications.models import Application, Round
from cohorts.models import HubPlaces
from mastery_hub.common.forms.wording import listed
from mastery_hub.directory.models import MathsHub


def recruits(hub: MathsHub | None, round: Round) -> bool:
    return round.cohort.hub_places.filter(hub=hub).exists()


def neighbours_recruiting(home: MathsHub, round: Round) -> list[MathsHub]:
    return list(home.neighbours.current().filter(places__cohort=round.cohort_id))


def neighbours_with_places(home: MathsHub, round: Round) -> list[HubPlaces]:
    """Of the neighbours that take part, those with places left."""
    rows = HubPlaces.objects.filter(cohort=round.cohort_id, hub__in=home.neighbours.current())
    return list(rows.filter(taken__lt=F("places")).select_related("hub", "cohort"))


def hubs_to_choose(application: Application) -> list[MathsHub]:
    """The home hub first."""
    home = application.home_hub
    assert home, "which hubs may be chosen is asked once the school is"
    own = [home] if recruits(home, application.round) else []
    return own + neighbours_recruiting(home, application.round)


def not_recruiting_words(hub: MathsHub | None, others: list[MathsHub]) -> str:
    """Of a hub that does not take part, with whom to go to instead."""
    names = [str(each) for each in others if each != hub]
    if not names:
        return f"{hub} is not recruiting in this round: contact the hub to ask who is"
    return f"{hub} is not recruiting in this round: apply to {listed(names, 'or')} instead"
