from django.urls import path

from applications.views.national import rounds, schools

urlpatterns = [
    path("national/rounds/", rounds.RoundListView.as_view(), name="national_rounds"),
    path("national/rounds/<str:code>/", rounds.RoundView.as_view(), name="national_round"),
    path("national/unlisted-schools/", schools.TypedSchoolListView.as_view(), name="national_typed_schools"),
]
