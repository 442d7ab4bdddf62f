from django.urls import path

from scarabee.accounts import account_urls
from scarabee.accounts.views import sign_in as views

app_name = "accounts"
urlpatterns = [
    path("connexion/", views.sign_in, name="login"),
    path("connexion/code/", views.second_factor, name="second_factor"),
    path("connexion/bloque/", views.locked, name="locked"),
    path("connexion/lien/<str:token>/", views.sign_in_with_link, name="sign_in_link"),
    path("mot-de-passe/<str:token>/", views.choose_password, name="reset"),
    path("deconnexion/", views.sign_out, name="logout"),
    path("premier-demarrage/", views.first_start, name="first_start_root"),
    path("premier-demarrage/<str:token>/", views.first_start, name="first_start"),
    *account_urls.urlpatterns,
]
