"""Whether one can apply, asked before anybody signs up. Nothing is stored but in the session."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView

from applications.applicant_presenters.deadlines import at_words
from applications.applicant_presenters.eligibility import reasons
from applications.checking import check_failures, check_keep, checked, closing_for, may_check, next_round_words
from applications.forms.eligibility import CheckForm, CheckSchoolForm
from applications.models import Round
from applications.models.eligibility import Rule, Value
from applications.rules import answers_to, essential, rules_of, unanswered
from mastery_hub.common.access import PUBLIC
from mastery_hub.common.views import PageMixin
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.directory.services.areas import hub_of_school
from mastery_hub.directory.views.choosing import ChoosesSchoolMixin


class CheckMixin(PageMixin):
    """Where a round asks nothing, or is over, its own page says all there is."""

    access = PUBLIC
    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def round(self) -> Round:
        user, rounds = self.request.user, Round.objects.with_programme()
        shown = rounds if user.is_authenticated and user.is_national else rounds.published()
        return get_object_or_404(shown, code=self.kwargs["code"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not (may_check(self.round, request.user, self.request.arrived_at) and self.asks_anything):
            return redirect(self.round)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    @property
    def asks_anything(self) -> bool:
        return bool(rules_of(self.round, None, self.request.arrived_at))

    @property
    def kept(self) -> dict[str, Any]:
        return checked(self.request.session, self.round)

    @cached_property
    def school(self) -> School | None:
        urn = self.kept["school"]
        return School.objects.filter(pk=urn).first() if urn else None

    @cached_property
    def hub(self) -> MathsHub | None:
        return hub_of_school(self.school) if self.school else None

    @cached_property
    def rules(self) -> list[Rule]:
        return rules_of(self.round, self.hub, self.request.arrived_at)

    @property
    def answers(self) -> dict[str, Value]:
        return answers_to(self.rules, self.kept["answers"])

    def page(self, name: str) -> str:
        return reverse(name, args=[self.round.code])

    def get_back(self) -> str:
        return self.page("eligibility_check")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(round=self.round, **kwargs)


class CheckView(CheckMixin, FormView):
    form_class = CheckForm
    template_name = "applications/check.html"
    title = "Check if you can apply"

    def get_back(self) -> str:
        return self.round.get_absolute_url()

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"rules": self.rules, "values": self.answers}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = {
            "key": "Your school",
            "value": f"{self.school}\n{self.hub or ''}" if self.school else "",
            "missing": "Not told. It is needed only to see what your Maths Hub asks",
            "href": self.page("eligibility_check_school"),
            "action": "Change" if self.school else "Add",
            "hidden": "your school",
        }
        return super().get_context_data(school_rows=[row], **kwargs)

    def form_valid(self, form: CheckForm) -> HttpResponse:
        check_keep(self.request.session, self.round, answers=form.answers)
        return redirect("eligibility_check_result", code=self.round.code)


class CheckSchoolView(ChoosesSchoolMixin, CheckMixin, FormView):
    form_class = CheckSchoolForm
    template_name = "applications/check_school.html"
    title = "Your school"

    def form_valid(self, form: CheckSchoolForm) -> HttpResponse:
        check_keep(self.request.session, self.round, school=form.cleaned_data["school"].pk)
        return redirect("eligibility_check", code=self.round.code)


class CheckResultView(CheckMixin, TemplateView):
    template_name = "applications/check_result.html"

    @cached_property
    def closing(self) -> datetime:
        return closing_for(self.round, self.request.user, self.hub)

    @property
    def not_open(self) -> str:
        if self.request.arrived_at < self.round.opens_at:
            return f"Applications open {at_words(self.round.opens_at)}"
        whose = f"{self.hub} was not given more time" if self.hub else "Tell us your school to see if its hub has more"
        return f"Applications closed {at_words(self.round.closes_at)}. {whose}"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if unanswered(self.rules, self.answers):
            return redirect("eligibility_check", code=self.round.code)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        failures = check_failures(self.round, self.school, self.hub, self.rules, self.answers)
        failing = bool(essential(failures))
        return super().get_context_data(
            title="You cannot apply as things stand" if failing else "You can apply",
            reasons=reasons(failures),
            failing=failing,
            school=self.school,
            hub=self.hub,
            next_round=next_round_words(self.round),
            may_start=self.round.is_open(self.request.arrived_at, until=self.closing),
            not_open=self.not_open,
            check_href=self.page("eligibility_check"),
            school_href=self.page("eligibility_check_school"),
            **kwargs,
        )
