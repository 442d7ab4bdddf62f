from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from scarabee.maintenance.health import checks
from scarabee.maintenance.health.wording import LEVELS
from scarabee.maintenance.journal import Actor, dossier_names
from scarabee.web import selectors
from scarabee.web.home import page as home_page

JOURNAL_PAGE_LENGTH = 50


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page: what there is, what to do first."""
    return render(request, "web/home.html", {"home": home_page.home(Actor.of(request.user))})


@require_safe
def journal(request: HttpRequest) -> HttpResponse:
    """Who did what and when, newest first; for administrators."""
    if not Actor.of(request.user).is_administrator:
        raise PermissionDenied
    code, who = request.GET.get("acte", ""), request.GET.get("qui", "").strip()
    entries = selectors.journal(code=code, who=who)
    page = Paginator(entries, JOURNAL_PAGE_LENGTH).get_page(request.GET.get("page"))
    shown = list(page)
    names = dossier_names(shown)
    rows = [(entry, names.get(entry.dossier_uuid, "") if entry.dossier_uuid else "") for entry in shown]
    context = {"page": page, "rows": rows, "codes": selectors.journal_codes(), "code": code, "who": who}
    return render(request, "web/journal.html", context)


@require_safe
def diagnostic(request: HttpRequest) -> HttpResponse:
    """Whether the installation is well; `?complet=1` also reads the whole database and knocks at the portal."""
    if not Actor.of(request.user).is_administrator:
        raise PermissionDenied
    thorough = request.GET.get("complet") == "1"
    findings = checks.examine(thorough=thorough)
    rows = [(each.check.title, each.found, LEVELS[each.found.level]) for each in findings]
    context = {"rows": rows, "well": checks.is_well(findings), "thorough": thorough}
    return render(request, "web/diagnostic.html", context)
