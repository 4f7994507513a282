from datetime import date

import pytest

from mastery_hub.common.errors import DomainError
from mastery_hub.directory.services.areas import area_add, area_confirm, area_end
from tests.factories.accounts import UserFactory
from tests.factories.directory import HubAreaFactory, LocalAuthorityFactory, MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db
START = date(2027, 9, 1)


@pytest.fixture
def ncetm():
    return UserFactory(ncetm=True)


@pytest.fixture
def hub():
    return MathsHubFactory(name="Great Sums")


@pytest.fixture
def authority():
    return LocalAuthorityFactory(name="Fictionshire")


def refusal(function, **kwargs) -> tuple[str, str]:
    with pytest.raises(DomainError) as refused:
        function(**kwargs)
    return refused.value.code, refused.value.message


def test_area_goes_to_one_hub_and_from_the_other_on_the_same_day(ncetm, hub, authority):
    before = HubAreaFactory(authority=authority, from_on=date(2020, 9, 1))

    area = area_add(hub=hub, authority=authority, from_on=START, by=ncetm)

    before.refresh_from_db()
    assert (before.until_on, area.hub, area.from_on, area.until_on) == (START, hub, START, None)
    assert before.history.get().until_on is None


def test_area_of_a_district_leaves_the_authority_where_it_is(ncetm, hub, authority):
    whole = HubAreaFactory(authority=authority)
    SchoolFactory(authority=authority, district="Over Fiction")

    area = area_add(hub=hub, authority=authority, district="over  fiction", from_on=START, by=ncetm)

    whole.refresh_from_db()
    assert (whole.until_on, area.district) == (None, "Over Fiction")


def test_area_of_an_unknown_district_is_refused_with_the_known_ones(ncetm, hub, authority):
    for district in ("Over Fiction", "Much Fiction", "Over Fiction", ""):
        SchoolFactory(authority=authority, district=district)

    assert refusal(area_add, hub=hub, authority=authority, district="Ovre", from_on=START, by=ncetm) == (
        "unknown-district",
        "No school of Fictionshire is in “Ovre”. Its districts are: Much Fiction, Over Fiction.",
    )
    assert hub.areas.count() == 0


def test_area_that_a_hub_has_already_is_refused(ncetm, hub, authority):
    HubAreaFactory(hub=hub, authority=authority)

    assert refusal(area_add, hub=hub, authority=authority, from_on=START, by=ncetm) == (
        "has-it",
        "Great Sums Maths Hub has Fictionshire already.",
    )


@pytest.mark.parametrize(("from_on", "refused"), [(START, True), (date(2027, 9, 2), False)])
def test_area_may_move_only_after_the_day_it_came(ncetm, hub, authority, from_on, refused):
    HubAreaFactory(hub__name="Next Door", authority=authority, from_on=START)
    wanted = {"hub": hub, "authority": authority, "from_on": from_on, "by": ncetm}

    if refused:
        assert refusal(area_add, **wanted) == (
            "later",
            "Next Door Maths Hub has Fictionshire from 1 September 2027: choose a later day.",
        )
    else:
        assert area_add(**wanted).hub == hub


@pytest.mark.parametrize(
    ("until_on", "code"),
    [(date(2020, 9, 1), "before-start"), (date(2020, 9, 2), None), (date(2027, 8, 31), None), (START, "ended")],
)
def test_area_ends_between_its_start_and_the_end_it_has(ncetm, until_on, code):
    area = HubAreaFactory(from_on=date(2020, 9, 1), until_on=START)

    if code:
        assert refusal(area_end, area=area, until_on=until_on, by=ncetm)[0] == code
    else:
        area_end(area=area, until_on=until_on, by=ncetm)

    area.refresh_from_db()
    assert area.until_on == (START if code else until_on)


def test_area_is_confirmed(ncetm):
    area, other = HubAreaFactory(certain=False), HubAreaFactory(certain=False)

    area_confirm(area=area, by=ncetm)

    area.refresh_from_db()
    other.refresh_from_db()
    assert (area.certain, other.certain) == (True, False)


def test_areas_are_ncetms_alone(hub, authority):
    lead = UserFactory(hub_lead=hub)
    area = HubAreaFactory(hub=hub, certain=False)
    said = ("not-allowed", "Only NCETM can change a hub’s area.")

    assert refusal(area_add, hub=hub, authority=authority, from_on=START, by=lead) == said
    assert refusal(area_end, area=area, until_on=START, by=lead) == said
    assert refusal(area_confirm, area=area, by=lead) == said
    area.refresh_from_db()
    assert (hub.areas.count(), area.until_on, area.certain) == (1, None, False)
