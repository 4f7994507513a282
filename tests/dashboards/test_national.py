"""What NCETM sees: every hub's numbers with exact totals, their download, all specialists, all rounds."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from applications.enums import State
from applications.models import Round
from mastery_hub.common import clock
from tests.dashboards.conftest import Reader
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory, PlacementFactory, SpecialistFactory
from tests.factories.directory import MathsHubFactory, RegionFactory

pytestmark = pytest.mark.django_db

SignIn = Callable[..., Reader]
NATIONAL, CSV = "/national/", "/national/recruitment.csv?round="
KEYS = ("places", "drafts", "submitted", "waiting", "complete", "proposed", "offered", "accepted", "reserved", "left")


@pytest.fixture
def ncetm(signed_in: SignIn) -> Reader:
    return signed_in(UserFactory(ncetm=True))


@pytest.fixture
def round() -> Round:
    """North has one application in every state and six places; South has one draft; one draft has no school yet."""
    round = RoundFactory(complete=True, code="NCP27-01")
    north = MathsHubFactory(name="North", region=RegionFactory(name="Upper"))
    south = MathsHubFactory(name="South", region=RegionFactory(name="Lower"))
    HubPlacesFactory(cohort=round.cohort, hub=north, places=6)
    for state in State:
        ApplicationFactory(round=round, hub=north, state=state)
    ApplicationFactory(round=round, hub=south)
    ApplicationFactory(round=round, placed=False)
    return round


def rows(reader: Reader, path: str = NATIONAL) -> dict[str, list[int]]:
    table = reader.gets(path).context["table"]
    return {row.record["hub"]: [row.record[key] for key in KEYS] for row in table.rows}


def test_every_hub_has_its_row(ncetm: Reader, round: Round) -> None:
    assert rows(ncetm) == {
        "North": [6, 1, 14, 1, 1, 3, 1, 1, 1, 3],
        "South": [4, 1, 0, 0, 0, 0, 0, 0, 0, 4],
        "School not chosen yet": [0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    }


def test_totals_stand_above_and_below(ncetm: Reader, round: Round) -> None:
    context = ncetm.gets(NATIONAL).context
    totals = [10, 3, 14, 1, 1, 3, 1, 1, 1, 7]

    assert [stat["value"] for stat in context["stats"]] == totals
    assert [column.footer for column in context["table"].columns] == ["England", "", *map(str, totals)]


def test_schools_to_be_found_are_counted_and_linked(ncetm: Reader, round: Round) -> None:
    link = "/national/unlisted-schools/"
    assert link in ncetm.gets(NATIONAL).content.decode()
    assert "still to be found" not in ncetm.reads(NATIONAL)
    ApplicationFactory(round=round, state=State.COMPLETE, unlisted=True)
    assert "Schools not in the register (1 of this round still to be found)" in ncetm.reads(NATIONAL)


def test_regions_are_charted(ncetm: Reader, round: Round) -> None:
    charts = {title: data for title, _, data in ncetm.gets(NATIONAL).context["charts"]}

    assert charts == {
        "Submitted by region": [("Lower", 0), ("Upper", 14)],
        "Places taken by region": [("Lower", 0), ("Upper", 3)],
    }


def test_rows_can_be_sorted(ncetm: Reader, round: Round) -> None:
    assert list(rows(ncetm, f"{NATIONAL}?sort=-places")) == ["North", "South", "School not chosen yet"]
    assert list(rows(ncetm, f"{NATIONAL}?sort=places")) == ["School not chosen yet", "South", "North"]
    assert ncetm.gets(f"{NATIONAL}?sort=nonsense").status_code == 200


def test_round_is_chosen_by_the_address(ncetm: Reader, round: Round) -> None:
    other = ApplicationFactory(hub__name="East", state=State.COMPLETE).round

    assert rows(ncetm, f"{NATIONAL}?round={other.code}")["East"] == [4, 0, 1, 0, 1, 0, 0, 0, 0, 4]
    assert rows(ncetm, f"{NATIONAL}?round={round.code}")["East"] == [0] * 10
    ncetm.gets(f"{NATIONAL}?round=NCP00-00", 404)


def test_closed_hubs_are_left_out_unless_they_count(ncetm: Reader, round: Round) -> None:
    yesterday = clock.today() - timedelta(days=1)
    MathsHubFactory(name="Gone", closed_on=yesterday)
    ApplicationFactory(round=round, hub=MathsHubFactory(name="Merged", closed_on=yesterday), state=State.COMPLETE)

    assert set(rows(ncetm)) == {"North", "South", "Merged", "School not chosen yet"}


def test_page_without_a_round_says_so(ncetm: Reader) -> None:
    RoundFactory(opens_at=clock.now() + timedelta(days=1), published_at=clock.now())

    assert "No round has opened yet." in ncetm.reads(NATIONAL)


def test_download_holds_the_same_numbers(ncetm: Reader, round: Round) -> None:
    response = ncetm.gets(CSV + round.code)
    text = b"".join(response.streaming_content).decode("utf-8-sig")

    found = list(csv.reader(io.StringIO(text)))
    assert found[0][:4] == ["Maths Hub", "Region", "Places", "Drafts"]
    assert found[1:] == [
        ["North", "Upper", "6", "1", "14", "1", "1", "3", "1", "1", "1", "3"],
        ["South", "Lower", "4", "1", "0", "0", "0", "0", "0", "0", "0", "4"],
        ["School not chosen yet", "", "0", "1", "0", "0", "0", "0", "0", "0", "0", "0"],
    ]
    assert response["Content-Disposition"] == 'attachment; filename="recruitment-NCP27-01.csv"'


def test_download_runs_nothing_in_a_spreadsheet(ncetm: Reader, round: Round) -> None:
    MathsHubFactory(name="=HYPERLINK(1)", slug="formula")

    text = b"".join(ncetm.gets(CSV + round.code).streaming_content).decode()

    assert "'=HYPERLINK(1)" in text
    assert "\n=HYPERLINK" not in text


def test_download_without_a_round_is_of_the_current_one(ncetm: Reader) -> None:
    ncetm.gets("/national/recruitment.csv", 404)

    round = RoundFactory()

    assert f"recruitment-{round.code}" in ncetm.gets("/national/recruitment.csv")["Content-Disposition"]


@pytest.mark.parametrize("path", [NATIONAL, CSV, "/national/rounds/", "/national/specialists/"])
def test_national_pages_are_for_ncetm_alone(signed_in: SignIn, ncetm: Reader, round: Round, path: str) -> None:
    path = path + round.code if path == CSV else path
    ncetm.gets(path)
    for stranger in (UserFactory(hub_lead=True), UserFactory(headteacher=True), UserFactory()):
        signed_in(stranger).gets(path, 404)


def test_rounds_are_listed_whether_published_or_not(ncetm: Reader, round: Round) -> None:
    RoundFactory(code="NCP28-01", published_at=None)

    words = ncetm.reads("/national/rounds/")

    assert "2 rounds" in words
    assert "NCP28-01" in words
    assert "Being set up" in words


def test_specialists_are_filtered_by_hub_name_and_cohort(ncetm: Reader) -> None:
    one = PlacementFactory(specialist__person__first_name="Ada", specialist__person__last_name="Hill")
    two = PlacementFactory(specialist__person__first_name="Bo", specialist__person__last_name="Hillman")
    SpecialistFactory(person__last_name="Zed")

    def found(query: str) -> list:
        table = ncetm.gets(f"/national/specialists/?{query}").context["table"]
        return [row.record for row in table.rows]

    assert len(found("")) == 3
    assert found(f"hub={one.hub.pk}") == [one.specialist]
    assert found("name=hill") == [one.specialist, two.specialist]
    assert found("name=hill+bo") == [two.specialist]
    assert found(f"cohort={two.specialist.cohort.pk}") == [two.specialist]
    assert found("name=nobody") == []


def test_specialists_without_a_placement_are_shown(ncetm: Reader) -> None:
    SpecialistFactory(person__first_name="Ada", person__last_name="Hill")

    assert "None now" in ncetm.reads("/national/specialists/")


@pytest.mark.parametrize("path", [NATIONAL, "/national/specialists/", "/national/rounds/"])
def test_queries_are_the_same_for_1_and_30_rows(ncetm: Reader, path: str) -> None:
    round = RoundFactory(complete=True)

    def more(count: int) -> None:
        for _ in range(count):
            placement = PlacementFactory()
            ApplicationFactory(round=round, hub=placement.hub, state=State.COMPLETE)
            RoundFactory(published_at=None)

    more(1)
    few = ncetm.queries(path)
    more(30)

    assert ncetm.queries(path) == few <= 20
