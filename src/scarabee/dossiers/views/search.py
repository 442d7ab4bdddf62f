"""Search over all the dossiers one may see."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from scarabee.dossiers.selectors.search import search
from scarabee.dossiers.views.asked import asked, remember
from scarabee.maintenance.journal import Actor


@require_http_methods(["GET", "HEAD", "POST"])
def search_page(request: HttpRequest) -> HttpResponse:
    """A name, a SIRET, a NIR, a matricule or a town: who and where."""
    if request.method == "POST":
        return remember(request)
    text = asked(request)
    found = search(actor=Actor.of(request.user), text=text, page=request.GET.get("page")) if text else None
    return render(request, "dossiers/search.html", {"text": text, "found": found})
