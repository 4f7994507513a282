"""A hub's own rules: all of the hub read them, its leads write them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import FormView, TemplateView

from applications.forms.eligibility import HubRuleForm
from applications.forms.terms import AgreeForm
from applications.models import HubRule, Round
from applications.permissions import can_write_hub_rules
from applications.presenters import STAGE_COLOURS
from applications.presenters.rules import rule_rows
from applications.services.hub_rules import (
    hub_rule_end,
    hub_rule_save,
    hub_rules_take_over,
    rule_seen,
    rules_bar,
    rules_before,
)
from applications.views.hub.base import HubMixin
from cohorts.versions import ChangedMeanwhileError
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import key_new
from mastery_hub.common.views import ServiceActionView

ROUNDS = 3  # of which the page tells, newest first


class HubRulesMixin(HubMixin):
    @property
    def rounds(self) -> QuerySet[Round]:
        """Those that the hub takes part in."""
        return Round.objects.published().with_programme().filter(cohort__hub_places__hub=self.hub)

    def get_success_url(self) -> str:
        return reverse("hub_rules", args=[self.hub.slug])

    def get_next_url(self) -> str:
        return self.get_success_url()

    def get_back(self) -> str:
        return self.get_success_url()


@dataclass(frozen=True)
class RoundRules:
    """One round's part of the page; `bar` says why nothing can be changed."""

    round: Round
    tag: dict[str, str]
    rows: list[dict[str, Any]]
    ended: list[dict[str, Any]]
    bar: str
    before: list[HubRule]


class HubRuleListView(HubRulesMixin, TemplateView):
    title = "Your hub’s own rules"
    template_name = "applications/hub_rules.html"

    def get_back(self) -> str:
        return ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_write = can_write_hub_rules(self.request.user, self.hub)
        found = [self.of_round(round, may_write) for round in self.rounds.order_by("-opens_at")[:ROUNDS]]
        return super().get_context_data(rounds=found, may_write=may_write, **kwargs)

    def of_round(self, round: Round, may_write: bool) -> RoundRules:
        rules = list(HubRule.objects.filter(round=round, hub=self.hub))
        bar = rules_bar(round, self.hub)
        edits = may_write and not bar
        current = [rule for rule in rules if rule.until_at is None]
        return RoundRules(
            round=round,
            tag={"text": round.stage.label, "colour": STAGE_COLOURS[round.stage]},
            rows=rule_rows(current, round, self.hub if edits else None),
            ended=rule_rows([rule for rule in rules if rule.until_at], round, None),
            bar=bar,
            before=rules_before(round, self.hub) if edits and not current else [],
        )


class HubRuleWriting(HubRulesMixin):
    """For leads alone; everybody else of the hub is told that they may not."""

    kwargs: dict[str, Any]

    @cached_property
    def round(self) -> Round:
        return get_object_or_404(self.rounds, code=self.kwargs["code"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (self.round and can_write_hub_rules(self.request.user, self.hub)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def found(self) -> HubRule | None:
        """As it is in force."""
        return HubRule.objects.filter(
            round=self.round, hub=self.hub, key=self.kwargs["key"], until_at__isnull=True
        ).first()

    @cached_property
    def rule(self) -> HubRule:
        if self.found is None:
            raise Http404
        return self.found

    @property
    def caption(self) -> str:  # type: ignore[override]
        return str(self.round.cohort)

    def get_crumbs(self) -> list[tuple[str, str]]:
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(round=self.round, **kwargs)


class HubRuleFormView(HubRuleWriting, FormView):
    """Adds or changes a rule. What another lead saved meanwhile is shown above what was typed."""

    form_class = HubRuleForm
    template_name = "applications/hub_rule_form.html"

    @cached_property
    def editing(self) -> HubRule | None:
        if "key" not in self.kwargs:
            return None
        return self.found if self.request.method == "POST" else self.rule

    def get_title(self) -> str:
        return "Change the rule" if "key" in self.kwargs else "Add a rule"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"part": self.editing}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        relied_upon = self.editing is not None and self.editing.is_relied_upon
        opened = clock.now() >= self.round.opens_at
        return super().get_context_data(relied_upon=relied_upon, opened=opened, **kwargs)

    def form_valid(self, form: HubRuleForm) -> HttpResponse:
        key, seen = self.kwargs.get("key") or form.cleaned_data["key"] or key_new(), form.cleaned_data["seen"] or ""
        told: dict[str, Any] = {"round": self.round, "hub": self.hub, "by": self.request.user}
        try:
            hub_rule_save(**told, key=key, seen=seen, values=form.values)
        except ChangedMeanwhileError as refused:
            form.show_colleague(refused)
            return self.form_invalid(form)
        except DomainError as refused:
            form.add_error(None, refused.message)
            return self.form_invalid(form)
        messages.success(self.request, "The rule is saved.")
        return HttpResponseRedirect(self.get_success_url())


class HubRuleEndView(HubRuleWriting, FormView):
    template_name = "components/confirm.html"
    form_class = AgreeForm

    def get_initial(self) -> dict[str, Any]:
        return {"seen": rule_seen(self.rule)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        by, seen = self.request.user, request.POST.get("seen", "")
        try:
            hub_rule_end(round=self.round, hub=self.hub, by=by, key=self.kwargs["key"], seen=seen)
        except DomainError as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, "The rule is ended. Nobody who has not submitted yet is asked it any more.")
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            question="End this rule?",
            explanation=f"“{self.rule}”",
            warning_text="Whoever is still writing to your hub is no longer asked it. "
            "Applications that were submitted keep what was found when they were.",
            action="End the rule",
            cancel=self.get_success_url(),
            warning=True,
            **kwargs,
        )


class HubRulesTakeOverView(HubRuleWriting, ServiceActionView):
    def perform(self) -> str:
        taken = hub_rules_take_over(round=self.round, hub=self.hub, by=self.request.user)
        if not taken:
            raise DomainError("Your hub had no rules of its own last time.", code="nothing")
        return "Last time’s rules are in force for this round. Read them: words about the year may have to change."
