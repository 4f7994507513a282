"""A supporting document of one criterion: added, replaced, removed in a draft; opened by whoever may read it."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property

from applications.applicant_presenters.documents import DocumentPlace, document_places
from applications.applicant_presenters.sections import check_href, section_href
from applications.enums import Section
from applications.forms.documents import MEGABYTES, DocumentForm
from applications.models import SupportingDocument
from applications.services.documents import document_remove, document_save
from applications.views.applicant.base import OwnApplicationMixin
from mastery_hub.common.access import SIGNED_IN
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import PrivateFileView, ServiceFormView


class ApplicationDocumentView(OwnApplicationMixin, ServiceFormView):
    form_class = DocumentForm
    template_name = "applications/application_document.html"
    upload_megabytes = MEGABYTES
    title = "Supporting document"

    @cached_property
    def place(self) -> DocumentPlace:
        found = (p for p in document_places(self.application) if p.criterion.key == self.kwargs["key"])
        place = next(found, None)
        if place is None:
            raise Http404
        return place

    def get_back(self) -> str:
        from_check = self.request.GET.get("from") == "check"
        return check_href(self.application) if from_check else section_href(self.application, Section.EVIDENCE)

    def get_success_url(self) -> str:
        return self.get_back()

    def get_success_message(self) -> str:
        return f"We have saved {self.result.file_name}."

    def get_initial(self) -> dict[str, Any]:
        return {"file": self.place.document.file} if self.place.document else {}

    def get_form_kwargs(self) -> dict[str, Any]:
        there = self.place.document is not None
        return super().get_form_kwargs() | {"file_href": self.place.file_href, "removable": there}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(criterion=self.place.criterion, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.is_open_draft else redirect(self.application)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "remove" not in request.POST:
            return super().post(request, *args, **kwargs)
        try:
            if self.place.document:
                document_remove(document=self.place.document, by=self.request.user)
        except DomainError as error:
            return self.refuse(error)
        messages.success(request, "We have removed the document.")
        return redirect(self.get_back())

    def perform(self, form: DocumentForm) -> SupportingDocument:
        return document_save(
            application=self.application,
            by=self.request.user,
            criterion=self.place.criterion,
            file=form.cleaned_data["file"],
        )


class ApplicationDocumentFileView(PrivateFileView):
    """For its applicant; whoever sees the evidence has an address of their own."""

    access = SIGNED_IN
    slug_field = "criterion__key"
    slug_url_kwarg = "key"

    def get_queryset(self) -> QuerySet[SupportingDocument]:
        by: Any = self.request.user
        own = SupportingDocument.objects.visible_to(by).filter(application__applicant=by)
        return own.filter(application__reference=self.kwargs["reference"])
