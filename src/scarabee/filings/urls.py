"""The addresses of the deposits, under `dsn/depots/`."""

from django.urls import path

from scarabee.filings.views import acts, batches, board, coverage, filings, intake, options, returned

app_name = "filings"
urlpatterns = [
    path("", board.show, name="board"),
    path("tableau.csv", board.as_csv, name="board-csv"),
    path("echeances.ics", board.calendar, name="calendar"),
    path("deposer/", intake.deposit, name="deposit"),
    path("lots/", batches.index, name="batches"),
    path("lots/<int:number>/", batches.show, name="batch"),
    path("lots/<int:number>/avancement/", batches.progress, name="batch-progress"),
    path("lots/<int:number>/ordonner/", batches.order, name="batch-order"),
    path("apres-restauration/", returned.show, name="after-restore"),
    path("liste/", filings.index, name="list"),
    path("liste.csv", filings.as_csv, name="list-csv"),
    path("couverture/", coverage.show, name="coverage"),
    path("couverture/enregistrer/", coverage.save, name="coverage-save"),
    path("reglages/<uuid:uuid>/", options.show, name="options"),
    path("employeurs/<int:pk>/a-la-main/", acts.record_unseen, name="by-hand"),
    path("<int:number>/", filings.show, name="show"),
    path("<int:number>/fichier/", filings.sent_file, name="sent-file"),
    path("<int:number>/reponses/<int:proof>/", filings.proof_file, name="proof"),
    path("<int:number>/deposer/", acts.order, name="order"),
    path("<int:number>/retenir/", acts.retain, name="retain"),
    path("<int:number>/abandonner/", acts.cancel, name="cancel"),
    path("<int:number>/reprendre/", acts.reopen, name="reopen"),
    path("<int:number>/passer-outre/", acts.pass_findings, name="pass-findings"),
    path("<int:number>/second-depot/", acts.decide_again, name="decide-again"),
    path("<int:number>/issue/", acts.settle, name="settle"),
    path("<int:number>/a-la-main/", acts.record, name="record"),
]
