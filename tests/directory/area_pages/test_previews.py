"""Editing a hub's area in the page: asked and shown before anything is saved."""

import csv
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from mastery_hub.common import clock
from mastery_hub.directory.enums import EstablishmentStatus
from mastery_hub.directory.models import LocalAuthority, MathsHub, School
from tests.directory.area_pages.steps import ADD, PAGE, START, adding, day, rows, text
from tests.factories.directory import HubAreaFactory, MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db
FORM = '<form novalidate method="get"'


# Asked


@pytest.mark.parametrize("query", [{}, {"authority": "x"}, {"csv": "1"}])
def test_add_asks_by_get(ncetm, hub, authority, query):
    page = ncetm.get(ADD, query)

    assert FORM in text(page)
    assert "csrfmiddlewaretoken" not in text(page).partition(FORM)[2].partition("</form>")[0]
    assert bool(page.context["form"].errors) == bool(query)


def test_add_asks_again_when_it_cannot_be(ncetm, hub, authority):
    HubAreaFactory(hub=hub, authority=authority)

    page = ncetm.get(adding(authority))

    assert page.context["form"].errors == {"__all__": ["Great Sums Maths Hub has Fictionshire already."]}
    assert 'value="2090"' in text(page)


def test_preview_leads_back_to_what_was_typed(ncetm, hub, authority):
    back = ncetm.get(adding(authority)).context["back"]

    page = ncetm.get(f"{ADD}{back}")

    assert not page.context["form"].errors
    assert f'<option value="{authority.pk}" selected>Fictionshire</option>' in text(page)


# Shown


def test_preview_shows_who_would_move_and_saves_nothing(ncetm, hub, authority):
    HubAreaFactory(hub__name="Next Door", authority=authority)
    SchoolFactory(name="Oak Hill", authority=authority, district="Over Fiction", easting=409000, northing=425000)
    SchoolFactory(name="Elm Hill", authority=authority, secondary=True, status=EstablishmentStatus.PROPOSED)
    SchoolFactory(name="Old Site", authority=authority, closed=True)
    SchoolFactory(name="Far Away", in_hub=hub, easting=419000, northing=425000)
    SchoolFactory(name="Nowhere")
    before = rows()

    page = ncetm.get(adding(authority))

    assert rows() == before
    assert "2 schools move on 1 September 2090" in text(page)
    assert "<li>Great Sums Maths Hub has Fictionshire from 1 September 2090.</li>" in text(page)
    assert "<li>Next Door Maths Hub has Fictionshire until 31 August 2090.</li>" in text(page)
    assert page.context["preview"].ways == [
        {
            "before": MathsHub.objects.get(name="Next Door"),
            "after": hub,
            "phases": [("Primary", 1), ("Secondary", 1)],
            "number": 2,
        }
    ]
    assert [move.school.name for move in page.context["preview"].shown] == ["Elm Hill", "Oak Hill"]
    drawn = page.context["preview"].map
    assert [(dots.name, dots.look, sorted(dots.points, key=str)) for dots in drawn.dots] == [
        ("Great Sums Maths Hub: there already", "dot", [(419000, 425000)]),
        ("Schools that move", "square", [(409000, 425000), (None, None)]),
    ]
    assert drawn.table.rows == [("District not known", [1]), ("Over Fiction", [1])]
    assert "keep the hub that they have" in text(page)
    assert "The day has passed" not in text(page)


def test_preview_of_a_district_shows_what_stays(ncetm, hub, authority):
    HubAreaFactory(hub__name="Next Door", authority=authority)
    SchoolFactory(name="Oak Hill", authority=authority, district="Over Fiction", easting=409000, northing=425000)
    SchoolFactory(name="Elm Hill", authority=authority, district="Under Fiction", easting=409000, northing=426000)

    page = ncetm.get(adding(authority, "over fiction"))

    assert "1 school moves on 1 September 2090" in text(page)
    assert "<li>Great Sums Maths Hub has Over Fiction, Fictionshire from 1 September 2090.</li>" in text(page)
    assert [(dots.name, dots.look) for dots in page.context["preview"].map.dots] == [
        ("Next Door Maths Hub: stay", "ring"),
        ("Schools that move", "square"),
    ]


def test_preview_of_an_end_shows_where_the_schools_fall_to(ncetm, hub, authority):
    other = HubAreaFactory(hub__name="Next Door", authority=authority).hub
    part = HubAreaFactory(hub=hub, authority=authority, district="Over Fiction")
    whole = HubAreaFactory(hub=hub, authority__name="Elseshire")
    SchoolFactory(authority=authority, district="Over Fiction")
    SchoolFactory(authority=whole.authority)
    query = urlencode(day("until_on", START))

    falls, lost = (ncetm.get(f"{PAGE}areas/{area.pk}/end/?{query}") for area in (part, whole))

    assert [(way["before"], way["after"]) for way in falls.context["preview"].ways] == [(hub, other)]
    assert [(way["before"], way["after"]) for way in lost.context["preview"].ways] == [(hub, None)]
    assert "1 school moves on 1 September 2090" in text(falls)
    assert "1 school will have no home hub from 1 September 2090" in text(lost)
    assert [page.context["preview"].map.dots[-1].name for page in (falls, lost)] == [
        "Schools that move",
        "Schools that will have no home hub",
    ]
    assert "Great Sums Maths Hub → No hub" in text(lost)
    assert "Great Sums Maths Hub has Elseshire until 31 August 2090." in text(lost)


def test_preview_without_schools_says_so(ncetm, hub, authority):
    page = ncetm.get(adding(authority))

    assert "No school moves" in text(page)
    assert "CSV" not in text(page)
    assert '<svg viewBox="0 0 720' not in text(page)


def test_preview_warns_of_a_day_that_has_passed(ncetm, hub, authority):
    yesterday, today = (clock.today() - timedelta(days=days) for days in (1, 0))

    warned, fine = (text(ncetm.get(adding(authority, from_on=each))) for each in (yesterday, today))

    assert ("The day has passed" in warned, "The day has passed" in fine) == (True, False)


def test_preview_lists_the_first_schools_and_gives_all_as_csv(ncetm, hub, authority):
    HubAreaFactory(hub__name="Next Door", authority=authority)
    schools = SchoolFactory.create_batch(51, authority=authority, district="Over Fiction")
    School.objects.filter(pk=schools[0].pk).update(name="=A1")

    page = ncetm.get(adding(authority))
    answer = ncetm.get(f"{ADD}{page.context['csv']}")
    lines = list(csv.reader(b"".join(answer).decode("utf-8-sig").splitlines()))

    assert "The first 50 of 51 schools" in text(page)
    assert len(page.context["preview"].shown) == 50
    assert answer["Content-Disposition"] == 'attachment; filename="schools-that-move-great-sums.csv"'
    assert lines[0] == ["URN", "Name", "Phase", "Town", "Postcode", "District", "Hub before", "Hub after"]
    assert len(lines) == 52
    assert [
        f"{schools[0].pk}", "'=A1", "Primary", "Fictionby", "ZZ1 1AA", "Over Fiction", "Next Door Maths Hub",
        "Great Sums Maths Hub",
    ] in lines  # fmt: skip


@pytest.mark.parametrize("count", [1, 30])
def test_preview_takes_as_many_queries_for_many_schools(ncetm, hub, authority, count, django_assert_num_queries):
    for number in range(count):
        HubAreaFactory(hub=MathsHubFactory(), authority=authority, district=f"District {number}")
        SchoolFactory(authority=authority, district=f"District {number}")
        SchoolFactory(authority=authority, district="Elsewhere")
    HubAreaFactory(authority=authority)

    with django_assert_num_queries(11):
        ncetm.get(adding(authority))


# What a hub's page offers


def test_page_offers_what_can_be_done(ncetm, hub, django_assert_num_queries):
    today, ahead, past = clock.today(), clock.today() + timedelta(days=9), clock.today() - timedelta(days=9)
    dates = {
        "Lasting": (past, None),
        "Beginning": (today, None),
        "Coming": (ahead, None),
        "Ending": (past, ahead),
        "Ending today": (past, today),
        "Taken": (past, ahead),
        "Over": (past, past + timedelta(days=1)),
    }
    for name, (from_on, until_on) in dates.items():
        HubAreaFactory(hub=hub, authority__name=name, from_on=from_on, until_on=until_on)
    HubAreaFactory(authority=LocalAuthority.objects.get(name="Taken"), from_on=ahead)

    page = ncetm.get(PAGE)

    shown = {row.area.authority.name: [action["text"] for action in row.actions] for row in page.context["areas"]}
    assert shown == {
        "Lasting": ["Move", "End"],
        "Beginning": ["Move", "End", "Remove"],
        "Coming": ["Move", "End", "Remove"],
        "Ending": ["Keep"],
        "Ending today": ["Keep"],
        "Taken": [],
    }
    assert [(row.area.authority.name, row.actions) for row in page.context["areas_before"]] == [("Over", [])]
    assert "Areas that it had before" in text(page)


@pytest.mark.parametrize("count", [1, 30])
def test_page_takes_as_many_queries_for_many_areas(ncetm, hub, count, django_assert_num_queries):
    for _ in range(count):
        area = HubAreaFactory(hub=hub, until_on=START)
        HubAreaFactory(authority=area.authority, from_on=START)

    with django_assert_num_queries(7):
        page = ncetm.get(PAGE)

    assert text(page).count("</span>, then <a") == count
