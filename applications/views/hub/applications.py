"""A hub's list of applications, and one of them with everything that a decision needs."""

from typing import Any

from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Concat
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from applications import permissions
from applications.enums import SavedPage
from applications.filters import HubApplicationFilter
from applications.forms.support import NewHeadteacherForm
from applications.hub_presenters.page import application_page
from applications.hub_presenters.places import current_extensions, places_stats
from applications.models import (
    Application,
    HeadteacherSupport,
    PledgeRenewal,
    Review,
    Round,
    Score,
    SubjectLeaderSupport,
    SupportingDocument,
)
from applications.services.renewals import renewal_ask_new_head, renewal_send_again
from applications.services.signatories import signatory_agree
from applications.services.support import support_confirm_headteacher
from applications.views.hub.base import HubApplicationMixin, HubMixin
from applications.views.hub.downloads import list_files
from applications.views.hub.saved_views import SavedViewsMixin
from applications.views.hub.together import TickingMixin
from mastery_hub.accounts.enums import Role
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import PrivateFileView, ServiceActionView, ServiceFormView, TableView


class HubApplicationListView(SavedViewsMixin, TickingMixin, HubMixin, TableView):
    """Hub administrators see neither scores nor proposals; reviewers see averages once they have scored themselves."""

    title = "Applications"
    saved_page = SavedPage.APPLICATIONS
    filterset_class = HubApplicationFilter
    template_name = "applications/hub_application_list.html"

    @property
    def sees_evidence(self) -> bool:
        return permissions.can_see_evidence(self.request.user, Application(hub=self.hub))

    def get_actions(self) -> list[dict[str, Any]]:
        if not self.hub.nominations.exists() and not Round.objects.open().filter(by_nomination=True).exists():
            return []
        href = reverse("hub_nomination_list", args=[self.hub.slug])
        return [{"text": "Nominations", "href": href, "secondary": True}]

    def get_rows(self) -> QuerySet[Application]:
        submitted = Review.objects.filter(application=OuterRef("pk"), submitted_at__isnull=False)
        scores = Score.objects.submitted().filter(review__application=OuterRef("pk"))
        user = self.request.user
        if not (user.is_national or self.hub.pk in user.hub_ids(Role.HUB_LEAD)):
            own = Review.objects.filter(reviewer=user, submitted_at__isnull=False)
            scores = scores.filter(Exists(own.filter(application=OuterRef("review__application"))))
        count = submitted.order_by().values("application").annotate(n=Count("pk")).values("n")
        support = HeadteacherSupport.objects.current().filter(application=OuterRef("pk"))
        rank = Concat("rank__place", Value(" of "), "rank__of", output_field=CharField())
        ranked = support.filter(rank__isnull=False) if self.sees_evidence else support.none()
        leader = SubjectLeaderSupport.objects.current().filter(application=OuterRef("pk"))
        return self.applications.select_related("applicant", "school", "hub").annotate(
            seen_state=F("state" if self.sees_evidence else "shown_state"),
            reviews_submitted=Coalesce(Subquery(count), 0),
            average=Subquery(scores.means()),
            support_state=Subquery(support.values("state")[:1]),
            support_rank=Subquery(ranked.annotate(words=rank).values("words")[:1]),
            leader_state=Subquery(leader.values("state")[:1]),
        )

    def get_table_kwargs(self) -> dict[str, Any]:
        return {} if self.sees_evidence else {"exclude": ("average",)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        places = places_stats(self.hub, self.request.user, with_proposals=self.sees_evidence)
        return super().get_context_data(
            places=places,
            extensions=current_extensions(self.hub),
            saved=self.saved_views(),
            together=self.together(),
            downloads=list_files(self, "application"),
            **kwargs,
        )


class ReadingMixin(HubApplicationMixin):
    """What may be read here, and be worked on elsewhere alone: what another hub refers to this one too."""

    @property
    def found(self) -> QuerySet[Application]:
        found = Application.objects.visible_to(self.request.user).readable_at(self.hub)
        return found.exclude(applicant=self.request.user)


class HubApplicationView(ReadingMixin, TemplateView):
    template_name = "applications/hub_application.html"

    def get_title(self) -> str:
        return str(self.application.applicant)

    def get_crumbs(self) -> list[tuple[str, str]]:
        return super().get_crumbs()[:-1]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.application.reading_hub = self.hub
        return super().get_context_data(**kwargs, **application_page(self.application, self.request.user))


class HubSupportActionView(HubApplicationMixin, ServiceActionView):
    """A button beside the headteacher's part."""

    @property
    def support(self) -> HeadteacherSupport:
        supports = HeadteacherSupport.objects.current().select_related("application__school", "application__hub")
        return get_object_or_404(supports, application=self.application)

    def get_next_url(self) -> str:
        return f"{self.page}#headteacher"


class HubDocumentFileView(ReadingMixin, PrivateFileView):
    """For whoever sees the evidence: hub administrators do not."""

    slug_field = "criterion__key"
    slug_url_kwarg = "key"

    def get_queryset(self) -> QuerySet[SupportingDocument]:
        return SupportingDocument.objects.visible_to(self.request.user).filter(application=self.application)


class HubAgreeSignatoryView(HubSupportActionView):
    def perform(self) -> str:
        support = signatory_agree(support=self.support, by=self.request.user)
        return f"You have agreed that {support.full_name} signs for {self.application.school}."


class HubNewHeadteacherView(HubApplicationMixin, ServiceFormView):
    """The school has a new headteacher, who is asked to sign."""

    title = "The school has a new headteacher"
    form_class = NewHeadteacherForm
    template_name = "applications/hub_new_headteacher.html"

    @cached_property
    def support(self) -> HeadteacherSupport:
        return get_object_or_404(HeadteacherSupport.objects.current(), application=self.application)

    def allowed(self) -> bool:
        return permissions.can_ask_again(self.request.user, self.support)

    def get_back(self) -> str:
        return self.get_success_url()

    def get_crumbs(self) -> list[tuple[str, str]]:
        return []

    def perform(self, form: NewHeadteacherForm) -> PledgeRenewal:
        return renewal_ask_new_head(support=self.support, by=self.request.user, **form.cleaned_data)

    def get_success_message(self) -> str:
        return f"We are asking {self.result.full_name} at {self.result.email} to sign."

    def get_success_url(self) -> str:
        return f"{self.page}#headteacher"


class HubRenewalAgainView(HubSupportActionView):
    def perform(self) -> str:
        renewal = PledgeRenewal.objects.open().filter(support=self.support).first()
        if renewal is None:
            raise DomainError("This request has been answered, or is no longer needed.", code="not-allowed")
        renewal_send_again(renewal=renewal, by=self.request.user)
        return f"We are sending the link to {renewal.email} again."


class HubConfirmHeadteacherView(HubSupportActionView):
    def perform(self) -> str:
        support = self.support
        support_confirm_headteacher(support=support, by=self.request.user)
        return f"{support.person} is confirmed as headteacher of {self.application.school}."
