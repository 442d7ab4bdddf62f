"""What a person decides of rates; each is a POST."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from scarabee.dossiers.models import Dossier, Employee
from scarabee.dossiers.refusals import to_show
from scarabee.dossiers.selectors.dossiers import get_dossier, may_write
from scarabee.dossiers.selectors.employees import get_employee
from scarabee.dossiers.services.importing import require_writable
from scarabee.dossiers.views.asked import asked
from scarabee.filings.templatetags.filings import moment
from scarabee.filings.views.choices import counted, numbers_in, remembered
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number
from scarabee.returns.models import PasRate
from scarabee.returns.selectors import rate_pages
from scarabee.returns.services import rate_decisions, rate_options
from scarabee.returns.services.seeing import get_return
from scarabee.returns.services.validity import valid_until

NOBODY = "personne"
LEFT_TOLD = 3
_SEEN = "vu-"


@require_POST
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Apply or set aside what is ticked; « sans-remarque » applies all that nothing is odd about."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    require_writable(actor, dossier)
    action, reason = request.POST.get("decision", ""), request.POST.get("raison", "")
    waiting = rate_pages.waiting_rates(dossier)
    try:
        if action == "sans-remarque":
            _apply_plain(request, actor, dossier)
        elif not (ticked := numbers_in(request.POST.getlist("taux"))):
            messages.error(request, "Rien n’est coché : rien n’est décidé. Cochez au moins un taux.")
        else:
            rates, moved = _as_seen(request, list(waiting.filter(pk__in=ticked)))
            if moved:
                messages.error(request, f"{counted(moved, 'taux a changé', 'taux ont changé')} depuis l’affichage.")
            if action == "ecarter":
                _tell(request, rate_decisions.set_aside(actor=actor, rates=rates, reason=reason), "écarté", "écartés")
            else:
                _tell(request, rate_decisions.apply(actor=actor, rates=rates), "appliqué", "appliqués")
    except Refusal as refusal:
        messages.error(request, str(to_show(refusal)))
    return redirect("returns:dossier-rates", uuid)


def _apply_plain(request: HttpRequest, actor: Actor, dossier: Dossier) -> None:
    """Apply what nothing is odd about, as far as the page showed it, and say what came since."""
    found = rate_pages.plain_as_seen(dossier, request.POST.get("vus", ""))
    if found is None:
        raise Refusal(
            "Les taux sans remarque ne sont plus ceux de cette page : aucun n’est appliqué.",
            remedy="Relisez la liste, puis recommencez.",
        )
    rates, since = found
    done = rate_decisions.apply(actor=actor, rates=rates.iterator(chunk_size=4000))
    _tell(request, done, "appliqué", "appliqués")
    if since:
        came = counted(since, "taux est arrivé", "taux sont arrivés")
        messages.warning(request, f"{came} depuis l’affichage : à lire avant de décider, rien n’en est appliqué.")


def _as_seen(request: HttpRequest, rates: list[PasRate]) -> tuple[list[PasRate], int]:
    """Those that still are what the page showed, and how many are not."""
    same = [one for one in rates if request.POST.get(f"{_SEEN}{one.pk}") == rate_pages.seen_as(one)]
    return same, len(rates) - len(same)


def _tell(request: HttpRequest, done: rate_decisions.Decided, one: str, several: str) -> None:
    if done.done:
        more = f" {counted(done.superseded, 'plus ancien', 'plus anciens')} mis de côté." if done.superseded else ""
        messages.success(request, f"{counted(done.done, f'taux {one}', f'taux {several}')}.{more}")
    for left in done.left[:LEFT_TOLD]:
        messages.error(request, f"Un taux est resté tel quel : {left.reason}.")
    if not done.done and not done.left:
        messages.info(request, "Il n’y avait rien à décider.")


@require_POST
def set_option(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whether rates that nothing is odd about are applied by themselves; an Administrateur says so."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    option = rate_options.set_option(actor=actor, dossier=dossier, applies_alone="seul" in request.POST)
    if option.applies_alone:
        messages.success(request, "Les taux sans remarque s’appliqueront d’eux-mêmes ; les autres attendront.")
    else:
        messages.success(request, "Tous les taux attendront qu’une personne les valide.")
    return redirect("returns:dossier-rates", uuid)


@require_http_methods(["GET", "HEAD", "POST"])
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whose a line of a CRM is, or that it is nobody's. Posting a text looks for people."""
    actor = Actor.of(request.user)
    shown = rate_pages.get_line(actor, pk)
    if "texte" in request.POST:
        return remembered(request, ())
    text = asked(request)
    if request.method == "POST":
        require_writable(actor, shown.employer.dossier)
        try:
            rate = rate_decisions.settle_line(actor=actor, line=shown.line, employee=_chosen(request, actor))
        except Refusal as refusal:
            messages.error(request, str(to_show(refusal)))
            return redirect("returns:rate-line", pk)
        said = "Le taux attend maintenant d’être validé." if rate else "La ligne n’est à personne : elle est classée."
        messages.success(request, said)
        return redirect("returns:dossier-rates", shown.employer.dossier.uuid)
    context = {
        "shown": shown,
        "dossier": shown.employer.dossier,
        "may_write": may_write(actor=actor, dossier=shown.employer.dossier),
        "people": rate_pages.people_named(shown.employer, text),
        "text": text,
    }
    return render(request, "returns/rate_line.html", context)


def _chosen(request: HttpRequest, actor: Actor) -> Employee | None:
    chosen = request.POST.get("salarie", "")
    if chosen == NOBODY:
        return None
    if not is_number(chosen):
        raise Refusal("Rien n’est choisi.", remedy="Choisissez quelqu’un, ou « personne d’ici ».")
    return get_employee(actor=actor, pk=int(chosen))


@require_POST
def date_crm(request: HttpRequest, number: int) -> HttpResponse:
    """Say on which day a CRM was made available."""
    actor = Actor.of(request.user)
    try:
        day = date.fromisoformat(request.POST.get("jour", ""))
    except ValueError:
        messages.error(request, "Ce jour ne se lit pas : rien n’est changé. Écrivez-le, par exemple 13/11/2026.")
        return redirect("returns:show", number)
    changed = rate_decisions.change_availability(actor=actor, item=get_return(actor, number), day=day)
    told = counted(changed, "taux est valable", "taux sont valables")
    messages.success(request, f"{told} jusqu’au {valid_until(day):%d/%m/%Y}.")
    return redirect("returns:show", number)


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """Say what undoing means, then do it."""
    actor = Actor.of(request.user)
    act, dossier = rate_pages.get_act(actor, number)
    require_writable(actor, dossier)
    if request.method != "POST":
        return render(request, "returns/rate_undo.html", {"act": act, "dossier": dossier})
    done = rate_decisions.undo(actor=actor, act=act)
    told = f"{counted(done.withdrawn + done.restored, 'taux est revenu', 'taux sont revenus')} à leur état d’avant."
    messages.success(request, f"L’acte n° {number} est annulé : {told}")
    if done.exported_at:
        messages.warning(
            request,
            f"Ces taux étaient partis vers la paie (export du {moment(done.exported_at)}) : corrigez-les-y aussi, ou "
            "refaites « Ce qui a changé ».",
        )
    return redirect("returns:dossier-rates", dossier.uuid)
