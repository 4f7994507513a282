from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("", include("mastery_hub.dashboards.urls")),
    path("", include("mastery_hub.directory.urls")),
    path("", include("mastery_hub.messaging.urls")),
    path("account/", include("mastery_hub.accounts.urls")),
    path("", include("mastery_hub.accounts.staff_urls")),
    path("", include("applications.urls")),
    path("", include("cohorts.urls")),
]
if "mastery_hub.demo" in settings.INSTALLED_APPS:
    urlpatterns.append(path("demo/", include("mastery_hub.demo.urls")))

handler400 = "mastery_hub.dashboards.views.errors.bad_request"
handler403 = "mastery_hub.dashboards.views.errors.permission_denied"
handler404 = "mastery_hub.dashboards.views.errors.not_found"
handler500 = "mastery_hub.dashboards.views.errors.server_error"
