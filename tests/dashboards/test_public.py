"""What anyone may read: no more than is published, and what it says is what the rows say."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from applications.enums import Importance, State
from applications.models import Round
from cohorts.enums import Section, Whose
from mastery_hub.common import clock
from mastery_hub.common.clock import LONDON
from mastery_hub.common.models import PageBlock
from tests.dashboards.conftest import Reader
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    CriterionFactory,
    InformationDocumentFactory,
    RoundFactory,
    RoundTermsFactory,
)
from tests.factories.cohorts import (
    CohortFactory,
    CohortPointFactory,
    CommitmentFactory,
    CommitmentSetFactory,
    HubPlacesFactory,
    ProgrammeFactory,
    ProgrammePageBlockFactory,
    ReleaseTermsFactory,
    ResidentialFactory,
)

pytestmark = pytest.mark.django_db

INSTANT = timedelta(microseconds=1)
SignIn = Callable[..., Reader]


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True)


def page(round: Round) -> str:
    return reverse("round_page", kwargs={"code": round.code})


def start(round: Round) -> str:
    return reverse("application_start", kwargs={"code": round.code})


def test_landing_tells_of_the_open_round_and_the_programmes(anyone: Reader) -> None:
    closes = datetime(2027, 5, 28, 9, tzinfo=LONDON)
    with time_machine.travel(closes - timedelta(days=21)):
        round = RoundFactory(opens_at=closes - timedelta(days=60), closes_at=closes)
        words = anyone.reads("/")

    assert f"{round.cohort} is open. Closes at 9am on Friday 28 May 2027 – in 21 days." in words
    assert round.cohort.programme.summary in words


def test_landing_keeps_unpublished_and_closed_rounds_to_itself(anyone: Reader) -> None:
    later = clock.now() + timedelta(days=1)
    hidden = [
        RoundFactory(published_at=None),
        RoundFactory(published_at=later),
        RoundFactory(opens_at=clock.now() - timedelta(days=9), closes_at=clock.now()),
    ]
    shown = RoundFactory(opens_at=later, published_at=clock.now())

    words = anyone.reads("/")

    assert str(shown.cohort) in words
    assert [each for each in hidden if str(each.cohort) in words] == []


def test_programme_page_has_its_blocks_in_the_order_of_kinds(anyone: Reader) -> None:
    programme = ProgrammeFactory()
    for kind in (PageBlock.Kind.CONTACT, PageBlock.Kind.WHY, PageBlock.Kind.FUNDING):
        ProgrammePageBlockFactory(programme=programme, kind=kind, body=f"Text of {kind}, **bold** <script>x</script>")
    ProgrammePageBlockFactory(programme=programme, kind=PageBlock.Kind.WHO, body="")
    ProgrammePageBlockFactory(kind=PageBlock.Kind.WHAT)

    response = anyone.gets(programme.get_absolute_url())

    assert [block.kind for block in response.context["blocks"]] == ["why", "funding", "contact"]
    assert "<strong>bold</strong> &lt;script&gt;" in response.content.decode()


def test_programme_page_lists_published_rounds_open_ones_first(anyone: Reader, round: Round) -> None:
    programme, now = round.cohort.programme, clock.now()
    last = RoundFactory(cohort=CohortFactory(programme=programme), opens_at=now - timedelta(days=99))
    coming = RoundFactory(cohort=CohortFactory(programme=programme), opens_at=now + timedelta(9), published_at=now)
    RoundFactory(cohort=CohortFactory(programme=programme), published_at=None)
    RoundFactory()

    cards = anyone.gets(programme.get_absolute_url()).context["rounds"]

    assert [(card.round, card.stage, card.tag["text"]) for card in cards] == [
        (round, "open", "Open"),
        (coming, "next", "Opens soon"),
        (last, "last", "Closed"),
    ]


def test_programme_page_links_to_its_editor_for_ncetm_alone(signed_in: SignIn, anyone: Reader) -> None:
    programme = ProgrammeFactory()
    link = reverse("national_programme", kwargs={"programme": programme.slug})

    assert link in signed_in(UserFactory(ncetm=True)).gets(programme.get_absolute_url()).content.decode()
    assert link not in signed_in(UserFactory(hub_lead=True)).gets(programme.get_absolute_url()).content.decode()
    assert link not in anyone.gets(programme.get_absolute_url()).content.decode()


def test_programme_without_a_page_is_not_found(anyone: Reader) -> None:
    anyone.gets("/programmes/nowhere/", 404)


def test_round_page_can_be_applied_for_until_its_closing_instant(anyone: Reader, round: Round) -> None:
    with time_machine.travel(round.closes_at - INSTANT, tick=False):
        assert start(round) in anyone.gets(page(round)).content.decode()
    with time_machine.travel(round.closes_at, tick=False):
        closed = anyone.gets(page(round)).content.decode()
    assert start(round) not in closed
    assert "This round has closed." in closed


def test_round_page_opens_with_its_opening_instant(anyone: Reader) -> None:
    now = clock.now()
    round = RoundFactory(complete=True, opens_at=now + timedelta(days=3), published_at=now)

    assert "You cannot apply yet." in anyone.reads(page(round))
    with time_machine.travel(round.opens_at, tick=False):
        assert start(round) in anyone.gets(page(round)).content.decode()


def test_closed_round_leads_to_the_open_one_of_its_programme(anyone: Reader, round: Round) -> None:
    closed = RoundFactory(
        cohort=CohortFactory(programme=round.cohort.programme), opens_at=clock.now() - timedelta(days=99)
    )
    RoundFactory()

    words = anyone.reads(page(closed))

    assert f"{round.cohort.name} is open now" in words
    assert round.get_absolute_url() in anyone.gets(page(closed)).content.decode()


def test_unpublished_round_is_for_ncetm_alone(anyone: Reader, signed_in: SignIn) -> None:
    round = RoundFactory(published_at=None)
    InformationDocumentFactory(round=round)
    document = reverse("round_information", kwargs={"code": round.code})

    for path in (page(round), document):
        anyone.gets(path, 404)
        signed_in(UserFactory(hub_lead=True)).gets(path, 404)
        signed_in(UserFactory(ncetm=True)).gets(path)


def test_round_page_leads_to_ones_own_application_and_to_nobody_elses(signed_in: SignIn, round: Round) -> None:
    own = ApplicationFactory(round=round)
    ended = ApplicationFactory(round=round, state=State.WITHDRAWN)

    shown = signed_in(own.applicant).gets(page(round)).content.decode()
    other = signed_in(ended.applicant).gets(page(round)).content.decode()

    assert own.get_absolute_url() in shown
    assert start(round) not in shown
    assert start(round) in other
    assert own.reference not in other


@pytest.mark.parametrize(
    ("closes", "words"),
    [
        (datetime(2027, 5, 28, 9, tzinfo=LONDON), "At 9am on Friday 28 May 2027"),
        (datetime(2027, 3, 26, 17, tzinfo=LONDON), "At 5pm on Friday 26 March 2027"),
        (datetime(2027, 5, 29, 0, tzinfo=LONDON), "At the end of Friday 28 May 2027"),
    ],
)
def test_round_page_tells_london_time_in_winter_and_summer(anyone: Reader, closes: datetime, words: str) -> None:
    with time_machine.travel(closes - timedelta(days=5)):
        round = RoundFactory(opens_at=closes - timedelta(days=9), closes_at=closes, outcomes_month=date(2027, 6, 1))
        facts = {fact["key"]: fact["value"] for fact in anyone.gets(page(round)).context["facts"]}

    assert facts["Applications close"] == words
    assert facts["Maths Hubs give outcomes in"] == "June 2027"
    assert "Headteachers’ support closes" not in facts


def test_round_page_tells_when_support_closes_later(anyone: Reader) -> None:
    closes = datetime(2027, 3, 26, 17, tzinfo=LONDON)
    with time_machine.travel(closes - timedelta(days=5)):
        round = RoundFactory(
            opens_at=closes - timedelta(days=9), closes_at=closes, support_closes_at=closes + timedelta(days=7)
        )

        assert "Headteachers’ support closes At 5pm on Friday 2 April 2027" in anyone.reads(page(round))


def test_round_page_says_what_the_rows_say(anyone: Reader, round: Round) -> None:
    cohort = round.cohort
    for section in Section.values:
        CohortPointFactory(cohort=cohort, section=section, text=f"Point of {section}")
    ReleaseTermsFactory(cohort=cohort)
    ReleaseTermsFactory(cohort=cohort, programme_year=2, days_least=12, days_most=37, rate=None)
    ResidentialFactory(cohort=cohort, number=1, starts_on=date(2027, 11, 10))
    ResidentialFactory(cohort=cohort, number=2, starts_on=date(2028, 2, 29), confirmed=True, venue="Leeds")

    words = anyone.reads(page(round))

    assert [section for section in Section.values if f"Point of {section}" not in words] == []
    assert "Training year, 2027/28 15 days of release, paid at £200 a day: £3,000 in all" in words
    assert "Later years 12 to 37 days of release, subject to DfE funding" in words
    assert "Residential 1: 10 to 11 November 2027 (subject to confirmation)" in words
    assert "Residential 2: 29 February to 1 March 2028, Leeds In later years (subject to DfE funding)" in words


def test_round_page_shows_the_latest_terms_and_commitments(anyone: Reader, round: Round) -> None:
    newer = RoundTermsFactory(round=round, version=round.current_terms.version + 1)
    CriterionFactory(terms=newer, text="Newer essential")
    CriterionFactory(terms=newer, text="Newer desirable", importance=Importance.DESIRABLE)
    signed = CommitmentSetFactory(cohort=round.cohort, whose=Whose.HEADTEACHER, version=2, commitments=0)
    CommitmentFactory(commitment_set=signed, text="Give the newest release")

    context = anyone.gets(page(round)).context

    assert [(title, [c.text for c in listed]) for title, listed in context["criteria"]] == [
        ("Essential", ["Newer essential"]),
        ("Desirable", ["Newer desirable"]),
    ]
    title, commitments = context["commitments"][1]
    assert (title, [c.text for c in commitments]) == ("The headteacher", ["Give the newest release"])


def test_round_page_counts_hubs_and_places(anyone: Reader, round: Round) -> None:
    places = HubPlacesFactory(cohort=round.cohort, places=4)
    assert "1 Maths Hub takes part, with 4 places in all." in anyone.reads(page(round))

    HubPlacesFactory(cohort=round.cohort, places=3)
    HubPlacesFactory()

    words = anyone.reads(page(round))
    assert "2 Maths Hubs take part, with 7 places in all." in words
    assert str(places.hub) in words


def test_round_page_takes_as_many_queries_for_30_hubs_as_for_1(anyone: Reader, round: Round) -> None:
    HubPlacesFactory(cohort=round.cohort)
    few = anyone.queries(page(round))
    for _ in range(30):
        HubPlacesFactory(cohort=round.cohort)
        CohortPointFactory(cohort=round.cohort)

    assert anyone.queries(page(round)) == few <= 20


def test_information_shows_the_latest_version_with_its_contents(anyone: Reader, round: Round) -> None:
    first = round.current_document
    InformationDocumentFactory(
        round=round, version=first.version + 1, title="Newer", body="## Who\n\n<b>x</b>\n\n## When\n\nIn *May*"
    )

    response = anyone.gets(reverse("round_information", kwargs={"code": round.code}))
    html = response.content.decode()

    assert response.context["contents"] == [("Who", "section-1"), ("When", "section-2")]
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "In <em>May</em>" in html
    assert "kept as it was" not in html
    assert f"/information/{first.version}/" in html


def test_information_of_an_earlier_version_says_so(anyone: Reader, round: Round) -> None:
    first = round.current_document
    InformationDocumentFactory(round=round, version=first.version + 1, title="Newer")
    earlier = reverse("round_information_version", kwargs={"code": round.code, "version": first.version})

    words = anyone.reads(earlier)

    assert f"This is version {first.version}, kept as it was. Version {first.version + 1} is the latest" in words
    assert "The programme develops expert teachers." in words


def test_information_that_does_not_exist_is_not_found(anyone: Reader, round: Round) -> None:
    anyone.gets(f"/rounds/{round.code}/information/{round.current_document.version + 1}/", 404)
    anyone.gets(f"/rounds/{RoundFactory().code}/information/", 404)
