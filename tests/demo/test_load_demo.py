import io
from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection

from applications.models import Application
from mastery_hub.demo import clock
from mastery_hub.demo.marker import database_is_demo, database_is_empty
from mastery_hub.demo.models import DemoDatabase
from mastery_hub.directory.models import School
from tests.factories.accounts import UserFactory
from tests.factories.directory import RegionFactory


def load(*options: str) -> str:
    told = io.StringIO()
    call_command("load_demo", "--scale=0", *options, stdout=told)
    return told.getvalue().strip()


@pytest.fixture
def _flushed():
    """Emptying makes new content types, which go with the test's transaction."""
    yield
    ContentType.objects.clear_cache()


@pytest.mark.usefixtures("movable", "_flushed")
def test_load_demo_loads_once_and_anew_on_reset(db):
    assert (database_is_demo(), database_is_empty()) == (False, True)

    assert load() == "The demo's data is loaded."
    assert (database_is_demo(), database_is_empty()) == (True, False)
    schools, applications = School.objects.count(), set(Application.objects.values_list("pk", flat=True))

    assert load() == "The demo's data is loaded already."
    assert set(Application.objects.values_list("pk", flat=True)) == applications

    UserFactory()
    clock.move(timedelta(days=1))
    connection.check_constraints()  # at once instead of on commit: what waits for it cannot be emptied
    assert load("--reset") == "The demo's data is loaded."
    assert (School.objects.count(), Application.objects.count()) == (schools, len(applications))
    assert clock.offset() == timedelta(0)


@pytest.mark.usefixtures("movable")
@pytest.mark.parametrize("options", [(), ("--reset",)])
@pytest.mark.parametrize("factory", [UserFactory, RegionFactory])
def test_load_demo_refuses_what_is_not_empty_and_not_its_own(db, factory, options):
    theirs = factory()

    with pytest.raises(CommandError, match="load_demo did not make"):
        load(*options)

    assert type(theirs).objects.count() == 1
    assert DemoDatabase.objects.exists() is False


@pytest.mark.usefixtures("movable")
def test_load_demo_refuses_a_database_with_tables_of_others(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE their_table (id int)")

    with pytest.raises(CommandError, match="load_demo did not make"):
        load()


def test_load_demo_refuses_without_its_clock(db):
    with pytest.raises(CommandError, match="MODE=demo only"):
        load()

    assert School.objects.exists() is False


@pytest.mark.usefixtures("movable")
def test_load_demo_refuses_a_nonsensical_scale(db):
    with pytest.raises(CommandError, match="from 0 to 1000"):
        load("--scale=-1")
