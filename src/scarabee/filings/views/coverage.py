"""Couverture: whose identifiers would serve for each employer, its due day, its standing order."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.refusals import to_show
from scarabee.dossiers.views.asked import asked
from scarabee.filings.selectors import coverage as selectors
from scarabee.filings.services import options
from scarabee.filings.views.choices import counted, numbers_in, remembered
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The table. Posting filters it."""
    if request.method == "POST":
        return remembered(request, ("dossier", "tri"))
    actor, dossier = Actor.of(request.user), request.GET.get("dossier", "")
    text, sort = asked(request), request.GET.get("tri", "employeur")
    page = selectors.coverage_page(actor, text=text, dossier=dossier, sort=sort, page=request.GET.get("page"))
    context = {
        "page": page,
        "text": text,
        "dossier": dossier,
        "is_filtered": bool(text or dossier),
        "dossiers": Dossier.objects.visible_to(actor)
        .filter(archived_at=None)
        .order_by("name_key")
        .values_list("pk", "name"),
        "may_order": actor.is_administrator,
        "may_write": any(row.may_write for row in page.object_list),
        "due_days": options.DUE_DAYS,
    }
    return render(request, "filings/coverage.html", context)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the due days and standing orders of the employers shown that differ from what they were."""
    actor = Actor.of(request.user)
    wanted = numbers_in(request.POST.getlist("montre"))
    rows = {one.pk: one for one in selectors.employers(actor).filter(pk__in=wanted)}
    if set(wanted) - rows.keys():
        raise NotVisible("Un de ces employeurs n’existe pas, n’est plus déclaré ici, ou vous n’y avez pas accès.")
    changed = 0
    for row in rows.values():
        had = row.standing_dossier == row.dossier_id
        day = request.POST.get(f"jour-{row.pk}", str(row.due_day))
        asked_for = f"permanent-{row.pk}" in request.POST
        standing = asked_for if actor.is_administrator else had or asked_for  # others see no box: none takes one away
        if (day, standing) == (str(row.due_day), had):
            continue
        try:
            options.set_employer_filing(
                actor=actor,
                dossier=row.dossier,
                siret=row.siret,
                due_day=int(day) if day.isdigit() else 0,
                standing=standing,
            )
        except Refusal as refusal:
            messages.error(request, f"{row.name or row.siret} : {to_show(refusal)}")
        else:
            changed += 1
    if changed:
        messages.success(request, f"{counted(changed, 'employeur réglé', 'employeurs réglés')}.")
    else:
        messages.info(request, "Rien n’était à changer.")
    return HttpResponseRedirect(f"{reverse('filings:coverage')}?{request.GET.urlencode()}")
