"""Couverture: whose identifiers would serve for each employer, its due day, its standing order."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.refusals import to_show
from scarabee.dossiers.views.asked import asked
from scarabee.filings.forms import CoverageForm
from scarabee.filings.selectors import coverage as selectors
from scarabee.filings.services import options
from scarabee.filings.views.choices import counted, numbers_in, remembered
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The table. Posting filters it."""
    if request.method == "POST":
        return remembered(request, ("dossier", "tri"))
    actor, dossier = Actor.of(request.user), request.GET.get("dossier", "")
    text, sort = asked(request), request.GET.get("tri", "employeur")
    page = selectors.coverage_page(actor, text=text, dossier=dossier, sort=sort, page=request.GET.get("page"))
    writable = [row.employer for row in page.object_list if row.may_write]
    form = CoverageForm(None, rows=writable, may_order=actor.is_administrator)
    context = {
        "page": page,
        "form": form,
        "rows": [(row, *form.fields_of(row.employer.pk)) for row in page.object_list],
        "text": text,
        "dossier": dossier,
        "is_filtered": bool(text or dossier),
        "dossiers": Dossier.objects.visible_to(actor)
        .filter(archived_at=None)
        .order_by("name_key")
        .values_list("pk", "name"),
        "may_order": actor.is_administrator,
        "may_write": bool(writable),
    }
    return render(request, "filings/coverage.html", context)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the due days and standing orders for which the page says something new."""
    actor = Actor.of(request.user)
    wanted = numbers_in(request.POST.getlist("montre"))
    rows = list(selectors.employers(actor).filter(pk__in=wanted))
    if set(wanted) - {one.pk for one in rows}:
        raise NotVisible("Un de ces employeurs n’existe pas, n’est plus déclaré ici, ou vous n’y avez pas accès.")
    if not actor.is_administrator and any(name.startswith("permanent-") for name in request.POST):
        raise NotAllowed("Seul un Administrateur donne ou retire un ordre permanent.")
    form = CoverageForm(request.POST, rows=rows, may_order=actor.is_administrator)
    form.full_clean()
    _keep(request, actor, form)
    return HttpResponseRedirect(f"{reverse('filings:coverage')}?{request.GET.urlencode()}")


def _keep(request: HttpRequest, actor: Actor, form: CoverageForm) -> None:
    changed = 0
    for row, day, standing in form.settings():
        try:
            options.set_employer_filing(
                actor=actor, dossier=row.dossier, siret=row.siret, due_day=day, standing=standing
            )
        except Refusal as refusal:
            messages.error(request, f"{row.name or row.siret} : {to_show(refusal)}")
        else:
            changed += 1
    if changed:
        messages.success(request, f"{counted(changed, 'employeur réglé', 'employeurs réglés')}.")
    else:
        messages.info(request, "Rien n’était à changer.")
