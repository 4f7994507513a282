"""A hub's lead, or NCETM, writes the blocks of the hub's public page."""

from functools import cached_property
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView

from mastery_hub.common.access import HUB
from mastery_hub.common.models import PageBlock
from mastery_hub.common.views import PageMixin, ServiceFormView
from mastery_hub.directory.forms.hubs import PREVIEW, BlockForm
from mastery_hub.directory.models import HubPageBlock, MathsHub
from mastery_hub.directory.permissions import can_edit_page


class EditablePageMixin:
    access = HUB

    @cached_property
    def hub(self) -> MathsHub:
        hub = get_object_or_404(MathsHub.objects.visible_to(self.request.user), slug=self.kwargs["hub"])
        if not can_edit_page(self.request.user, hub):
            raise Http404
        return hub

    @property
    def caption(self) -> str:
        return str(self.hub)


class PageEditView(EditablePageMixin, PageMixin, TemplateView):
    template_name = "directory/hub_page_edit.html"
    title = "Public page"

    def get_back(self) -> str:
        national = self.request.user.is_national
        return reverse("national_hub", kwargs={"hub": self.hub.slug}) if national else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        blocks = {block.kind: block for block in self.hub.blocks.all()}
        rows = [{"kind": kind, "block": blocks.get(kind.value)} for kind in PageBlock.Kind]
        return super().get_context_data(**kwargs) | {"hub": self.hub, "rows": rows}


class BlockEditView(EditablePageMixin, ServiceFormView):
    template_name = "directory/hub_block_edit.html"
    form_class = BlockForm

    @cached_property
    def block(self) -> HubPageBlock:
        kind = self.kwargs["kind"]
        if kind not in PageBlock.Kind.values:
            raise Http404
        return self.hub.blocks.filter(kind=kind).first() or HubPageBlock(hub=self.hub, kind=kind)

    def get_title(self) -> str:
        return self.block.get_kind_display()

    def get_back(self) -> str:
        return reverse("hub_page_edit", kwargs={"hub": self.hub.slug})

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": self.block}

    def form_valid(self, form: BlockForm) -> HttpResponse:
        if PREVIEW in self.request.POST:
            return self.render_to_response(self.get_context_data(form=form, preview=form.cleaned_data["body"]))
        return super().form_valid(form)

    def perform(self, form: BlockForm) -> None:
        form.save()

    def get_success_message(self) -> str:
        return f"“{self.block}” is saved and can be read now."

    def get_success_url(self) -> str:
        return self.get_back()
