from django.urls import path

from scarabee.transfers import act_views, duplicate_views, preview_views, views

app_name = "transfers"
urlpatterns = [
    path("", views.start, name="start"),
    path("faits/", act_views.transfer_list, name="list"),
    path("faits/transferts.csv", act_views.transfer_list_csv, name="list-csv"),
    path("doublons/", duplicate_views.duplicates, name="duplicates"),
    path("doublons/employeurs.csv", duplicate_views.duplicates_csv, name="duplicates-csv"),
    path("doublons/declarant/", duplicate_views.hand_over, name="hand-over"),
    path("<int:number>/", views.screen, name="screen"),
    path("<int:number>/abandonner/", views.drop, name="drop"),
    path("<int:number>/reprendre/", views.again, name="again"),
    path("<int:number>/apercu/", preview_views.preview, name="preview"),
    path("<int:number>/apercu/choix/", preview_views.choices, name="choices"),
    path("<int:number>/apercu/<int:employer>/", preview_views.employees, name="preview-employees"),
    path("<int:number>/suivi/", act_views.progress, name="progress"),
    path("<int:number>/recu/", act_views.receipt, name="receipt"),
    path("<int:number>/recu.json", act_views.receipt_json, name="receipt-json"),
    path("<int:number>/recu.csv", act_views.receipt_csv, name="receipt-csv"),
    path("<int:number>/annuler/", act_views.undo, name="undo"),
]
