from django.urls import path

from mastery_hub.dashboards.views import feedback, home, hub, machines, national, notices, people, programmes, public

urlpatterns = [
    path("", home.HomeView.as_view(), name="home"),
    path("programmes/<slug:programme>/", public.ProgrammePageView.as_view(), name="programme_page"),
    path("rounds/<str:code>/", public.RoundPageView.as_view(), name="round_page"),
    path("rounds/<str:code>/information/", public.RoundInformationView.as_view(), name="round_information"),
    path(
        "rounds/<str:code>/information/<int:version>/",
        public.RoundInformationView.as_view(),
        name="round_information_version",
    ),
    path("specialist/", people.SpecialistHomeView.as_view(), name="specialist_home"),
    path("school/<int:urn>/", people.SchoolHomeView.as_view(), name="school_home"),
    path("hub/<slug:hub>/", hub.HubHomeView.as_view(), name="hub_home"),
    path("hub/<slug:hub>/specialists/", hub.HubSpecialistsView.as_view(), name="hub_specialists"),
    path("national/", national.NationalHomeView.as_view(), name="national_home"),
    path("national/recruitment.csv", national.RecruitmentCsvView.as_view(), name="national_recruitment_csv"),
    path("national/specialists/", national.SpecialistListView.as_view(), name="national_specialists"),
    path("national/programmes/<slug:programme>/", programmes.ProgrammeEditView.as_view(), name="national_programme"),
    path(
        "national/programmes/<slug:programme>/<slug:kind>/",
        programmes.ProgrammeBlockEditView.as_view(),
        name="national_programme_block",
    ),
    path("national/feedback/", feedback.FeedbackListView.as_view(), name="national_feedback"),
    path("national/feedback.csv", feedback.FeedbackCsvView.as_view(), name="national_feedback_csv"),
    path("national/feedback/<slug:route>/", feedback.PageFeedbackView.as_view(), name="national_page_feedback"),
    path("national/form-errors/", feedback.QuestionErrorListView.as_view(), name="national_form_errors"),
    path("feedback/", feedback.FeedbackView.as_view(), name="feedback"),
    path("privacy/", notices.PrivacyView.as_view(), name="privacy"),
    path("accessibility/", notices.AccessibilityView.as_view(), name="accessibility"),
    path("cookies/", notices.CookiesView.as_view(), name="cookies"),
    path("contact/", notices.ContactView.as_view(), name="contact"),
    path("health/", machines.HealthView.as_view(), name="health"),
    path("ready/", machines.ReadyView.as_view(), name="ready"),
]
