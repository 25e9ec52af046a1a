from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from . import health, page

urlpatterns = [
    path("api/", include("backend.api.urls")),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", admin.site.urls),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", health.metrics),
    # The page's own routes; what the server owns is never answered with the page.
    re_path(r"^(?!api/|ws/|admin/|static/|assets/)", page.index),
]

handler400 = "backend.api.errors.bad_request"
handler403 = "backend.api.errors.forbidden"
handler404 = "backend.api.errors.not_found"
handler500 = "backend.api.errors.server_error"
