"""Where a candidate stands by score when a decision is proposed, and whether the decision departs from that order."""

from typing import NamedTuple

from django.db.models import OuterRef, Subquery

from applications.enums import STANDING, Outcome, State
from applications.models import Application, Score

OUTCOME_STANDING = {Outcome.UNSUCCESSFUL: 0, Outcome.RESERVE: 1, Outcome.OFFER: 2}
DIGITS = 6  # of an average: two that are equal in all but their last bit are equal


class ScoreOrder(NamedTuple):
    """`place` of `of`, by score among the hub's candidates; None without scores. Of the others only what matters: how
    they stand, and whether they scored higher or lower."""

    place: int | None
    of: int | None
    higher: frozenset[int | None] = frozenset()
    lower: frozenset[int | None] = frozenset()

    def departs(self, outcome: Outcome) -> bool:
        """Somebody with a higher score would stand worse, or somebody with a lower score better. An offer comes before
        those that are not decided yet."""
        own = OUTCOME_STANDING[outcome]
        worse = any(own == OUTCOME_STANDING[Outcome.OFFER] if each is None else each < own for each in self.higher)
        return worse or any(each is not None and each > own for each in self.lower)

    @property
    def words(self) -> str:
        return f"{self.place} of {self.of} by score" if self.place else "No scores yet"


def score_order(application: Application) -> ScoreOrder:
    """Counts everybody whom the hub has compared in the round: in the running, offered or turned down."""
    compared = [State.COMPLETE, *STANDING]
    scores = Score.objects.submitted().filter(review__application=OuterRef("pk"))
    found = Application.objects.filter(hub=application.hub_id, round=application.round_id, state__in=compared)
    scored = found.annotate(mean=Subquery(scores.means())).filter(mean__isnull=False).order_by()
    means = {
        pk: (round(mean, DIGITS), STANDING.get(State(state)))
        for pk, state, mean in scored.values_list("pk", "state", "mean")
    }
    if application.pk not in means:
        return ScoreOrder(None, None)
    own, _ = means.pop(application.pk)
    above = [standing for mean, standing in means.values() if mean > own]
    below = frozenset(standing for mean, standing in means.values() if mean < own)
    return ScoreOrder(len(above) + 1, len(means) + 1, frozenset(above), below)
