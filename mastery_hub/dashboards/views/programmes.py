"""NCETM writes the blocks of a programme's public page."""

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView, View

from cohorts.models import Programme, ProgrammePageBlock
from mastery_hub.common.access import NATIONAL
from mastery_hub.common.models import PageBlock
from mastery_hub.common.views import PageMixin, ServiceFormView
from mastery_hub.dashboards.forms import ProgrammeBlockForm
from mastery_hub.directory.forms.hubs import PREVIEW


class ProgrammeMixin(PageMixin, View):
    access = NATIONAL

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.programme = get_object_or_404(Programme, slug=kwargs["programme"])
        self.caption = str(self.programme)


class ProgrammeEditView(ProgrammeMixin, TemplateView):
    template_name = "dashboards/programme_edit.html"
    title = "The programme’s page"

    def get_back(self) -> str:
        return self.programme.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        blocks = {block.kind: block for block in self.programme.blocks.all()}
        rows = [(kind, blocks.get(kind.value)) for kind in PageBlock.Kind]
        return super().get_context_data(**kwargs) | {
            "programme": self.programme,
            "rows": rows,
        }


class ProgrammeBlockEditView(ProgrammeMixin, ServiceFormView):
    template_name = "directory/hub_block_edit.html"
    form_class = ProgrammeBlockForm

    @cached_property
    def block(self) -> ProgrammePageBlock:
        kind = self.kwargs["kind"]
        if kind not in PageBlock.Kind.values:
            raise Http404
        return self.programme.blocks.filter(kind=kind).first() or ProgrammePageBlock(
            programme=self.programme, kind=kind
        )

    def get_title(self) -> str:
        return self.block.get_kind_display()

    def get_back(self) -> str:
        return reverse("national_programme", kwargs={"programme": self.programme.slug})

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": self.block}

    def form_valid(self, form: ProgrammeBlockForm) -> HttpResponse:
        if PREVIEW in self.request.POST:
            return self.render_to_response(self.get_context_data(form=form, preview=form.cleaned_data["body"]))
        return super().form_valid(form)

    def perform(self, form: ProgrammeBlockForm) -> None:
        form.save()

    def get_success_message(self) -> str:
        return f"“{self.block}” is saved and can be read now."

    def get_success_url(self) -> str:
        return self.get_back()
