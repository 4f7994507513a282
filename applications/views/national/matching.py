"""Free places and strong candidates without one, seen together; and proposals of who might move where."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from applications.forms.matching import MatchingForm
from applications.models import MatchingProposal, Round
from applications.presenters.matching import figures, in_words, made_rows, move_tag
from applications.services.matching import matching_propose, matching_send
from applications.unplaced import Unplaced
from mastery_hub.common.access import NATIONAL
from mastery_hub.common.views import PageMixin, ServiceActionView, ServiceFormView

SHOWN = 100  # strong candidates on the page, the best of them


class MatchingMixin(PageMixin):
    access = NATIONAL
    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def round(self) -> Round:
        return get_object_or_404(Round.objects.published().with_programme(), code=self.kwargs["code"])

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [(MatchingRoundsView.title, reverse("national_matching"))]


class MatchingRoundsView(PageMixin, TemplateView):
    access = NATIONAL
    title = "Free places and candidates without one"
    template_name = "applications/national_matching_rounds.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rounds = Round.objects.published().with_programme().order_by("-closes_at")
        return super().get_context_data(rounds=rounds, **kwargs)


class MatchingView(MatchingMixin, ServiceFormView):
    form_class = MatchingForm
    template_name = "applications/national_matching.html"

    def get_title(self) -> str:
        return str(self.round)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        unplaced = Unplaced(self.round)
        hubs = [each for each in unplaced.hubs.values() if each.left]
        return super().get_context_data(
            round=self.round,
            hubs=sorted(hubs, key=lambda each: (-each.free, str(each.hub))),
            free=sum(each.free for each in hubs),
            candidates=unplaced.strong[:SHOWN],
            number=len(unplaced.strong),
            proposals=self.round.matching_proposals.select_related("made_by", "sent_by"),
            **kwargs,
        )

    def perform(self, form: MatchingForm) -> MatchingProposal:
        return matching_propose(round=self.round, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("national_matching_proposal", args=[self.round.code, self.result.pk])


class MatchingProposalView(MatchingMixin, TemplateView):
    template_name = "applications/national_matching_proposal.html"

    @cached_property
    def proposal(self) -> MatchingProposal:
        found = self.round.matching_proposals.select_related("made_by", "sent_by")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return str(self.proposal)

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [*super().get_crumbs(), (str(self.round), reverse("national_matching_round", args=[self.round.code]))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        related = ("application__applicant", "application__school", "from_hub", "to_hub", "referral")
        moves = list(self.proposal.moves.select_related(*related))
        return super().get_context_data(
            round=self.round,
            proposal=self.proposal,
            stats=figures(self.proposal, moves),
            rows=made_rows(self.proposal),
            moves=[{"move": move, "tag": move_tag(move), "words": in_words(move)} for move in moves],
            **kwargs,
        )


class MatchingSendView(MatchingMixin, ServiceActionView):
    def perform(self) -> str:
        proposal = get_object_or_404(self.round.matching_proposals, pk=self.kwargs["pk"])
        sent = matching_send(proposal=proposal, by=self.request.user)
        asked, left = sent.moves.exclude(referral=None).count(), sent.moves.filter(referral=None).count()
        words = f"{asked} moves are proposed to the hubs." if asked != 1 else "1 move is proposed to its hub."
        gone = f" {left} stayed out: the candidate or the place has gone meanwhile." if left else ""
        return f"{words}{gone}"

    def get_next_url(self) -> str:
        return reverse("national_matching_proposal", args=[self.kwargs["code"], self.kwargs["pk"]])
