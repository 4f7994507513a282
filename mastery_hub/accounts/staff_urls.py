"""`/national/people/…` (names `national_…`) and `/hub/<hub>/people/…` (names `hub_…`): the same pages twice."""

from django.urls import URLPattern, include, path

from mastery_hub.accounts.views import people


def people_urls(prefix: str) -> list[URLPattern]:
    return [
        path("", people.PeopleView.as_view(), name=f"{prefix}_people"),
        path("invite/", people.InviteView.as_view(), name=f"{prefix}_people_invite"),
        path("<int:pk>/end/", people.MembershipEndView.as_view(), name=f"{prefix}_membership_end"),
        path("invitations/<int:pk>/", people.InvitationDetailView.as_view(), name=f"{prefix}_invitation"),
        path("invitations/<int:pk>/resend/", people.InvitationResendView.as_view(), name=f"{prefix}_invitation_resend"),
        path(
            "invitations/<int:pk>/correct/", people.InvitationCorrectView.as_view(), name=f"{prefix}_invitation_correct"
        ),
        path("invitations/<int:pk>/cancel/", people.InvitationCancelView.as_view(), name=f"{prefix}_invitation_cancel"),
    ]


urlpatterns = [
    path("national/people/", include(people_urls("national"))),
    path("hub/<slug:hub>/people/", include(people_urls("hub"))),
]
