from datetime import date

import pytest

from mastery_hub.common.maps import FAINT, Frame, Pin
from mastery_hub.directory.hub_schools import HubSchools, middle, miles_in_words, outer, places
from tests.factories.directory import HubAreaFactory, LocalAuthorityFactory, MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    return MathsHubFactory(name="Great Sums")


def at(n: int) -> dict[str, int]:
    """A little further north-east each time."""
    return {"easting": 400000 + n * 1000, "northing": 400000 + n * 1000}


def test_schools_are_those_of_the_hub_of_today(hub, django_assert_num_queries):
    neighbour = MathsHubFactory()
    split = HubAreaFactory(hub=hub).authority
    HubAreaFactory(hub=neighbour, authority=split, district="Over Fiction")
    HubAreaFactory(hub=hub, authority__name="Lost", until_on=date(2021, 9, 1))
    SchoolFactory(authority=split, district="Over Fiction", **at(1))
    own = [SchoolFactory(authority=split, district=name, **at(n)) for n, name in ((2, "Under Fiction"), (3, ""))]
    SchoolFactory(authority=LocalAuthorityFactory(), **at(4))
    schools = HubSchools(hub, [neighbour])

    with django_assert_num_queries(2):
        assert sorted(row.easting for row in schools.own) == [school.easting for school in own]
        assert [row.easting for row in schools.by_hub[neighbour.pk]] == [401000]


def test_map_has_the_hubs_dots_the_neighbours_faint_and_the_pin(hub):
    neighbour = MathsHubFactory(name="Next Door")
    school = SchoolFactory(name="Oak Hill", authority__name="Fictionshire", in_hub=hub, **at(1))
    SchoolFactory(authority=school.authority)
    SchoolFactory(in_hub=neighbour, **at(3))

    drawn = HubSchools(hub, [neighbour]).map(pin=school)

    assert [(dots.name, dots.look, sorted(dots.points, key=str)) for dots in drawn.dots] == [
        ("Schools of neighbouring hubs", FAINT, [(403000, 403000)]),
        ("Schools of Great Sums Maths Hub", "dot", [(401000, 401000), (None, None)]),
    ]
    assert drawn.pins == [Pin("Oak Hill", 401000, 401000)]
    assert drawn.table.rows == [("Fictionshire", [2])]


def test_map_names_the_biggest_towns_then_the_neighbours(hub):
    neighbour, hidden = MathsHubFactory(name="Next Door"), MathsHubFactory(name="Barely There")
    first = SchoolFactory(in_hub=hub, town="Great Fiction", **at(0))
    for n, town in enumerate(("Great Fiction", "Great Fiction", "A", "B", "C", "D")):
        SchoolFactory(authority=first.authority, town=town, **at(n + 1))
    for n in range(3):
        SchoolFactory(authority=first.authority, town="", **at(n))
    for other, count in ((neighbour, 3), (hidden, 2)):
        beside = SchoolFactory(in_hub=other, **at(6)).authority
        SchoolFactory.create_batch(count - 1, authority=beside, **at(6))

    drawn = HubSchools(hub, [neighbour, hidden]).map()

    assert [(place.name, place.is_area) for place in drawn.places] == [
        ("Great Fiction", False), ("A", False), ("B", False), ("C", False), ("Next Door", True), ("D", False),
    ]  # fmt: skip
    assert drawn.places[0][1:3] == (401000, 401000)


def test_post_town_in_many_authorities_gives_way_to_their_names(hub):
    for name in ("Camden", "Barnet", "Brent"):
        authority = SchoolFactory(in_hub=hub, authority__name=name, town="London", **at(1)).authority
    SchoolFactory(authority=authority, town="Wembley", **at(2))

    assert sorted(place.name for place in places(HubSchools(hub).own)) == ["Barnet", "Brent", "Camden", "Wembley"]


def test_map_without_coordinates_names_nothing(hub):
    SchoolFactory(in_hub=hub)

    drawn = HubSchools(hub).map()

    assert (drawn.frame, drawn.places, drawn.unknown) == (None, (), 1)


def test_middle_is_a_school_and_outer_the_further_half():
    found = [(0, 0), (10, 0), (20, 0), (90, 0)]

    assert middle(found) == (20, 0)
    assert outer(found, (0, 0)) == [(90, 0), (20, 0)]
    assert outer(found[:1], (0, 0)) == [(0, 0)]


def test_miles_are_to_the_nearest_school_of_each_neighbour(hub):
    neighbour, unknown = MathsHubFactory(), MathsHubFactory()
    school = SchoolFactory(in_hub=hub, easting=400000, northing=400000)
    near = SchoolFactory(in_hub=neighbour, easting=403000, northing=404000).authority
    SchoolFactory(authority=near, easting=500000, northing=400000)
    SchoolFactory(in_hub=unknown)
    schools = HubSchools(hub, [neighbour, unknown])

    assert schools.miles_from(school) == {neighbour.pk: pytest.approx(5000 / 1609.344)}
    assert schools.miles_from(SchoolFactory()) == {}


@pytest.mark.parametrize(
    ("miles", "words"),
    [
        (None, ""),
        (0.0, "less than a mile away"),
        (0.99, "less than a mile away"),
        (1.2, "about 1 mile away"),
        (1.6, "about 2 miles away"),
        (12.4, "about 12 miles away"),
    ],
)
def test_miles_are_told_no_finer_than_one_would(miles, words):
    assert miles_in_words(miles) == words


def test_frame_of_the_map_is_the_hubs_own(hub):
    neighbour = MathsHubFactory()
    for n in range(3):
        SchoolFactory(in_hub=hub, **at(n))
        SchoolFactory(in_hub=neighbour, **at(n + 40))

    assert HubSchools(hub, [neighbour]).map().frame == Frame.around([(400000 + n * 1000,) * 2 for n in range(3)])
