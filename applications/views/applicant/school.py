"""Your school and your headteacher: who the application is asked of besides its applicant."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView

from applications.applicant_presenters.answers import unlisted_rows
from applications.applicant_presenters.headteacher import support_track
from applications.applicant_presenters.sections import section_href
from applications.applicant_presenters.status import support_words, until_words
from applications.eligibility import current_leader, current_support, school_failures, who_to_ask_again
from applications.enums import Section, Signatory, SupportState
from applications.forms.applicant import HeadteacherForm, HubForm, SchoolForm, SignatoryForm, TypedSchoolForm
from applications.hubs import hubs_to_choose
from applications.models import Application, HeadteacherSupport
from applications.permissions import can_name_headteacher
from applications.rules import school_not_met
from applications.services.school_choice import (
    application_choose_hub,
    application_save_school,
    application_type_school,
    hub_stored,
    school_stored,
    school_told,
)
from applications.services.support import support_remind, support_request
from applications.views.applicant.base import OwnApplicationMixin, SectionView
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.forms.wording import listed
from mastery_hub.common.writing import fingerprint
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.directory.views.choosing import ChoosesSchoolMixin


def asked_names(application: Application) -> str:
    """Whom another school would leave unasked: “Helen Marsh and Owen Fairbank”; nobody."""
    asked = [each.full_name for each in (current_support(application), current_leader(application)) if each]
    return listed(asked) if asked else ""


def cancelled_words(application: Application, names: str) -> str:
    whom = "the headteacher and the subject leader" if application.round.asks_subject_leader else "the headteacher"
    return f"We cancelled your request to {names}. Ask {whom} of this school."


class ApplicationSchoolView(ChoosesSchoolMixin, SectionView):
    """Without a search it shows the school chosen, with its home hub; `?change` or `?q=` looks for another."""

    section = Section.SCHOOL
    form_class = SchoolForm
    template_name = "applications/application_school.html"

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"seen": fingerprint(school_stored(self.application))}

    @property
    def is_choosing(self) -> bool:
        return self.application.school is None or bool({"q", "change"} & self.request.GET.keys())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None) or self.get_form()
        choosing, school = self.is_choosing or form.is_bound, self.application.school
        programme = self.application.round.cohort.programme
        return super().get_context_data(
            form=form,
            choosing=choosing,
            asked=asked_names(self.application) if choosing else "",
            failures=[] if choosing else [failure.message for failure in school_failures(self.application)],
            exceptions=[] if choosing or school is None else school_not_met(school, programme),
            typed_rows=unlisted_rows(school) if school and not school.is_listed else [],
            hub_href=self.with_from(reverse("application_hub", args=[self.application.reference])),
            typing_href=self.with_from(reverse("application_typed_school", args=[self.application.reference])),
            next_href=self.next_href,
            **kwargs,
        )

    def save(self, form: SchoolForm) -> None:
        if school := form.cleaned_data.get("school"):
            seen = form.cleaned_data["seen"]
            application_save_school(application=self.application, by=self.request.user, school=school, seen=seen)

    def form_valid(self, form: SchoolForm) -> HttpResponse:
        names = asked_names(self.application)
        if names and form.cleaned_data["school"].pk != self.application.school_id:
            messages.info(self.request, cancelled_words(self.application, names))
        return redirect(self.with_from(section_href(self.application, Section.SCHOOL)))


class ApplicationHubView(SectionView):
    """To which hub: the home hub of the school, or a neighbour of it that recruits, with the reason."""

    section = Section.SCHOOL
    form_class = HubForm
    template_name = "applications/application_hub.html"

    def get_title(self) -> str:
        return "Choose your Maths Hub"

    @cached_property
    def hubs(self) -> list[MathsHub]:
        return hubs_to_choose(self.application)

    @property
    def school_page(self) -> str:
        return self.with_from(section_href(self.application, Section.SCHOOL))

    def get_back(self) -> str:
        return self.school_page

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs) if self.application.home_hub else redirect(self.school_page)

    def get_initial(self) -> dict[str, Any]:
        stored = hub_stored(self.application)
        return stored | {"seen": fingerprint(stored)}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"hubs": self.hubs}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        home = self.application.home_hub
        return super().get_context_data(home=home, hubs=self.hubs, closed=home not in self.hubs, **kwargs)

    def save(self, form: HubForm) -> None:
        if not form.errors:
            application_choose_hub(application=self.application, by=self.request.user, **form.cleaned_data)

    def form_valid(self, form: HubForm) -> HttpResponse:
        messages.success(self.request, f"You are applying to {form.cleaned_data['hub']}.")
        return redirect(self.school_page)


class ApplicationTypedSchoolView(SectionView):
    """A school that is not listed, as the applicant tells of it; in a draft it can be corrected."""

    section = Section.SCHOOL
    form_class = TypedSchoolForm
    template_name = "applications/application_typed_school.html"

    def get_title(self) -> str:
        return "A school that is not listed"

    @property
    def typed(self) -> School | None:
        typed = self.application.typed_school
        return typed.school if typed else None

    @property
    def school_page(self) -> str:
        return self.with_from(section_href(self.application, Section.SCHOOL))

    def get_back(self) -> str:
        return self.school_page

    def get_initial(self) -> dict[str, Any]:
        return {"seen": fingerprint(school_told(self.application))}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"school": self.typed}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(warning=self.warning(), **kwargs)

    def warning(self) -> str:
        """What a change here would end: nothing as long as what was typed can be corrected."""
        application, names = self.application, asked_names(self.application)
        if application.school is None or (self.typed and not self.typed.pledges.exists()):
            return ""
        ends = [f"your request to {names} is cancelled"] if names else []
        ends += ["you sign your commitments again"] if application.pledge_id else []
        return f"If you save another school here, {listed(ends)}." if ends else ""

    def save(self, form: TypedSchoolForm) -> None:
        if not form.errors:
            seen = form.cleaned_data["seen"]
            application_type_school(application=self.application, by=self.request.user, told=form.told, seen=seen)

    def form_valid(self, form: TypedSchoolForm) -> HttpResponse:
        names, now = asked_names(self.application), Application.objects.get(pk=self.application.pk)
        if names and not asked_names(now):
            messages.info(self.request, cancelled_words(now, names))
        return redirect(self.school_page)


class ApplicationHeadteacherView(OwnApplicationMixin, FormView):
    """Ask, ask again, or name somebody else: in the draft and, until somebody has signed, after submitting."""

    title = Section.HEADTEACHER.label
    form_class = HeadteacherForm
    template_name = "applications/application_headteacher.html"

    @cached_property
    def support(self) -> HeadteacherSupport | None:
        return current_support(self.application)

    @property
    def is_naming(self) -> bool:
        if self.support is None or self.ask_again:
            return True
        return self.support.state != SupportState.SIGNED and "change" in self.request.GET

    @cached_property
    def ask_again(self) -> str:
        return who_to_ask_again(self.application)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not can_name_headteacher(self.request.user, self.application):
            return redirect(self.application)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.remind() if "remind" in request.POST else super().post(request, *args, **kwargs)

    @property
    def is_head(self) -> bool:
        """The applicant is the headteacher: as they say now, or said when they asked."""
        said = self.support is not None and self.support.signatory == Signatory.HEAD_APPLIES
        return self.request.GET.get("head", "yes" if said else "") == "yes"

    def get_form_class(self) -> type[HeadteacherForm]:
        return SignatoryForm if self.is_head else HeadteacherForm

    def get_initial(self) -> dict[str, str]:
        """The same person again or, where somebody else has signed since, that one."""
        if self.support is None:
            return {}
        asked = self.support.newest_signer if self.ask_again else self.support
        names = ("first_name", "last_name", "email")
        return {name: getattr(asked, name) for name in names} | {"role": self.support.role}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"application": self.application}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        support, end = self.support, self.application.support_closes_at
        form = kwargs.pop("form", None) or self.get_form()
        return super().get_context_data(
            form=form,
            naming=self.is_naming or form.is_bound,
            is_head=self.is_head,
            support=support,
            support_words=support_words(support),
            track=support_track(support) if support else [],
            waiting=support is not None and support.is_waiting,
            may_remind=support is not None and clock.now() >= support.reminder_from,
            ask_again=self.ask_again,
            declined=support is not None and support.state == SupportState.DECLINED,
            closed=self.request.arrived_at >= end,
            until=until_words(end, self.request.arrived_at),
            statement_words=self.application.round.statement_words,
            **kwargs,
        )

    def form_valid(self, form: HeadteacherForm) -> HttpResponse:
        at, by = self.request.arrived_at, self.request.user
        try:
            support = support_request(application=self.application, by=by, at=at, **form.cleaned_data)
        except DomainError as error:
            form.add_error(
                "email" if error.code in ("own-address", "already-asked", "same-person") else None, self.refusal(error)
            )
            return self.form_invalid(form)
        if self.support and support.pk == self.support.pk:
            messages.success(self.request, f"We have put the name right: {support.full_name}.")
        else:
            messages.success(self.request, f"We are sending the request to {support.full_name} at {support.email}.")
        return redirect("application_headteacher", reference=self.application.reference)

    def remind(self) -> HttpResponse:
        if self.support:
            try:
                support_remind(support=self.support, by=self.request.user, at=self.request.arrived_at)
            except DomainError as error:
                messages.error(self.request, error.message)
            else:
                messages.success(self.request, f"We are sending a reminder to {self.support.email}.")
        return redirect("application_headteacher", reference=self.application.reference)
