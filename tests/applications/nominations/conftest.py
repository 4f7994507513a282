"""A hub, a school of its area, and a round that nominations begin."""

import pytest

from applications.models import Nomination, Round
from mastery_hub.directory.models import MathsHub, School
from tests.factories.applications import NominationFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory()


@pytest.fixture
def school(hub: MathsHub) -> School:
    return SchoolFactory(in_hub=hub)


@pytest.fixture
def round(hub: MathsHub) -> Round:
    round = RoundFactory(complete=True, by_nomination=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub)
    return round


@pytest.fixture
def invited(round: Round, school: School, hub: MathsHub) -> Nomination:
    return NominationFactory(round=round, school=school, home_hub=hub, token="the-token", reason="She is the best")
