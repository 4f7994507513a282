from datetime import date, timedelta

import pytest

from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.area_plans import Moves, area_add_plan
from mastery_hub.directory.services.areas import area_add, area_confirm, area_end, area_keep, area_remove
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


@pytest.mark.parametrize(("closed_on", "refused"), [(START, True), (START + timedelta(days=1), False)])
def test_area_goes_to_no_hub_that_is_closed_by_then(ncetm, authority, closed_on, refused):
    wanted = {
        "hub": MathsHubFactory(name="Old Sums", closed_on=closed_on),
        "authority": authority,
        "from_on": START,
        "by": ncetm,
    }

    if refused:
        assert refusal(area_add, **wanted) == ("closed", "Old Sums Maths Hub is closed from 1 September 2027.")
        assert authority.hub_areas.count() == 0
    else:
        assert area_add(**wanted).hub.closed_on == closed_on


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


def test_area_that_a_hub_has_from_a_later_day_is_refused_by_that_day(ncetm, hub, authority):
    HubAreaFactory(hub=hub, authority=authority, from_on=START)

    assert refusal(area_add, hub=hub, authority=authority, from_on=date(2027, 8, 31), by=ncetm) == (
        "later",
        "Great Sums Maths Hub has Fictionshire from 1 September 2027: choose a later day.",
    )


@pytest.mark.parametrize(("days", "code"), [(-1, "begun"), (0, None), (1, None)])
def test_area_is_removed_until_its_first_day_is_over(ncetm, hub, authority, days, code):
    day = clock.today() + timedelta(days=days)
    before = HubAreaFactory(authority=authority, until_on=day)
    area = HubAreaFactory(hub=hub, authority=authority, from_on=day)

    if code:
        assert refusal(area_remove, area=area, by=ncetm)[0] == code
    else:
        area_remove(area=area, by=ncetm)

    before.refresh_from_db()
    assert (before.until_on, hub.areas.count()) == ((day, 1) if code else (None, 0))


def test_area_removed_leaves_what_came_before_until_it_would_have_ended(ncetm, hub, authority):
    starts, ends = (clock.today() + timedelta(days=days) for days in (10, 20))
    before = HubAreaFactory(authority=authority, until_on=starts)
    area = HubAreaFactory(hub=hub, authority=authority, from_on=starts, until_on=ends)
    after = HubAreaFactory(authority=authority, from_on=ends)
    district = HubAreaFactory(authority=authority, district="Over Fiction", until_on=starts)

    area_remove(area=area, by=ncetm)

    for each in (before, after, district):
        each.refresh_from_db()
    assert (before.until_on, after.from_on, district.until_on) == (ends, ends, starts)
    assert type(area).history.rel.related_model.objects.filter(pgh_obj_id=area.pk, pgh_label="delete").count() == 1


def test_area_removed_already_is_refused(ncetm, hub):
    area = HubAreaFactory(hub=hub, authority__name="Fictionshire", from_on=START)
    area_remove(area=type(area).objects.get(pk=area.pk), by=ncetm)
    said = ("gone", "Fictionshire is no longer in Great Sums Maths Hub’s list: somebody has removed it.")

    assert refusal(area_remove, area=area, by=ncetm) == said
    assert refusal(area_end, area=area, until_on=date(2028, 9, 1), by=ncetm) == said
    assert refusal(area_keep, area=area, by=ncetm) == said


@pytest.mark.parametrize(("days", "code"), [(-1, "ended"), (0, None), (1, None), (None, "no-end")])
def test_end_is_taken_back_until_its_day_is_over(ncetm, hub, days, code):
    until_on = None if days is None else clock.today() + timedelta(days=days)
    area = HubAreaFactory(hub=hub, until_on=until_on)

    if code:
        assert refusal(area_keep, area=area, by=ncetm)[0] == code
    else:
        area_keep(area=area, by=ncetm)

    area.refresh_from_db()
    assert area.until_on == (until_on if code else None)


@pytest.mark.parametrize(("gap", "code"), [(0, "taken"), (5, None)])
def test_end_is_taken_back_as_far_as_the_next_hub_lets_it(ncetm, hub, authority, gap, code):
    until_on = clock.today() + timedelta(days=10)
    area = HubAreaFactory(hub=hub, authority=authority, until_on=until_on)
    HubAreaFactory(authority=authority, district="Over Fiction", from_on=until_on)
    later = HubAreaFactory(hub__name="Next Door", authority=authority, from_on=until_on + timedelta(days=gap))

    if code:
        assert refusal(area_keep, area=area, by=ncetm)[0] == code
    else:
        area_keep(area=area, by=ncetm)

    area.refresh_from_db()
    assert area.until_on == later.from_on


def test_edit_that_was_looked_at_is_saved_unless_something_differs(ncetm, hub, authority):
    HubAreaFactory(hub__name="Next Door", authority=authority)
    wanted = {"hub": hub, "authority": authority, "from_on": START}
    SchoolFactory(authority=authority)
    seen = Moves(area_add_plan(**wanted)).seen
    late = SchoolFactory(authority=authority)

    assert refusal(area_add, **wanted, by=ncetm, seen=seen)[0] == "changed"
    assert hub.areas.count() == 0

    late.delete()
    assert area_add(**wanted, by=ncetm, seen=seen).hub == hub


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
    assert refusal(area_remove, area=area, by=lead) == said
    assert refusal(area_keep, area=area, by=lead) == said
    assert refusal(area_confirm, area=area, by=lead) == said
    area.refresh_from_db()
    assert (hub.areas.count(), area.until_on, area.certain) == (1, None, False)
