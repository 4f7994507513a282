"""What anyone may read: programmes, rounds and the information document."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.views.generic import DetailView, TemplateView

from applications.checking import may_check
from applications.enums import Importance
from applications.models import Application, InformationDocument, Round
from applications.outlook import outlook
from applications.presenters import release_facts
from applications.rules import rules_of
from applications.services.subscriptions import can_remind
from cohorts.enums import Section, Whose
from cohorts.models import Commitment, CommitmentSet, Programme
from cohorts.years import years_in_words
from mastery_hub.common import clock
from mastery_hub.common.access import PUBLIC
from mastery_hub.common.models import PageBlock
from mastery_hub.dashboards.documents import document_sections
from mastery_hub.dashboards.presenters import round_card, round_cards, round_contents, round_facts


class ProgrammePageView(DetailView):
    """The programme's blocks in the order of their kinds, and its rounds."""

    access = PUBLIC
    template_name = "dashboards/programme_page.html"
    context_object_name = "programme"
    slug_url_kwarg = "programme"
    queryset = Programme.objects.prefetch_related("blocks")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        written = {block.kind: block for block in self.object.blocks.all() if block.body}
        rounds = Round.objects.published().filter(cohort__programme=self.object).with_programme()
        return super().get_context_data(**kwargs) | {
            "years": years_in_words(None, self.object.years.all()),
            "blocks": [written[kind] for kind in PageBlock.Kind.values if kind in written],
            "updated_at": max((block.updated_at for block in written.values()), default=None),
            "rounds": round_cards(rounds),
            "outlook": outlook(self.object),
            "can_edit": user.is_authenticated and user.is_national,
        }


def rounds_shown_to(user: Any) -> QuerySet[Round]:
    """Published ones; NCETM looks at a round before it is."""
    rounds = Round.objects.with_programme()
    return rounds if user.is_authenticated and user.is_national else rounds.published()


class RoundPageView(DetailView):
    """Everything that a teacher and a headteacher need to know before they decide."""

    access = PUBLIC
    template_name = "dashboards/round_page.html"
    context_object_name = "round"
    slug_field = slug_url_kwarg = "code"

    def get_queryset(self) -> QuerySet[Round]:
        return rounds_shown_to(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = clock.now()
        shown = self._cohort() | {"criteria": self._criteria(), "commitments": self._commitments()}
        return super().get_context_data(**kwargs) | {
            "card": round_card(self.object),
            "facts": round_facts(self.object),
            "contents": round_contents(shown),
            "own": self._own_application(),
            "document": self.object.current_document,
            "outlook": outlook(self.object.cohort.programme),
            "can_remind": can_remind(self.object),
            "can_check": may_check(self.object, self.request.user, now) and bool(rules_of(self.object, None, now)),
            **shown,
        }

    def _own_application(self) -> Application | None:
        user = self.request.user
        if not user.is_authenticated:
            return None
        return Application.objects.visible_to(user).filter(applicant=user, round=self.object).live().first()

    def _criteria(self) -> list[tuple[str, list[Any]]]:
        terms = self.object.current_terms
        listed = list(terms.criteria.all()) if terms else []
        groups = [(label, [c for c in listed if c.importance == value]) for value, label in Importance.choices]
        return [group for group in groups if group[1]]

    def _commitments(self) -> list[tuple[str, list[Commitment]]]:
        """The latest set of each side."""
        sets = CommitmentSet.objects.in_force().filter(cohort=self.object.cohort).order_by("version")
        latest = {each.whose: each for each in sets.prefetch_related("commitments")}
        titles = {Whose.APPLICANT: "The teacher", Whose.HEADTEACHER: "The headteacher"}
        return [(titles[whose], list(latest[whose].commitments.all())) for whose in Whose if whose in latest]

    def _cohort(self) -> dict[str, Any]:
        cohort = self.object.cohort
        points: dict[str, list[str]] = {section: [] for section in Section.values}
        for point in cohort.points.all():
            points[point.section].append(point.text)
        places = list(cohort.hub_places.select_related("hub__region").order_by("hub__region__name", "hub__name"))
        return {
            "points": points,
            "years": years_in_words(cohort, cohort.programme.years.all()),
            "release": release_facts(cohort),
            "residentials": list(cohort.residentials.all()),
            "hub_places": places,
            "places_total": sum(each.places for each in places),
        }


class RoundInformationView(TemplateView):
    """The latest version, or the one that the address names: what somebody read stays readable."""

    access = PUBLIC
    template_name = "dashboards/round_information.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = get_object_or_404(rounds_shown_to(self.request.user), code=self.kwargs["code"])
        documents = list(InformationDocument.objects.filter(round=shown).order_by("-version"))
        wanted = [d for d in documents if d.version == self.kwargs.get("version", d.version)]
        if not wanted:
            raise Http404
        opening, sections = document_sections(wanted[0].body)
        return super().get_context_data(**kwargs) | {
            "round": shown,
            "document": wanted[0],
            "latest": documents[0],
            "older": documents[1:],
            "opening": opening,
            "sections": sections,
            "contents": [(section.title, section.anchor) for section in sections],
        }
