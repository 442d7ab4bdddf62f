"""All addresses of the project. A domain app brings its own when it has some."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("scarabee.web.urls")),
    path("", include("scarabee.accounts.urls")),
]

if find_spec("scarabee.dossiers.urls"):
    urlpatterns.append(path("dossiers/", include("scarabee.dossiers.urls")))
if find_spec("scarabee.returns.urls"):
    urlpatterns.append(path("dsn/", include("scarabee.returns.urls")))
if find_spec("scarabee.filings.urls"):
    urlpatterns.append(path("dsn/depots/", include("scarabee.filings.urls")))
if find_spec("scarabee.transfers.urls"):
    urlpatterns.append(path("centre/transfert/", include("scarabee.transfers.urls")))
if find_spec("scarabee.privacy.urls"):
    urlpatterns.append(path("centre/donnees-personnelles/", include("scarabee.privacy.urls")))
if find_spec("scarabee.backups.urls"):
    urlpatterns.append(path("maintenance/sauvegardes/", include("scarabee.backups.urls")))

handler400 = "scarabee.web.errors.bad_request"
handler403 = "scarabee.web.errors.forbidden"
handler404 = "scarabee.web.errors.not_found"
handler500 = "scarabee.web.errors.server_error"
