from applications import (
    applicant_urls,
    asked_urls,
    check_urls,
    hub_urls,
    leader_urls,
    national_urls,
    nomination_urls,
    support_urls,
    terms_urls,
)

urlpatterns = [
    *asked_urls.urlpatterns,
    *applicant_urls.urlpatterns,
    *check_urls.urlpatterns,
    *support_urls.urlpatterns,
    *hub_urls.urlpatterns,
    *leader_urls.urlpatterns,
    *national_urls.urlpatterns,
    *nomination_urls.urlpatterns,
    *terms_urls.urlpatterns,
]
