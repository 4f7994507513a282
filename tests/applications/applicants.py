"""What the tests of the applicant's pages share."""

from typing import Any

from django.test import Client
from django.urls import reverse

from applications.applicant_presenters.sections import Stage, section_tasks
from applications.enums import Section
from applications.models import Answer, Application
from mastery_hub.accounts.models import User
from tests.factories.applications import ApplicationFactory

LATER = {"later": "1"}


def url(application: Application, page: str = "page", **more: Any) -> str:
    return reverse(f"application_{page}", kwargs={"reference": application.reference, **more})


def signed_in(client: Client, **kwargs: Any) -> Application:
    """An application whose applicant sits at this browser."""
    application = ApplicationFactory(**kwargs)
    client.force_login(application.applicant)
    return application


def seen(application: Application) -> dict[str, str]:
    """What the page of the first question carries when it is opened now."""
    return {"seen": Answer.objects.get(application=application, question__order=1).mark}


def stages(application: Application) -> dict[Section, Stage]:
    return {task.section: task.stage for task in section_tasks(Application.objects.get(pk=application.pk))}


def saved(application: Application) -> tuple[Application, User]:
    application = Application.objects.select_related("applicant").get(pk=application.pk)
    return application, application.applicant
