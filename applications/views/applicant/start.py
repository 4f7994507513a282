"""Beginning an application, and the list of one's own."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView

from applications.applicant_presenters.deadlines import at_words, before_words, closing_words
from applications.applicant_presenters.status import progress_of, status_of
from applications.checking import check_forget, checked, school_checked
from applications.enums import NominationState, State
from applications.forms.applicant import StartForm
from applications.models import Application, Deferral, Extension, InformationDocument, Nomination, Round
from applications.models.extensions import deadlines
from applications.outlook import outlook
from applications.presenters.deferrals import READ as DEFERRALS
from applications.presenters.referrals import with_referrals
from applications.services.applications import application_start
from applications.services.nominations import nomination_accept
from mastery_hub.common.access import SIGNED_IN
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import PageMixin
from mastery_hub.directory.models import MathsHub

NO_MORE_TIME = "Applications from this school have closed: its hub was not given more time. Ask your Maths Hub"

OTHERWISE = "Who nominates you has changed since you opened that page. Read it again before you start."


class ApplicationStartView(PageMixin, FormView):
    """Asks whether the information document was read; an application already begun is opened instead."""

    access = SIGNED_IN
    request: Any
    form_class = StartForm
    template_name = "applications/application_start.html"

    @cached_property
    def round(self) -> Round:
        return get_object_or_404(Round.objects.published().with_programme(), code=self.kwargs["code"])

    @cached_property
    def document(self) -> InformationDocument | None:
        return self.round.current_document

    @cached_property
    def own_deadline(self) -> datetime:
        """The round's, or a later one that this person, or the hub of the school that nominates, was given. Where a
        hub nominates, the teacher says which school, and by that whether there is more time."""
        if self.round.by_nomination and self.nomination and self.nomination.school_id:
            return self.nomination.closes_at
        given = Extension.objects.covering(round=self.round.pk, hub=None, applicant=self.request.user.pk)
        return deadlines(self.round, given).closes_at

    @cached_property
    def hubs_with_time(self) -> dict[MathsHub, datetime]:
        """Whose teachers may still begin, until when, after the round has closed for everybody else."""
        now = self.request.arrived_at
        if self.document is None or not self.round.is_open(now, until=datetime.max.replace(tzinfo=UTC)):
            return {}
        given = self.round.extensions.standing().filter(hub__isnull=False, closes_at__gt=now)
        found = given.select_related("hub").order_by("hub__name", "closes_at")
        return {each.hub: each.closes_at for each in found if each.hub and each.closes_at}

    @property
    def is_open(self) -> bool:
        return self.round.is_open(self.request.arrived_at, until=self.own_deadline) and self.document is not None

    @property
    def asks_school(self) -> bool:
        return not self.is_open and bool(self.hubs_with_time)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user: Any = request.user
        own = Application.objects.visible_to(user).filter(applicant=user, round=self.round)
        if live := own.live().first():
            return redirect(live)
        if kept := Deferral.objects.keeping_from(user, self.round).select_related("application", "hub").first():
            return self.opened(kept.application)
        if (self.is_open or self.asks_school) and self.needs_nomination:
            return self.not_nominated()
        return super().get(request, *args, **kwargs) if self.is_open or self.asks_school else self.not_open()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.document and self.needs_nomination:
            return self.not_nominated()
        return super().post(request, *args, **kwargs) if self.document else self.not_open()

    @cached_property
    def nomination(self) -> Nomination | None:
        """What this person has accepted, or can accept here: having signed in, the address is proven."""
        own = Nomination.objects.of(self.request.user).filter(round=self.round).with_all()
        found = own.filter(
            Q(state=NominationState.ACCEPTED, nominee=self.request.user) | Q(state=NominationState.INVITED)
        )
        found = found.exclude(nominated_by=self.request.user).order_by("state", "-sent_at", "pk")
        return next((each for each in found if self.is_in_time(each)), found.first())

    def is_in_time(self, nomination: Nomination) -> bool:
        """An invitation ends with its link."""
        return not nomination.is_invited or self.request.arrived_at < nomination.link_expires_at

    @property
    def is_nominated(self) -> bool:
        return self.nomination is not None and self.is_in_time(self.nomination)

    @property
    def accepts(self) -> str:
        """The key of the nomination that is accepted here; none where one has been."""
        found = self.nomination if self.round.by_nomination else None
        return str(found.pk) if found and found.is_invited else ""

    @property
    def needs_nomination(self) -> bool:
        return self.round.by_nomination and not self.is_nominated

    def not_nominated(self) -> HttpResponse:
        context = {"round": self.round, "nomination": self.nomination, "closing": at_words(self.round.closes_at)}
        template = ["applications/application_not_nominated.html"]
        return self.response_class(request=self.request, template=template, context=context)

    def not_open(self) -> HttpResponse:
        early = self.request.arrived_at < self.round.opens_at
        words = f"Applications open {at_words(self.round.opens_at)}"
        if not early:
            words = f"Applications closed {at_words(self.round.closes_at)}"
        context = {"round": self.round, "words": words, "early": early, "outlook": outlook(self.round.cohort.programme)}
        template = ["applications/application_not_open.html"]
        return self.response_class(request=self.request, template=template, context=context)

    def get_back(self) -> str:
        return self.round.get_absolute_url()

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {
            "round": self.round,
            "document": self.document,
            "asks_school": self.asks_school,
            "accepts": self.accepts,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        hubs = self.hubs_with_time if self.asks_school else {}
        return super().get_context_data(
            round=self.round,
            document=self.document,
            nomination=self.nomination if self.round.by_nomination else None,
            closing=closing_words(self.own_deadline, self.request.arrived_at),
            hubs_with_time=[(hub, before_words(ends)) for hub, ends in hubs.items()],
            **kwargs,
        )

    def form_valid(self, form: StartForm) -> HttpResponse:
        if form.cleaned_data.get("nomination", "") != self.accepts:
            messages.error(self.request, OTHERWISE)
            return redirect("application_start", code=self.round.code)
        try:
            application = self.begin(form)
        except DomainError as error:
            if self.asks_school:
                form.add_error("school", NO_MORE_TIME if error.code == "closed" else error.message)
                return self.form_invalid(form)
            messages.error(self.request, error.message)
            return redirect("application_start", code=self.round.code)
        check_forget(self.request.session, self.round)
        return self.opened(application)

    def opened(self, application: Application) -> HttpResponse:
        if application.state == State.DEFERRED:
            words = f"{application.hub} keeps a place for you, so you need not apply again. To apply, give it up first."
            messages.info(self.request, words)
        return redirect(application)

    def begin(self, form: StartForm) -> Application:
        """Of one who is nominated, at the school that nominates: by accepting, the first time."""
        nomination = self.nomination if self.round.by_nomination else None
        school = form.cleaned_data.get("school") or school_checked(self.request.session, self.round)
        begun = {"by": self.request.user, "document": form.cleaned_data["document"], "at": self.request.arrived_at}
        answers = checked(self.request.session, self.round)["answers"]
        if nomination and nomination.is_invited:
            return nomination_accept(nomination=nomination, school=school, answers=answers, **begun)
        school = school or (nomination.school if nomination else None)
        return application_start(round=self.round, school=school, answers=answers, **begun)


class ApplicationListView(PageMixin, TemplateView):
    access = SIGNED_IN
    request: Any
    title = "Your applications"
    template_name = "applications/application_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, now = self.request.user, self.request.arrived_at
        own = Application.objects.visible_to(user).filter(applicant=user).with_people().with_deadlines()
        cards = [
            {"application": each, "status": status_of(each), "progress": progress_of(each, now)}
            for each in with_referrals(own.prefetch_related("supports", "leader_supports", "offers", DEFERRALS))
        ]
        busy = own.live().values("round")
        rounds = Round.objects.open().with_programme().exclude(pk__in=busy)
        nominates = user.nominations_made.exists()
        return super().get_context_data(cards=cards, rounds=rounds, nominates=nominates, **kwargs)
