"""A teacher and a headteacher who apply together, over HTTP."""

import re

from django.test import Client
from django.urls import reverse

from applications.enums import SupportState
from applications.models import HeadteacherSupport
from tests.applications.applicants import url
from tests.factories.applications import ApplicationFactory
from tests.fault.house import House
from tests.fault.visitor import Visitor


class Pair:
    """A teacher with a finished draft, and the headteacher who was asked, each at a browser."""

    def __init__(self, house: House, **application: object) -> None:
        self.application = ApplicationFactory(ready=True, **application)
        support = self.application.supports.get()
        HeadteacherSupport.objects.filter(pk=support.pk).update(state=SupportState.OPENED)
        self.teacher, self.head = Visitor(house.site, self.application.applicant), Visitor(house.site)
        browser = Client()
        session = browser.session
        session["support_link"] = support.token_hash
        session.save()
        self.head.keep(browser)

    def submit(self) -> None:
        assert self.teacher.fill(url(self.application, "check")).location == url(self.application, "submitted")

    def sign(self) -> None:
        self.head.fill(reverse("support_statement"), statement="The teacher others come to watch.")
        path = reverse("support_commitments")
        signed = self.head.fill(path, **everything_ticked(self.head.get(path).page), signed_as="Helen Marsh")
        assert signed.location == reverse("support_done")


def everything_ticked(page: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*checkbox[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]+)"', tag)
        assert name
        assert value
        found.setdefault(name[1], []).append(value[1])
    return found
