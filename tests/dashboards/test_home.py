"""One's own home: a part for each thing one is, what to do next, and nothing that one may not know."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine

from applications.enums import PROPOSED, State, SupportState
from mastery_hub.common import clock
from mastery_hub.common.clock import LONDON
from mastery_hub.directory.models import MathsHub
from tests.dashboards.conftest import Reader
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory, PlacementFactory, SpecialistFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db

SignIn = Callable[..., Reader]


def parts(reader: Reader) -> list[str]:
    return [section["template"] for section in reader.gets("/").context["sections"]]


def test_new_person_is_told_what_they_can_do(signed_in: SignIn) -> None:
    round = RoundFactory()
    new = UserFactory(first_name="Ada", email="ada@school.example")

    words = signed_in(new).reads("/")

    assert words.startswith("Hello, Ada You are signed in, and nothing waits for you yet.")
    assert "If it was sent to another address than ada@school.example" in words
    assert str(round.cohort) in words


def test_new_person_without_an_open_round_is_sent_to_the_hub(signed_in: SignIn) -> None:
    assert "No round of applications is open. Your Maths Hub can tell you" in signed_in(UserFactory()).reads("/")


def test_applicant_sees_what_is_next_and_no_offer_to_apply_again(signed_in: SignIn) -> None:
    closes = datetime(2027, 2, 26, 17, tzinfo=LONDON)
    with time_machine.travel(closes - timedelta(days=3)):
        round = RoundFactory(complete=True, opens_at=closes - timedelta(days=30), closes_at=closes)
        own = ApplicationFactory(round=round)
        other = ApplicationFactory(round=round)
        reader = signed_in(own.applicant)
        words = reader.reads("/")

        assert "Continue your application" in words
        assert "Before 5pm on Friday 26 February 2027 – in 3 days" in words
        assert other.reference not in words
        assert reader.gets("/").context["rounds"] == []


def test_applicant_who_withdrew_may_apply_again(signed_in: SignIn) -> None:
    own = ApplicationFactory(state=State.WITHDRAWN)

    assert [card.round for card in signed_in(own.applicant).gets("/").context["rounds"]] == [own.round]


@pytest.mark.parametrize("state", sorted(PROPOSED))
def test_applicant_sees_no_trace_of_a_proposal(signed_in: SignIn, state: State) -> None:
    """The same words as for one about whom nothing is proposed."""
    round = RoundFactory(complete=True)
    places = HubPlacesFactory(cohort=round.cohort)
    pages = []
    for each in (state, State.COMPLETE):
        person = UserFactory(first_name="Ada", last_name="Hill")
        reference = f"MS-{each[:4].upper()}-01"
        own = ApplicationFactory(round=round, hub=places.hub, applicant=person, state=each, reference=reference)
        pages.append(signed_in(person).reads("/").replace(own.reference, ""))

    assert pages[0] == pages[1]


def test_reviewer_who_applied_sees_no_trace_in_the_hubs_numbers(signed_in: SignIn) -> None:
    round = RoundFactory(complete=True)
    places = HubPlacesFactory(cohort=round.cohort)
    reader = UserFactory(hub_reviewer=places.hub)
    ApplicationFactory(round=round, hub=places.hub, applicant=reader, state=State.UNSUCCESSFUL_PROPOSED)

    [_, hubs] = signed_in(reader).gets("/").context["sections"]
    shown = {stat["label"]: stat["value"] for stat in hubs["rows"][0]["rounds"][0]["numbers"]}

    assert (shown["Proposed, not released"], shown["With the hub"]) == (0, 0)


def test_offer_names_its_last_moment(signed_in: SignIn) -> None:
    own = ApplicationFactory(state=State.OFFERED)
    own.offers.update(reply_by=datetime(2027, 6, 15, 0, tzinfo=LONDON))

    with time_machine.travel(datetime(2027, 6, 14, 12, tzinfo=LONDON)):
        words = signed_in(own.applicant).reads("/")

    assert "Answer the offer" in words
    assert "By the end of Monday 14 June 2027 – today" in words


def test_headteacher_asked_by_link_is_told_where_the_link_is(signed_in: SignIn) -> None:
    support = HeadteacherSupportFactory(email="head@school.example")
    HeadteacherSupportFactory()
    head = UserFactory(email="head@school.example")

    [section] = signed_in(head).gets("/").context["sections"]

    assert [row["support"] for row in section["rows"]] == [support]
    assert "by the link that we emailed to head@school.example" in signed_in(head).reads("/")
    assert support.token_hash not in signed_in(head).gets("/").content.decode()


@pytest.mark.parametrize(
    ("state", "application"),
    [
        (SupportState.SIGNED, State.DRAFT),
        (SupportState.DECLINED, State.DRAFT),
        (SupportState.CANCELLED, State.DRAFT),
        (SupportState.REQUESTED, State.WITHDRAWN),
    ],
)
def test_request_that_needs_no_answer_is_not_shown(signed_in: SignIn, state: SupportState, application: State) -> None:
    head = UserFactory(email="head@school.example")
    HeadteacherSupportFactory(email=head.email, person=head, state=state, application__state=application)

    assert parts(signed_in(head)) == []


def test_request_whose_time_is_over_is_not_shown(signed_in: SignIn) -> None:
    support = HeadteacherSupportFactory(email="head@school.example")
    reader = signed_in(UserFactory(email="head@school.example"))
    assert parts(reader) == ["dashboards/_home_supports.html"]

    with time_machine.travel(support.application.round.support_deadline, tick=False):
        assert parts(signed_in(UserFactory._meta.model.objects.get(email=support.email))) == []


def test_each_role_brings_its_part(signed_in: SignIn) -> None:
    application = ApplicationFactory(state=State.ACCEPTED)
    person = application.applicant
    SpecialistFactory(person=person, cohort=application.round.cohort)
    assert parts(signed_in(person)) == ["dashboards/_home_specialist.html", "dashboards/_home_applications.html"]

    assert parts(signed_in(UserFactory(headteacher=True))) == ["dashboards/_home_schools.html"]
    assert parts(signed_in(UserFactory(hub_administrator=True))) == ["dashboards/_home_hubs.html"]
    assert parts(signed_in(UserFactory(ncetm=True))) == ["dashboards/_home_national.html"]


def test_home_of_somebody_who_is_everything_takes_few_queries(signed_in: SignIn) -> None:
    """And as many for two hubs with ten applications as for one with one."""
    person, round = UserFactory(ncetm=True, headteacher=True), RoundFactory(complete=True)
    SpecialistFactory(person=person)

    def more(count: int) -> None:
        hub: MathsHub = MathsHubFactory()
        MembershipFactory(user=person, role="hub_lead", hub=hub)
        ApplicationFactory(applicant=person)
        for _ in range(count):
            ApplicationFactory(round=round, hub=hub, state=State.COMPLETE)

    more(1)
    reader = signed_in(person)
    few = reader.queries("/")
    more(10)

    assert reader.queries("/") == few <= 20


def test_national_section_totals_all_hubs(signed_in: SignIn) -> None:
    round = RoundFactory(complete=True)
    for state in (State.DRAFT, State.COMPLETE, State.ACCEPTED):
        ApplicationFactory(round=round, state=state)
    RoundFactory(opens_at=clock.now() + timedelta(days=1), published_at=clock.now())

    [section] = signed_in(UserFactory(ncetm=True)).gets("/").context["sections"]

    [row] = section["rows"]
    assert row["card"].round == round
    assert [stat["value"] for stat in row["stats"]] == [1, 2, 1, 1, 11]


def test_specialist_section_tells_school_and_hub(signed_in: SignIn) -> None:
    placement = PlacementFactory(school=SchoolFactory(name="Larkfield Primary School"))

    words = signed_in(placement.specialist.person).reads("/")

    assert "You are a Mastery Specialist" in words
    assert "Larkfield Primary School" in words
    assert str(placement.hub) in words
