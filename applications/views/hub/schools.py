"""Which school of the register a typed-in one is: looked for as applicants do, and said by a lead of the hub."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.generic import FormView

from applications import permissions
from applications.forms.hub import MatchSchoolForm
from applications.presenters import kind_in_words
from applications.services.schools import application_match_school
from applications.views.hub.base import HubApplicationMixin
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.forms.schools import LONGEST
from mastery_hub.directory.models import School
from mastery_hub.directory.services.areas import hub_of_school
from mastery_hub.directory.views.choosing import ChoosesSchoolMixin


class HubSchoolView(ChoosesSchoolMixin, HubApplicationMixin, FormView):
    """The POST names the school that was shown, so that of two leads the second is told what the first has said."""

    form_class = MatchSchoolForm
    template_name = "applications/hub_school.html"
    title = "Say which school this is"

    def allowed(self) -> bool:
        return permissions.can_decide(self.request.user, self.application)

    def get_initial(self) -> dict[str, Any]:
        """Without a search of the lead's own, what the applicant typed is looked for: the name, else the postcode."""
        typed = self.application.typed_school
        if "q" in self.request.GET or typed is None:
            return super().get_initial()
        texts = (typed.school.name[:LONGEST], typed.school.postcode)
        return {"school": next((text for text in texts if School.objects.search(text)[:1]), texts[0])}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not permissions.can_match_school(self.request.user, self.application):
            return self.turn_away("Nothing was changed: there is no school to look for, or not at this stage.")
        return super().get(request, *args, **kwargs)

    def turn_away(self, message: str) -> HttpResponse:
        messages.error(self.request, message)
        return redirect(self.page)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"shown": self.application.school_id}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        typed = self.application.typed_school
        return super().get_context_data(rows=self.rows(typed.school) if typed else [], **kwargs)

    @staticmethod
    def rows(school: School) -> list[dict[str, Any]]:
        return [
            {"key": "Name", "value": school.name},
            {"key": "Place", "value": school.place},
            {"key": "Local authority", "value": str(school.authority)},
            {"key": "Kind of school", "value": kind_in_words(school)},
        ]

    def form_valid(self, form: MatchSchoolForm) -> HttpResponse:
        school = form.cleaned_data["school"]
        try:
            application_match_school(
                application=self.application, by=self.request.user, school=school, instead_of=form.cleaned_data["shown"]
            )
        except DomainError as error:
            return self.turn_away(error.message)
        messages.success(self.request, f"The school is {school}, {school.urn_in_words}.")
        home = hub_of_school(school)
        if home != self.hub:
            told = f"The home hub of {school} is {home}." if home else f"We do not know the home hub of {school}."
            messages.info(self.request, f"{told} The application stays with you.")
        return redirect(self.page)
