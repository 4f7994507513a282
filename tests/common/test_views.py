from typing import Any

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest

from mastery_hub.common.errors import DomainError
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.views import ServiceActionView, ServiceFormView


class NameForm(GovukForm):
    name = forms.CharField(label="Name")


class NameView(ServiceFormView):
    form_class = NameForm
    title = "Your name"
    back = "/tasks/"
    success_url = "/next/"
    success_message = "Saved."

    def perform(self, form: NameForm) -> str:
        if form.cleaned_data["name"] == "Taken":
            raise DomainError("Somebody has that name already.", code="taken")
        return form.cleaned_data["name"]


class PressView(ServiceActionView):
    def perform(self) -> str:
        if "late" in self.request.POST:
            raise DomainError("The reply-by date has passed.")
        return "You have accepted the place."

    def get_next_url(self) -> str:
        return "/next/"


def said(request: HttpRequest) -> list[tuple[str, str]]:
    return [(message.level_tag, str(message)) for message in get_messages(request)]


@pytest.fixture
def post(rf: Any) -> Any:
    def posted(data: dict[str, str]) -> HttpRequest:
        request = rf.post("/here/", data)
        request._messages = CookieStorage(request)
        return request

    return posted


def test_form_view_calls_the_service_and_moves_on(post: Any):
    request = post({"name": "Ann"})

    response = NameView.as_view()(request)

    assert (response.status_code, response["Location"]) == (302, "/next/")
    assert said(request) == [("success", "Saved.")]


def test_form_view_shows_a_refusal_beside_what_was_typed(post: Any):
    request = post({"name": "Taken"})

    response = NameView.as_view()(request)

    form = response.context_data["form"]
    assert response.status_code == 200
    assert form.non_field_errors() == ["Somebody has that name already."]
    assert form["name"].value() == "Taken"
    assert said(request) == []


def test_form_view_gives_the_page_its_words(rf: Any):
    context = NameView.as_view()(rf.get("/here/")).context_data

    assert {name: context[name] for name in ("title", "caption", "back", "crumbs")} == {
        "title": "Your name",
        "caption": "",
        "back": "/tasks/",
        "crumbs": (),
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [({}, ("success", "You have accepted the place.")), ({"late": "1"}, ("error", "The reply-by date has passed."))],
)
def test_action_says_what_became_of_it_and_moves_on(post: Any, data: dict[str, str], message: tuple[str, str]):
    request = post(data)

    response = PressView.as_view()(request)

    assert (response.status_code, response["Location"]) == (302, "/next/")
    assert said(request) == [message]


def test_action_is_never_taken_by_following_a_link(rf: Any):
    assert PressView.as_view()(rf.get("/here/")).status_code == 405
