from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect


class ChoosesSchoolMixin:
    """A page whose one question is a school (a `SchoolField` called `school`), before its FormView.

    Whoever has typed and not chosen yet has made no mistake: the schools found come by `?q=`, an address of their own.
    """

    request: Any

    def get_initial(self) -> dict[str, Any]:
        return {"school": self.request.GET.get("q", "")}

    def form_invalid(self, form: Any) -> HttpResponse:
        typed = form["school"].value()
        if form.has_error("school", "choose") and typed.text != typed.chosen_for:
            query = self.request.GET.copy()
            query["q"] = typed.text
            return redirect(f"{self.request.path}?{query.urlencode()}")
        return super().form_invalid(form)  # type: ignore[misc]
