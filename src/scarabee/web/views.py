from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.web import selectors

JOURNAL_PAGE_LENGTH = 50


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page: what there is, what to do first."""
    return render(request, "web/home.html", {"home": selectors.home(Actor.of(request.user))})


@require_safe
def journal(request: HttpRequest) -> HttpResponse:
    """Who did what and when, newest first; for administrators."""
    if not Actor.of(request.user).is_administrator:
        raise PermissionDenied
    page = Paginator(JournalEntry.objects.all(), JOURNAL_PAGE_LENGTH).get_page(request.GET.get("page"))
    return render(request, "web/journal.html", {"page": page})
