"""Which school became which: the rows, and what the database refuses."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from mastery_hub.directory.models import School, SchoolLink
from tests.factories.directory import SchoolFactory, SchoolLinkFactory
from tests.threads import together


@pytest.fixture
def schools(db):
    return SchoolFactory.create_batch(4)


@pytest.mark.parametrize(
    ("pair", "constraint"),
    [
        ((0, 0), "school_links_make_no_circle"),
        ((1, 0), "school_links_make_no_circle"),
        ((2, 0), "school_links_make_no_circle"),
        ((2, 1), "school_links_make_no_circle"),
        ((0, 1), "one_link_from_school_to_school"),
        ((0, 2), None),  # two ways to one successor are no circle
        ((2, 3), None),
        ((3, 0), None),
    ],
)
def test_database_refuses_what_closes_a_circle(schools, pair, constraint):
    SchoolLinkFactory(from_school=schools[0], to_school=schools[1])
    SchoolLinkFactory(from_school=schools[1], to_school=schools[2])
    link = SchoolLinkFactory.build(from_school=schools[pair[0]], to_school=schools[pair[1]])

    if not constraint:
        link.save()
        return
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        link.save()
    assert refused.value.__cause__.diag.constraint_name == constraint


def test_link_may_be_turned_round_but_not_into_a_circle(schools):
    link = SchoolLinkFactory(from_school=schools[0], to_school=schools[1])
    SchoolLinkFactory(from_school=schools[0], to_school=schools[2])
    SchoolLinkFactory(from_school=schools[2], to_school=schools[3])

    SchoolLink.objects.filter(pk=link.pk).update(from_school=schools[1], to_school=schools[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        SchoolLink.objects.filter(pk=link.pk).update(from_school=schools[3])

    link.refresh_from_db()
    assert (link.from_school, link.to_school) == (schools[1], schools[0])


def test_following_leads_through_every_step_and_not_back(schools):
    first, second, third, other = schools
    SchoolLinkFactory(from_school=first, to_school=second)
    SchoolLinkFactory(from_school=second, to_school=third)
    SchoolLinkFactory(from_school=first, to_school=third)
    SchoolLinkFactory(from_school=other, to_school=first)

    assert set(School.objects.following(first)) == {second, third}
    assert set(School.objects.following(third)) == set()


def test_page_of_a_closed_school_leads_to_what_it_became(db, client):
    closed, between = SchoolFactory(closed=True), SchoolFactory(closed=True)
    now, also = SchoolFactory(name="Ada Academy"), SchoolFactory(name="Beacon Academy")
    address = reverse("school_hub", args=[closed.pk])
    assert "look for its new name or number" in client.get(address).content.decode()
    for step in ((closed, between), (between, now), (closed, also)):
        SchoolLinkFactory(from_school=step[0], to_school=step[1])

    page = client.get(address).content.decode()

    assert "look for its new name or number" not in page
    assert [f'href="{reverse("school_hub", args=[school.pk])}"' in page for school in (now, also, between)] == [
        True, True, False,
    ]  # fmt: skip
    assert "It became" not in client.get(reverse("school_hub", args=[now.pk])).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_halves_of_a_circle_at_once_are_one_too_many():
    one, other = SchoolFactory.create_batch(2)

    def link(from_school, to_school):
        try:
            with transaction.atomic():
                SchoolLinkFactory(from_school=from_school, to_school=to_school)
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(0.1)")  # so that both stand before either is committed
        except IntegrityError:
            return "refused"
        return "kept"

    answers = together(lambda: link(one, other), lambda: link(other, one))

    assert sorted(answers) == ["kept", "refused"]
    assert SchoolLink.objects.count() == 1
