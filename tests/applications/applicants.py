"""What the tests of the applicant's pages share."""

from typing import Any

from django.test import Client
from django.urls import reverse

from applications.models import Application
from tests.factories.applications import ApplicationFactory


def url(application: Application, page: str = "page", **more: Any) -> str:
    return reverse(f"application_{page}", kwargs={"reference": application.reference, **more})


def signed_in(client: Client, **kwargs: Any) -> Application:
    """An application whose applicant sits at this browser."""
    application = ApplicationFactory(**kwargs)
    client.force_login(application.applicant)
    return application
