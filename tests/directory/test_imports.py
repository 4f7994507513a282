"""NCETM brings in the register by page: upload, worker, progress, result."""

import csv

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from mastery_hub.celery import Broker
from mastery_hub.common.errors import DomainError
from mastery_hub.common.files.storage import private_storage
from mastery_hub.directory.models import RegisterImport, School, SchoolLink
from mastery_hub.directory.services import register
from mastery_hub.directory.services.register import register_insist, register_run_waiting, register_upload
from tests.directory.test_register_import import LINE
from tests.factories.accounts import UserFactory
from tests.factories.directory import LocalAuthorityFactory, RegionFactory, RegisterImportFactory, SchoolFactory
from tests.threads import together

pytestmark = pytest.mark.django_db
NOT_CSV = "register.csv is not a CSV file: its content is a PNG image. Save it as a CSV file and choose it again"


@pytest.fixture(autouse=True)
def fictionshire(db):
    LocalAuthorityFactory(code=998, name="Fictionshire", region=RegionFactory(name="North West"))


@pytest.fixture
def person(db):
    return UserFactory(ncetm=True)


@pytest.fixture
def ncetm(client, person):
    client.force_login(person)
    return client


def schools_file(*urns: int, name: str = "edubasealldata20270901.csv", **cells: str) -> SimpleUploadedFile:
    lines = [LINE | cells | {"URN": str(urn)} for urn in urns]
    text = "\n".join([",".join(LINE), *(",".join(line.values()) for line in lines)])
    return SimpleUploadedFile(name, text.encode("cp1252"))


def links_file(*pairs: tuple[int, int]) -> SimpleUploadedFile:
    lines = [f"{urn},{other},Ada,Successor,01-09-2027" for urn, other in pairs]
    text = "\n".join(["URN,LinkURN,LinkName,LinkType,LinkEstablishedDate", *lines])
    return SimpleUploadedFile("links_edubasealldata20270901.csv", text.encode("cp1252"))


def four_schools() -> None:
    for urn in range(100001, 100005):
        SchoolFactory(urn=urn)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def page_of(client, run: RegisterImport) -> str:
    return text(client.get(reverse("national_import", args=[run.pk])))


def upload(client, file: SimpleUploadedFile, **options):
    return client.post(reverse("national_import_upload"), {"file": file}, **options)


@pytest.mark.parametrize(
    "route", ["national_import_list", "national_import_upload", "national_import", "national_import_rejected"]
)
def test_pages_are_ncetms_alone(client, person, route):
    RegisterImportFactory(pk=1)
    address = reverse(route, args=[1] if route in ("national_import", "national_import_rejected") else [])

    assert client.get(address).status_code == 302
    client.force_login(UserFactory(hub_lead=True))
    assert client.get(address).status_code == 404
    client.force_login(person)
    assert client.get(address).status_code == 200


def test_upload_waits_for_a_worker_which_is_nudged(ncetm, person, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        response = upload(ncetm, schools_file(900001))

    run = RegisterImport.objects.get()
    assert response["Location"] == reverse("national_import", args=[run.pk])
    assert (run.status, run.kind, run.by, run.file_name) == ("waiting", "schools", person, "edubasealldata20270901.csv")
    with run.file.open() as stored:
        assert len(stored.read()) == run.size
    assert register.register_nudge in callbacks
    assert "The file waits for a worker, which comes within a minute." in page_of(ncetm, run)
    assert School.objects.count() == 0


def test_upload_is_imported_shown_and_then_removed(ncetm, django_capture_on_commit_callbacks):
    upload(ncetm, schools_file(900001, 900002))
    run = RegisterImport.objects.get()
    stored = run.file.name
    assert private_storage().exists(stored)

    with django_capture_on_commit_callbacks(execute=True):
        assert register_run_waiting() == 1

    run.refresh_from_db()
    page = page_of(ncetm, run)
    assert (run.status, run.created, run.attempts, run.percent, run.file.name) == ("done", 2, 1, 100, "")
    assert "The file is imported." in page
    assert "Check again" not in page
    assert School.objects.count() == 2
    assert register_run_waiting() == 0
    assert not private_storage().exists(stored)


def test_file_of_links_is_told_by_its_first_line(ncetm):
    SchoolFactory(urn=900001)
    SchoolFactory(urn=900002)

    upload(ncetm, links_file((900001, 900002)))

    register_run_waiting()
    run = RegisterImport.objects.get()
    assert (run.kind, run.status, run.created) == ("links", "done", 1)
    assert SchoolLink.objects.values_list("from_school", "to_school").get() == (900001, 900002)
    assert "Told twice" in page_of(ncetm, run)


@pytest.mark.parametrize(
    ("file", "error"),
    [
        (SimpleUploadedFile("register.csv", b""), "The selected file is empty"),
        (SimpleUploadedFile("register.csv", b"\x89PNG\r\n\x1a\n" + b"x" * 50), NOT_CSV),
        (None, "Select the register’s file"),
    ],
)
def test_what_is_no_csv_is_refused_at_once(ncetm, file, error):
    response = ncetm.post(reverse("national_import_upload"), {"file": file} if file else {})

    assert [str(message) for message in response.context["form"].errors["file"]] == [error]
    assert RegisterImport.objects.count() == 0


def test_refused_file_says_why_and_does_not_stop_the_next(ncetm):
    upload(ncetm, SimpleUploadedFile("other.csv", b"Name,Town\nAda,Fictionby\n"))
    upload(ncetm, schools_file(900001))

    assert register_run_waiting() == 2

    good, bad = RegisterImport.objects.order_by("status")
    assert (good.status, bad.status, bad.refusal) == ("done", "refused", "missing-columns")
    assert "The file has no columns URN, EstablishmentName, LA (code)" in page_of(ncetm, bad)
    another = f'href="{reverse("national_import_upload")}">Upload another file</a>'
    assert [another in page_of(ncetm, run) for run in (good, bad)] == [False, True]
    assert bad.file.name == good.file.name == ""


def test_file_that_is_missing_from_storage_fails_and_does_not_stop_the_next(ncetm):
    upload(ncetm, schools_file(900001))
    upload(ncetm, schools_file(900002))
    lost = RegisterImport.objects.waiting().first()
    private_storage().delete(lost.file.name)

    assert register_run_waiting() == 2

    assert sorted(RegisterImport.objects.values_list("status", flat=True)) == ["done", "failed"]
    assert School.objects.get().pk == 900002
    lost.refresh_from_db()
    assert "Something went wrong that the file is not to blame for." in page_of(ncetm, lost)


def test_short_file_is_imported_when_somebody_insists(ncetm):
    four_schools()
    upload(ncetm, schools_file(900001))
    register_run_waiting()
    refused = RegisterImport.objects.get()
    address = reverse("national_import_insist", args=[refused.pk])
    assert f'href="{address}"' in page_of(ncetm, refused)
    assert "fewer than half of the 4 known here" in text(ncetm.get(address))

    unchecked = ncetm.post(address)
    response = ncetm.post(address, {"complete": "on"})
    register_run_waiting()

    again = RegisterImport.objects.exclude(pk=refused.pk).get()
    assert list(unchecked.context["form"].errors) == ["complete"]
    assert response["Location"] == again.get_absolute_url()
    assert (again.status, again.forced, again.created, again.file_name) == ("done", True, 1, refused.file_name)
    refused.refresh_from_db()
    assert (refused.status, refused.file.name, again.file.name) == ("refused", "", "")
    assert f'href="{address}"' not in page_of(ncetm, refused)


def test_short_file_is_forgotten_when_a_better_one_has_come(ncetm, person):
    four_schools()
    upload(ncetm, schools_file(900001))
    register_run_waiting()
    upload(ncetm, schools_file(900001, 900002))
    register_run_waiting()

    better, refused = RegisterImport.objects.all()
    assert (better.status, refused.status, refused.file.name) == ("done", "refused", "")
    with pytest.raises(DomainError) as error:
        register_insist(run=refused, by=person)
    assert error.value.code == "gone"


def test_only_a_file_that_is_refused_and_kept_is_asked_about(ncetm):
    four_schools()
    upload(ncetm, schools_file(900001))
    register_run_waiting()
    refused = RegisterImport.objects.get()
    address = reverse("national_import_insist", args=[refused.pk])
    assert ncetm.get(address).status_code == 200
    upload(ncetm, schools_file(900001, 900002))
    register_run_waiting()
    done = RegisterImport.objects.get(status="done")

    overtaken = ncetm.get(address, follow=True)
    never = ncetm.get(reverse("national_import_insist", args=[done.pk]), follow=True)

    assert overtaken.redirect_chain == [(refused.get_absolute_url(), 302)]
    assert "This file is no longer kept: another one was imported after it." in text(overtaken)
    assert never.redirect_chain == [(done.get_absolute_url(), 302)]
    assert "Only a file that was refused for its few rows can be imported all the same." in text(never)


def test_second_tab_that_insists_is_led_to_the_import(ncetm):
    four_schools()
    upload(ncetm, schools_file(900001))
    register_run_waiting()
    refused = RegisterImport.objects.get()
    address = reverse("national_import_insist", args=[refused.pk])
    ncetm.post(address, {"complete": "on"})
    register_run_waiting()
    again = RegisterImport.objects.exclude(pk=refused.pk).get()

    second = ncetm.post(address, {"complete": "on"}, follow=True)

    assert second.redirect_chain == [(again.get_absolute_url(), 302)]
    assert "Somebody has said already that this file is to be imported all the same." in text(second)
    assert RegisterImport.objects.count() == 2


@pytest.mark.parametrize("who", [{"hub_lead": True}, {}])
def test_services_are_ncetms_alone(person, who):
    four_schools()
    register_upload(file=schools_file(900001), by=person)
    register_run_waiting()
    refused, somebody = RegisterImport.objects.get(), UserFactory(**who)

    for call in (
        lambda: register_upload(file=schools_file(900001), by=somebody),
        lambda: register_insist(run=refused, by=somebody),
    ):
        with pytest.raises(DomainError) as error:
            call()
        assert error.value.code == "not-allowed"
    assert register_insist(run=refused, by=person).status == "waiting"


@pytest.mark.parametrize(("attempts", "status", "schools"), [(1, "done", 1), (2, "done", 1), (3, "failed", 0)])
def test_upload_whose_worker_died_begins_again_but_not_for_ever(person, attempts, status, schools):
    run = register_upload(file=schools_file(900001), by=person)
    RegisterImport.objects.update(status="running", attempts=attempts)

    register_run_waiting()

    run.refresh_from_db()
    assert (run.status, School.objects.count()) == (status, schools)


@pytest.mark.django_db(transaction=True)
def test_two_workers_import_one_after_the_other():
    person = UserFactory(ncetm=True)
    for urn in (900001, 900002, 900003):
        register_upload(file=schools_file(urn), by=person)

    ended = together(register_run_waiting, register_run_waiting)

    register_run_waiting()  # what came while the first had ended and the other had gone
    assert sum(ended) == 3
    assert set(RegisterImport.objects.values_list("status", "attempts")) == {("done", 1)}
    assert School.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_worker_leaves_alone_what_somebody_else_imports():
    run = register_upload(file=schools_file(900001), by=UserFactory(ncetm=True))

    def elsewhere() -> int:
        return register_run_waiting()

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({register.LOCK})")
        assert together(elsewhere) == [0]
        cursor.execute(f"SELECT pg_advisory_unlock({register.LOCK})")

    run.refresh_from_db()
    assert run.status == "waiting"
    assert register_run_waiting() == 1


@pytest.mark.django_db(transaction=True)
def test_upload_needs_no_redis(client, monkeypatch):
    client.force_login(UserFactory(ncetm=True))
    monkeypatch.setattr(Broker, "resting_until", 0.0)
    monkeypatch.setattr("celery.current_app.conf.broker_url", "redis://127.0.0.1:1/0")

    response = upload(client, schools_file(900001))

    assert response.status_code == 302
    assert RegisterImport.objects.get().status == "waiting"


def test_beat_picks_up_what_no_nudge_did():
    entry = settings.CELERY_BEAT_SCHEDULE["import the register"]

    assert entry["task"] == "mastery_hub.directory.tasks.register_run"
    assert entry["schedule"].minute == set(range(60))


@pytest.mark.parametrize(
    ("read", "sentence"), [(0, "The file is being read."), (45, "The file is being read."), (100, "The changes are")]
)
def test_page_shows_how_far_it_has_come(ncetm, read, sentence):
    run = RegisterImportFactory(running=True, size=100, read=read)

    page = page_of(ncetm, run)

    assert f"Read so far: {read}%" in page
    assert sentence in page
    assert 'data-refresh="2"' in page
    assert "Check again" in page


def test_page_shows_the_first_rejected_lines_and_gives_all_as_a_safe_csv(ncetm):
    rejections = [[7, "900001", "=HYPERLINK(1)"], *([n, "", "URN is empty"] for n in range(8, 32))]
    run = RegisterImportFactory(rows=30, rejected=25, rejections=rejections, new_authorities=["Newshire", "Oldshire"])

    page = page_of(ncetm, run)
    answer = ncetm.get(reverse("national_import_rejected", args=[run.pk]))
    lines = b"".join(answer).decode("utf-8-sig").splitlines()

    assert "No hub has these new authorities yet: Newshire, Oldshire" in page
    assert "all 25 rejected lines (CSV)" in page
    assert page.count("URN is empty") == 19
    assert answer["Content-Disposition"] == f'attachment; filename="rejected-{run.pk}.csv"'
    assert list(csv.reader(lines))[:2] == [["Line", "URN", "Reason"], ["7", "900001", "'=HYPERLINK(1)"]]
    assert len(lines) == 26


def test_list_leads_to_each_run(ncetm):
    run = RegisterImportFactory(refused=True)

    page = text(ncetm.get(reverse("national_import_list")))

    assert f'href="{run.get_absolute_url()}"' in page
    assert '<strong class="govuk-tag govuk-tag--orange">Refused</strong>' in page
    assert "Upload a file" in page
