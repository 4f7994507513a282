from django.urls import path

from applications.views import national

urlpatterns = [
    path("national/unlisted-schools/", national.TypedSchoolListView.as_view(), name="national_typed_schools")
]
