from django.urls import path

from applications.views import check

urlpatterns = [
    path("rounds/<str:code>/check/", check.CheckView.as_view(), name="eligibility_check"),
    path("rounds/<str:code>/check/school/", check.CheckSchoolView.as_view(), name="eligibility_check_school"),
    path("rounds/<str:code>/check/result/", check.CheckResultView.as_view(), name="eligibility_check_result"),
]
