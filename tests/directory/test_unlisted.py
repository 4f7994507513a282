"""A school that the register does not hold: what the database takes, what the form asks, and that nobody finds it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.directory.enums import FIRST_UNLISTED_NUMBER, LARGEST_URN, PhaseOfEducation
from mastery_hub.directory.finding import schools_found
from mastery_hub.directory.forms.schools import SchoolField
from mastery_hub.directory.forms.unlisted import UnlistedSchoolForm
from mastery_hub.directory.models import LocalAuthority, School, SchoolWord, UnlistedSchool
from mastery_hub.directory.services.unlisted import (
    SchoolTold,
    unlisted_school_correct,
    unlisted_school_drop,
    unlisted_school_make,
    unlisted_school_match,
)
from tests.factories.accounts import UserFactory
from tests.factories.cohorts import PledgeFactory
from tests.factories.directory import (
    HubAreaFactory,
    LocalAuthorityFactory,
    MathsHubFactory,
    SchoolFactory,
    UnlistedSchoolFactory,
)

pytestmark = pytest.mark.django_db


def told(**changes: Any) -> SchoolTold:
    facts = {
        "name": "Larkfield Academy",
        "town": "Fictionby",
        "postcode": "ZZ1 1AA",
        "authority": LocalAuthority.objects.first() or LocalAuthorityFactory(),
        "district": "",
        "phase": PhaseOfEducation.PRIMARY,
        "is_state_funded": True,
    }
    return SchoolTold(**facts | changes)


# Rows


def refused_by_database(name: str) -> Any:
    return pytest.raises(IntegrityError, match=name)


def test_number_of_a_school_is_of_the_register_or_far_beyond() -> None:
    taken = LARGEST_URN, FIRST_UNLISTED_NUMBER
    for urn in taken:
        SchoolFactory(urn=urn)
    for urn in (LARGEST_URN + 1, FIRST_UNLISTED_NUMBER - 1):
        with refused_by_database("school_has_a_urn_or_a_number_of_ours"), transaction.atomic():
            SchoolFactory(urn=urn)
    assert set(School.with_unlisted.values_list("urn", flat=True)) == set(taken)


def test_school_of_the_register_is_not_unlisted() -> None:
    with refused_by_database("unlisted_school_is_unlisted"):
        UnlistedSchoolFactory(school=SchoolFactory())


@pytest.mark.parametrize("missing", ["match", "matched_by", "matched_at"])
def test_match_has_who_and_when(missing: str) -> None:
    UnlistedSchoolFactory(matched=True)
    with refused_by_database("match_is_of_the_register"):
        UnlistedSchoolFactory(matched=True, **{missing: None})


def test_match_is_a_school_of_the_register() -> None:
    with refused_by_database("match_is_of_the_register"):
        UnlistedSchoolFactory(matched=True, match=UnlistedSchoolFactory().school)


def test_words_for_the_number_never_show_one_of_ours() -> None:
    assert SchoolFactory(urn=900123).urn_in_words == "URN 900123"
    assert UnlistedSchoolFactory().school.urn_in_words == "Not in the register"


def test_phase_and_funding_are_as_told() -> None:
    school = unlisted_school_make(told=told(is_state_funded=False), by=UserFactory()).school
    assert (school.is_open, school.is_state_funded, school.is_listed) == (True, False, False)
    assert SchoolTold.of(school) == told(is_state_funded=False)


# Nobody finds it


@pytest.fixture
def twins() -> tuple[School, School]:
    """The same words, once in the register and once typed in."""
    hub = MathsHubFactory()
    listed = SchoolFactory(name="Larkfield Primary School", in_hub=hub)
    typed = UnlistedSchoolFactory(school__name="Larkfield Primary School", school__authority=listed.authority)
    return listed, typed.school


def test_no_read_of_the_register_finds_it(twins: tuple[School, School]) -> None:
    listed, typed = twins
    hub = listed.authority.hub_areas.get().hub
    reads = [
        School.objects.all(),
        School.objects.open(),
        School.objects.visible_to(AnonymousUser()),
        School.objects.visible_to(UserFactory(ncetm=True)),
        School.objects.search("larkfield"),
        School.objects.with_hub().filter(home_hub_id=hub.pk),
        listed.authority.schools.all(),
        School.objects.like("larkfeild", 10),
        schools_found("larkfield", 10).schools,
        schools_found(str(typed.urn), 10).schools + schools_found(str(listed.urn), 10).schools,
    ]
    assert [list(found) for found in reads] == [[listed]] * len(reads)
    assert set(School.with_unlisted.search("larkfield")) == {listed, typed}


def test_public_pages_do_not_show_it(client: Client, twins: tuple[School, School]) -> None:
    listed, typed = twins
    for route in ("school_search", "find_your_hub", "school_suggestions"):
        page = client.get(reverse(route), {"q": "larkfield"})
        assertContains(page, listed.urn)
        assertNotContains(page, typed.urn)
    assert client.get(reverse("school_hub", args=[listed.urn])).status_code == 200
    assert client.get(reverse("school_hub", args=[typed.urn])).status_code == 404


def test_it_cannot_be_chosen_by_its_number(twins: tuple[School, School]) -> None:
    class ChoiceForm(GovukForm):
        school = SchoolField()

    listed, typed = twins
    assert ChoiceForm({"school": listed.pk}).is_valid()
    assert not ChoiceForm({"school": typed.pk}).is_valid()


def test_its_words_are_not_the_registers(twins: tuple[School, School]) -> None:
    assert SchoolWord.objects.get(word="larkfield").schools == 1
    School.with_unlisted.filter(pk=twins[1].pk).update(name="Elm Tree")
    assert SchoolWord.objects.get(word="larkfield").schools == 1
    assert not SchoolWord.objects.filter(word="elm").exists()


# Services


def test_each_school_typed_in_has_a_number_of_its_own() -> None:
    person = UserFactory()
    one, two = (unlisted_school_make(told=told(), by=person) for _ in range(2))
    assert FIRST_UNLISTED_NUMBER <= one.school_id < two.school_id
    assert (one.typed_by, one.match) == (person, None)


def test_correction_changes_the_same_school() -> None:
    unlisted = unlisted_school_make(told=told(), by=UserFactory())
    right = told(name="Larkfield Junior School", postcode="", is_state_funded=False)
    unlisted_school_correct(unlisted=unlisted, told=right)
    assert SchoolTold.of(School.with_unlisted.get()) == right


def test_dropped_school_is_gone_unless_somebody_signed_for_it() -> None:
    unused, signed = UnlistedSchoolFactory(), UnlistedSchoolFactory()
    PledgeFactory(school=signed.school)
    assert [unlisted_school_drop(unlisted=each) for each in (unused, signed)] == [True, False]
    assert list(UnlistedSchool.objects.all()) == [signed]
    assert list(School.with_unlisted.all()) == [signed.school]


def test_match_says_who_and_when_and_may_be_corrected(time_machine: Any) -> None:
    unlisted, right, wrong = UnlistedSchoolFactory(), SchoolFactory(), SchoolFactory()
    first, second = UserFactory(), UserFactory()
    unlisted_school_match(unlisted=unlisted, school=wrong, by=first)
    later = clock.now() + timedelta(days=1)
    time_machine.move_to(later, tick=False)
    unlisted_school_match(unlisted=unlisted, school=right, by=second)
    unlisted.refresh_from_db()
    assert (unlisted.match, unlisted.matched_by, unlisted.matched_at) == (right, second, clock.now())


def test_match_with_another_typed_in_school_is_refused() -> None:
    one, two = UnlistedSchoolFactory(), UnlistedSchoolFactory()
    with pytest.raises(DomainError, match="Choose a school of the schools register"):
        unlisted_school_match(unlisted=one, school=two.school, by=UserFactory())


# Form


@pytest.fixture
def typed(db: None) -> dict[str, Any]:
    return {
        "name": "Larkfield Academy",
        "town": "Fictionby",
        "postcode": "zz11aa",
        "authority": LocalAuthorityFactory(name="Fictionshire").pk,
        "phase": "2",
        "state_funded": "yes",
    }


def test_form_gives_what_was_told(typed: dict[str, Any]) -> None:
    form = UnlistedSchoolForm(typed)
    assert form.is_valid(), form.errors
    assert form.told == told(authority=LocalAuthority.objects.get())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": ""}, "Enter the name of the school"),
        ({"name": "x" * 201}, "Name of the school must be 200 characters or fewer"),
        ({"name": "a\0b"}, "Null characters are not allowed."),
        ({"name": "\u202e \u200b"}, "Enter the name of the school in letters"),
        ({"name": "😀 1234"}, "Enter the name of the school in letters"),
        ({"name": "<b>Larkfield</b>"}, "Enter the name of the school without symbols such as / : @ < >"),
        ({"name": "https://evil.example"}, "Enter the name of the school without symbols such as / : @ < >"),
        ({"town": ""}, "Enter the town, city or village"),
        ({"town": "[here](there)"}, "Enter the town, city or village without symbols such as / : @ < >"),
        ({"postcode": "LS1"}, "Enter a full postcode, like LS1 4AP"),
        ({"postcode": "x" * 400}, "Enter a full postcode, like LS1 4AP"),
        ({"authority": ""}, "Select the local authority"),
        ({"phase": ""}, "Select what kind of school it is"),
        ({"state_funded": ""}, "Select whether it is a state-funded school"),
    ],
)
def test_form_says_what_is_wrong(typed: dict[str, Any], changed: dict[str, str], message: str) -> None:
    form = UnlistedSchoolForm(typed | changed)
    assert form.errors == {next(iter(changed)): [message]}


@pytest.mark.parametrize("odd", ["x", "10" * 20, "-1", "\0", "😀"])
@pytest.mark.parametrize("field", ["authority", "phase", "state_funded"])
def test_form_takes_no_choice_that_was_not_offered(typed: dict[str, Any], field: str, odd: str) -> None:
    assert list(UnlistedSchoolForm(typed | {field: odd}).errors) == [field]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("  Larkfield \u00a0 Academy ", "Larkfield Academy"),
        ("Lark\u202efield", "Lark field"),
        ("مدرسة 😀 St Zoë’s (C of E)", "مدرسة 😀 St Zoë’s (C of E)"),
    ],
)
def test_form_keeps_odd_names_on_one_line_that_nobody_can_turn_about(
    typed: dict[str, Any], name: str, kept: str
) -> None:
    form = UnlistedSchoolForm(typed | {"name": name})
    assert form.is_valid(), form.errors
    assert form.told.name == kept


@pytest.mark.parametrize(("postcode", "kept"), [("", ""), ("m1 1ae", "M1 1AE"), (" W1A0AX ", "W1A 0AX")])
def test_form_spells_a_postcode_as_the_register_does(typed: dict[str, Any], postcode: str, kept: str) -> None:
    form = UnlistedSchoolForm(typed | {"postcode": postcode})
    assert form.is_valid(), form.errors
    assert form.told.postcode == kept


def test_form_asks_for_the_district_where_hubs_share_the_authority(typed: dict[str, Any]) -> None:
    authority = LocalAuthority.objects.get()
    assert "district" not in UnlistedSchoolForm(typed).fields
    HubAreaFactory(authority=authority)
    HubAreaFactory(authority=authority, district="Westby")
    SchoolFactory(authority=authority, district="Eastby")
    SchoolFactory(district="Elsewhere")

    form = UnlistedSchoolForm(typed)

    assert form.errors == {"district": ["Select the district: Fictionshire has more than one Maths Hub"]}
    assert [value for value, _ in form.fields["district"].choices] == ["", "Eastby", "Westby"]
    assert list(UnlistedSchoolForm(typed | {"district": "Elsewhere"}).errors) == ["district"]
    form = UnlistedSchoolForm(typed | {"district": "Westby"})
    assert form.is_valid()
    assert form.told.district == "Westby"


def test_form_shows_what_was_typed_before() -> None:
    area = HubAreaFactory(district="Westby")
    school = UnlistedSchoolFactory(school__authority=area.authority, school__district="Westby").school

    form = UnlistedSchoolForm(school=school)

    shown = {name: form[name].value() for name in form.fields}
    assert shown == {
        "name": school.name,
        "town": "Fictionby",
        "postcode": "ZZ1 1AA",
        "authority": area.authority.pk,
        "district": "Westby",
        "phase": PhaseOfEducation.PRIMARY,
        "state_funded": "yes",
    }


def test_form_offers_no_authority_that_is_gone(typed: dict[str, Any]) -> None:
    LocalAuthority.objects.update(abolished_on=clock.today())
    assert list(UnlistedSchoolForm(typed).errors) == ["authority"]
