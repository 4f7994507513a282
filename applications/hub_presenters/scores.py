"""Scores side by side, as far as each person may see them."""

from typing import Any

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Prefetch, Q, Value, prefetch_related_objects
from django.db.models.functions import JSONObject

from applications import permissions
from applications.enums import Shown
from applications.models import Application, Criterion, Review, Score


def score_table(application: Application, user: Any, criteria: list[Criterion]) -> dict[str, Any]:
    """Scores side by side, a column for each review that this person may see."""
    told = JSONObject(criterion_id="scores__criterion_id", value="scores__value", comment="scores__comment")
    given = JSONBAgg(told, filter=Q(scores__isnull=False), default=Value("[]"))
    reviews_scored = Review.objects.select_related("reviewer").annotate(given=given)
    prefetch_related_objects([application], Prefetch("reviews", reviews_scored))
    reviews: list[Any] = list(application.reviews.all())
    seen = [review for review in reviews if permissions.can_see_review(user, review)]
    hidden = [review for review in reviews if review.submitted_at and review not in seen]
    by_review = [{score["criterion_id"]: Score(**score) for score in review.given} for review in seen]
    evidenced = [criterion for criterion in criteria if criterion.shown == Shown.EVIDENCED]
    weights = {criterion.pk: criterion.weight for criterion in criteria}
    rows = []
    for criterion in evidenced:
        scores = [given.get(criterion.pk) for given in by_review]
        rows.append({"criterion": criterion, "scores": scores, "average": average(scores, weights)})
    totals = [average(list(given.values()), weights) for given in by_review]
    overall = average([score for given in by_review for score in given.values()], weights)
    return {"reviews": seen, "rows": rows, "totals": totals, "average": overall, "hidden": len(hidden)}


def average(scores: list[Score | None], weights: dict[int, int]) -> str:
    """A criterion of weight 2 counts twice."""
    given = [(score.value, weights[score.criterion_id]) for score in scores if score]
    total = sum(weight for _, weight in given)
    return f"{sum(value * weight for value, weight in given) / total:.1f}" if given else ""
