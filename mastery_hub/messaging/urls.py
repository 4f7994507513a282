from django.urls import path

from mastery_hub.messaging import views

urlpatterns = [
    path("national/emails/", views.KindListView.as_view(), name="national_email_list"),
    path("national/emails/<slug:name>/", views.KindView.as_view(), name="national_email"),
    path("national/emails/<slug:name>/as-sent/", views.KindAsSentView.as_view(), name="national_email_as_sent"),
]
