"""The addresses of returns, anomalies and rates, under `dsn/`. No name nor NIR stands in an address."""

from django.urls import path

from scarabee.returns.views import anomalies, detail, intake, leaving, listing, rate_acts, rate_exports, rates

app_name = "returns"
urlpatterns = [
    path("retours/", listing.index, name="list"),
    path("retours/liste.csv", listing.as_csv, name="list-csv"),
    path("retours/lus/", listing.mark_read, name="mark-read"),
    path("retours/ajouter/", intake.add, name="add"),
    path("retours/attendus/", listing.expected, name="expected"),
    path("retours/en-retard/", listing.late_figure, name="late-figure"),
    path("retours/<int:number>/", detail.show, name="show"),
    path("retours/<int:number>/lu/", detail.mark_read, name="mark-one-read"),
    path("retours/<int:number>/redemander/", detail.ask_again, name="ask-again"),
    path("retours/<int:number>/document/", detail.document, name="document"),
    path("retours/<int:number>/versions/<int:version>/", detail.document, name="version"),
    path("retours/<int:number>/disponible/", rate_acts.date_crm, name="date-crm"),
    path("retours/<int:number>/adopter/", detail.adopt, name="adopt"),
    path("retours/comptes/<int:pk>/", leaving.keep_collecting, name="keep-collecting"),
    path("anomalies/", anomalies.index, name="anomalies"),
    path("anomalies/liste.csv", anomalies.as_csv, name="anomalies-csv"),
    path("anomalies/causes/<str:cause>/", anomalies.cause, name="cause"),
    path("anomalies/causes/<str:cause>/changer/", anomalies.change_many, name="cause-change"),
    path("anomalies/<int:number>/", anomalies.show, name="anomaly"),
    path("taux/", rates.index, name="rates"),
    path("taux/<uuid:uuid>/", rates.show, name="dossier-rates"),
    path("taux/<uuid:uuid>/decider/", rate_acts.decide, name="decide-rates"),
    path("taux/<uuid:uuid>/reglage/", rate_acts.set_option, name="rate-option"),
    path("taux/<uuid:uuid>/en-vigueur/", rates.in_force, name="rates-in-force"),
    path("taux/<uuid:uuid>/sans-taux/", rates.lacking, name="rates-lacking"),
    path("taux/<uuid:uuid>/sans-taux.csv", rate_exports.lacking, name="rates-lacking-csv"),
    path("taux/<uuid:uuid>/taux.csv", rate_exports.everything, name="rates-csv"),
    path("taux/<uuid:uuid>/changements.csv", rate_exports.changes, name="rate-changes-csv"),
    path("taux/lignes/<int:pk>/", rate_acts.line, name="rate-line"),
    path("taux/salaries/<int:pk>/", rates.history, name="rate-history"),
    path("taux/actes/<int:number>/annuler/", rate_acts.undo, name="rate-undo"),
]
