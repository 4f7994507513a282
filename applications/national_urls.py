from django.urls import path

from applications.views.national import extensions, rounds, schools

urlpatterns = [
    path("national/rounds/", rounds.RoundListView.as_view(), name="national_rounds"),
    path("national/rounds/<str:code>/", rounds.RoundView.as_view(), name="national_round"),
    path("national/rounds/<str:code>/extensions/", extensions.ExtensionListView.as_view(), name="national_extensions"),
    path(
        "national/rounds/<str:code>/extensions/give/",
        extensions.ExtensionGiveView.as_view(),
        name="national_extension_give",
    ),
    path(
        "national/rounds/<str:code>/extensions/<int:pk>/take-back/",
        extensions.ExtensionCancelView.as_view(),
        name="national_extension_cancel",
    ),
    path("national/unlisted-schools/", schools.TypedSchoolListView.as_view(), name="national_typed_schools"),
]
