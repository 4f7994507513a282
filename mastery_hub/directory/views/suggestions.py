from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.generic import View

from mastery_hub.common.access import PUBLIC
from mastery_hub.directory.finding import schools_found
from mastery_hub.directory.forms.schools import LONGEST
from mastery_hub.directory.models import School

SUGGESTIONS = 10
KEPT_SECONDS = 60


class SchoolSuggestionsView(View):
    """The schools that somebody may mean who is still typing. Half a word is no mistake: it only finds nothing yet.

    The register is public and the same for everybody, so that a cache between may keep the answer.
    """

    access = PUBLIC
    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> JsonResponse:
        q = request.GET.get("q", "")
        found = schools_found(q[:LONGEST], SUGGESTIONS)
        answer = JsonResponse({"alike": found.alike, "schools": [suggestion(school) for school in found.schools]})
        patch_cache_control(answer, public=True, max_age=KEPT_SECONDS)
        return answer


def suggestion(school: School) -> dict[str, Any]:
    return {
        "urn": school.urn,
        "label": school.label,
        "name": school.name,
        "place": school.place,
        "phase": school.get_phase_display() if school.phase else "",
        "authority": school.authority.name,
        "status": "" if school.is_open else school.get_status_display(),
        "href": reverse("school_hub", args=[school.urn]),
    }
