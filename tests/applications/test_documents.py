"""Supporting documents: one a criterion, checked by content, and opened by those alone who see the evidence."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import State
from applications.models import Application, Criterion, SupportingDocument
from applications.services.deletion import application_delete
from applications.services.documents import document_save
from applications.services.terms import terms_change, terms_put_in_force
from cohorts.versions import version_seen
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError
from tests.applications.applicants import signed_in, url
from tests.applications.supporters import with_link
from tests.common.files.samples import EXE, PDF, docx
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, CriterionFactory, SupportingDocumentFactory

pytestmark = pytest.mark.django_db
PLAN = "Lesson plan.pdf"


def allowing(application: Application, **more: Any) -> Criterion:
    return CriterionFactory(terms=application.terms, order=50, allows_document=True, **more)


def page_of(application: Application, criterion: Criterion, page: str = "document") -> str:
    return url(application, page, key=criterion.key)


def upload(client: Client, path: str, content: bytes = PDF, name: str = PLAN) -> Any:
    return client.post(path, {"file": SimpleUploadedFile(name, content)})


def files(private_root: Path) -> list[bytes]:
    return [path.read_bytes() for path in private_root.rglob("*") if path.is_file()]


@pytest.mark.parametrize(("content", "name"), [(PDF, PLAN), (docx(), "Plan.docx")])
def test_document_is_kept_listed_and_given_back(client: Client, content: bytes, name: str) -> None:
    application = signed_in(client)
    criterion = allowing(application, text="Leads a team")
    assertContains(client.get(url(application, "evidence")), "Leads a team")

    assertRedirects(upload(client, page_of(application, criterion), content, name), url(application, "evidence"))

    for page in ("evidence", "check"):
        assertContains(client.get(url(application, page)), f"{name} ({len(content)}")
    assertContains(client.get(page_of(application, criterion)), page_of(application, criterion, "document_file"))
    given = client.get(page_of(application, criterion, "document_file"))
    assert b"".join(given.streaming_content) == content
    assert given["Content-Disposition"] == f'attachment; filename="{name}"'


def test_another_replaces_it_and_removing_leaves_no_file(
    client: Client, private_root: Path, django_capture_on_commit_callbacks: Any
) -> None:
    application = signed_in(client)
    path = page_of(application, allowing(application))
    with django_capture_on_commit_callbacks(execute=True):
        upload(client, path, PDF + b"1")
    with django_capture_on_commit_callbacks(execute=True):
        upload(client, path, PDF + b"2")
    assert (files(private_root), SupportingDocument.objects.count()) == ([PDF + b"2"], 1)

    for _ in range(2):  # and a second click
        with django_capture_on_commit_callbacks(execute=True):
            done = client.post(path, {"remove": "1"}, follow=True)
        assertContains(done, "We have removed the document.")
    assert (files(private_root), SupportingDocument.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (EXE, "letter.pdf", "letter.pdf is not a PDF"),
        (PDF, "letter.exe", "The selected file must be a PDF (.pdf)"),
        (b"", "letter.pdf", "The selected file is empty"),
        (PDF + b"x" * 10 * 1024 * 1024, "letter.pdf", "The selected file must be smaller than 10MB"),
    ],
    ids=["content", "ending", "empty", "huge"],
)
def test_other_files_are_refused_and_the_one_before_stays(client: Client, content: bytes, name: str, said: str) -> None:
    document = SupportingDocumentFactory(application=signed_in(client))

    page = upload(client, page_of(document.application, document.criterion), content, name)

    assertContains(page, said)
    assertContains(page, "Lesson plan.pdf")
    document.refresh_from_db()
    assert document.file_name == PLAN


def test_no_file_at_all_is_said(client: Client) -> None:
    application = signed_in(client)

    assertContains(client.post(page_of(application, allowing(application))), "Select a file")


def test_criterion_that_allows_none_has_no_page(client: Client) -> None:
    application = signed_in(client)
    criterion = CriterionFactory(terms=application.terms, order=50)

    assert client.get(page_of(application, criterion)).status_code == 404
    assertNotContains(client.get(url(application, "evidence")), "Supporting documents")
    with pytest.raises(DomainError):
        document_save(application=application, by=application.applicant, criterion=criterion, file=None)


def test_after_submitting_it_is_opened_and_not_changed(client: Client) -> None:
    document = SupportingDocumentFactory(application=signed_in(client, state=State.COMPLETE))
    application = document.application

    assertRedirects(client.get(page_of(application, document.criterion)), url(application))
    assertContains(upload(client, page_of(application, document.criterion)), "can no longer be changed")
    client.post(page_of(application, document.criterion), {"remove": "1"})
    assert SupportingDocument.objects.exists()
    assertContains(client.get(url(application, "check")), page_of(application, document.criterion, "document_file"))


def readers(application: Application) -> dict[str, User]:
    hub = application.hub
    return {
        "lead": UserFactory(hub_lead=hub),
        "reviewer": UserFactory(hub_reviewer=hub),
        "ncetm": UserFactory(ncetm=True),
        "administrator": UserFactory(hub_administrator=hub),
        "lead elsewhere, reviewer nowhere": UserFactory(hub_lead=True),
        "headteacher": UserFactory(headteacher=application.school),
        "stranger": UserFactory(),
    }


@pytest.mark.parametrize(("state", "who"), [(State.COMPLETE, {"lead", "reviewer", "ncetm"}), (State.DRAFT, set())])
def test_file_is_found_by_those_who_see_the_evidence(client: Client, state: str, who: set[str]) -> None:
    document = SupportingDocumentFactory(application=ApplicationFactory(state=state))
    application = document.application
    here = {"hub": application.hub.slug, "reference": application.reference}
    file = reverse("hub_document_file", kwargs=here | {"key": document.criterion.key})

    found, listed = set(), set()
    for name, person in readers(application).items():
        client.force_login(person)
        assert client.get(page_of(application, document.criterion, "document_file")).status_code == 404
        answer = client.get(file)
        found |= {name} if b"".join(answer).startswith(b"%PDF") else set()
        page = client.get(reverse("hub_application", kwargs=here))
        listed |= {name} if file in page.content.decode() else set()

    assert (found, listed) == (who, who)


def test_headteacher_reads_the_answers_without_it(client: Client) -> None:
    document = SupportingDocumentFactory(application=ApplicationFactory(ready=True))
    document.application.supports.all().delete()
    with_link(client, application=document.application)

    page = client.get(reverse("support_answers"))

    assertContains(page, document.application.answers.first().text)
    assertNotContains(page, PLAN)


@pytest.mark.parametrize("allowed", [True, False])
def test_new_terms_take_the_document_with_them(client: Client, allowed: bool) -> None:
    application = signed_in(client)
    document = SupportingDocumentFactory(application=application)
    ncetm, round = UserFactory(ncetm=True), application.round
    copy = terms_change(round=round, by=ncetm)
    [criterion] = copy.criteria.filter(key=document.criterion.key)
    criterion.allows_document, criterion.text = allowed, "Worded anew"
    criterion.save()
    criterion.questions.add(copy.questions.first())
    terms_put_in_force(round=round, by=ncetm, seen=version_seen(copy))

    page = client.get(url(application, "evidence"))

    assertContains(page, "Worded anew")
    assertContains(page, PLAN)
    document.refresh_from_db()
    assert document.criterion.terms == copy


def test_deleted_draft_takes_its_files_with_it(private_root: Path, django_capture_on_commit_callbacks: Any) -> None:
    document = SupportingDocumentFactory()
    assert len(files(private_root)) == 1

    with django_capture_on_commit_callbacks(execute=True):
        application_delete(application=document.application, by=document.application.applicant)

    assert files(private_root) == []
