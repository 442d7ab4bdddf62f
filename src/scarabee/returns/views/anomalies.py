"""Anomalies: the work list by cause, one cause with its lines, one anomaly."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scarabee.dossiers.models import Dossier, Employee, Employer
from scarabee.dossiers.refusals import refused_in
from scarabee.dossiers.selectors.dossiers import may_write
from scarabee.dossiers.selectors.employees import get_employee
from scarabee.dossiers.selectors.employers import get_employer
from scarabee.dossiers.services.importing import require_writable
from scarabee.dossiers.views.asked import asked
from scarabee.dossiers.views.tables import csv_response
from scarabee.filings.calendar import month_to_declare
from scarabee.filings.selectors.months import today
from scarabee.filings.templatetags.filings import moment
from scarabee.filings.views.choices import counted, month_chosen, months_offered, number_asked, numbers_in, remembered
from scarabee.maintenance.editing import as_it_stands
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number
from scarabee.returns.enums import AnomalyState
from scarabee.returns.forms import CauseForm, WorkForm
from scarabee.returns.selectors import listing, owners, worklist
from scarabee.returns.services import identity, work

CHOICES = ("etat", "nature", "dossier", "mois", "suivi", "echeance", "employeur", "salarie")
OWNERS = {worklist.MINE: "moi", worklist.NOBODY: "personne"}
DUE = {"retard": "échéance passée", "bientot": "sous quatorze jours"}
REFUSALS_TOLD = 5
CSV_AT_ONCE = 500
_SEEN = "vu-"


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The causes, what is due first on top. Posting filters them."""
    if request.method == "POST":
        return remembered(request, CHOICES)
    actor, wanted = Actor.of(request.user), _asked(request)
    context = _filters(actor, wanted) | {
        "page": worklist.cause_page(actor, wanted, request.GET.get("page")),
        "summary": worklist.summary(actor),
    }
    return render(request, "returns/anomalies.html", context)


@require_safe
def as_csv(request: HttpRequest) -> HttpResponseBase:
    """The anomalies as they are filtered, one a line, as a CSV file."""
    header = (
        "Anomalie", "Retour", "Code", "Cause", "Ce qui est relevé", "Que faire", "Rubrique", "Déclaré", "Attendu",
        "SIRET", "Employeur", "Dossier", "Personne", "Mois", "Échéance", "État", "Corrigée dans", "Suivie par",
        "Note", "Ouverte le", "Changée le", "Changée par",
    )  # fmt: skip
    actor = Actor.of(request.user)
    wanted = replace(_asked(request), cause=request.GET.get("cause", ""))
    return csv_response("anomalies", header, _lines(actor, wanted))


def _lines(actor: Actor, wanted: worklist.Asked) -> Iterator[tuple[object, ...]]:
    for one in worklist.anomalies(actor, wanted).iterator(chunk_size=CSV_AT_ONCE):
        yield (
            one.pk, one.nature, one.code, one.title, one.message, one.action, one.rubrique, one.declared, one.expected,
            one.employer.siret, one.employer.name, one.dossier.name, str(one.employee or one.person), one.month,
            f"{one.due_on:%d/%m/%Y}" if one.due_on else "", one.get_state_display(), one.corrected_in,
            one.owner.username if one.owner else "", one.note, moment(one.opened_at), moment(one.changed_at),
            one.changed_by,
        )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def cause(request: HttpRequest, cause: str) -> HttpResponse:
    """One cause: its anomalies, and the form that changes several. Posting filters them."""
    _require_cause(Actor.of(request.user), cause)
    if request.method == "POST":
        return remembered(request, CHOICES)
    return _cause_page(request, cause)


def _require_cause(actor: Actor, cause: str) -> None:
    if not worklist.anomalies(actor, worklist.Asked(state=worklist.EVERY, cause=cause)).exists():
        raise NotVisible("Cette cause n’existe pas, ou vous n’y avez pas accès.", remedy="Revenez à la liste.")


def _cause_page(request: HttpRequest, cause: str, form: CauseForm | None = None) -> HttpResponse:
    actor, wanted = Actor.of(request.user), replace(_asked(request), cause=cause)
    page = worklist.work_page(actor, wanted, request.GET.get("page"))
    writable = {one.anomaly.dossier_id for one in page.object_list if one.may_write}
    context = _filters(actor, wanted) | {
        "cause": cause,
        "page": page,
        "first": page.object_list[0] if page.object_list else None,
        "may_change": bool(writable),
        "form": form or CauseForm(owners=owners.of(writable), initial={"corrected_in": month_to_declare(today())}),
    }
    return render(request, "returns/cause.html", context, status=400 if form else 200)


@require_POST
def change_many(request: HttpRequest, cause: str) -> HttpResponse:
    """Say the same of what is ticked, or of the whole cause."""
    actor, wanted = Actor.of(request.user), replace(_asked(request), cause=cause)
    _require_cause(actor, cause)
    mine = worklist.seen_of(actor, worklist.Asked(state=worklist.EVERY, cause=cause))
    if not mine:
        raise NotAllowed("Vous pouvez lire ces anomalies, pas en changer l’état.")
    shown = _shown(request)
    ticked = set(numbers_in(request.POST.getlist("anomalie")))
    seen = worklist.seen_of(actor, wanted) if "tout" in request.POST else {pk: mine[pk] for pk in ticked & mine.keys()}
    dossiers = Dossier.objects.writable_by(actor).order_by().values_list("pk", flat=True)
    form = CauseForm(request.POST, owners=owners.of(dossiers), initial={})
    if form.is_valid() and not seen:
        form.add_error(None, "Rien n’est coché : rien n’est changé. Cochez au moins une ligne, ou toute la cause.")
    if form.is_valid():
        try:
            done = work.change_many(actor=actor, seen={pk: shown.get(pk, seen[pk]) for pk in seen}, **form.decision)
        except Refusal as refusal:
            refused_in(form, refusal)
        else:
            _tell(request, done)
            return HttpResponseRedirect(f"{reverse('returns:cause', args=[cause])}?{request.GET.urlencode()}")
    return _cause_page(request, cause, form)


def _tell(request: HttpRequest, done: work.Changed) -> None:
    if done.done:
        messages.success(request, f"{counted(len(done.done), 'anomalie changée', 'anomalies changées')}.")
    for number, refusal in done.refused[:REFUSALS_TOLD]:
        messages.error(request, f"Anomalie n° {number} : {refusal}")
    if len(done.refused) > REFUSALS_TOLD:
        messages.error(request, f"{len(done.refused) - REFUSALS_TOLD} autres n’ont pas été changées non plus.")


def _shown(request: HttpRequest) -> dict[int, int]:
    """{number: revision} as the page showed them."""
    found = {}
    for name, value in request.POST.items():
        number = name.removeprefix(_SEEN)
        if name.startswith(_SEEN) and is_number(number) and is_number(str(value)):
            found[int(number)] = int(str(value))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, number: int) -> HttpResponse:
    """One anomaly: what is wrong, what to do, where it stands. Posting says where it stands."""
    actor = Actor.of(request.user)
    anomaly = worklist.get_anomaly(actor, number)
    if request.method == "POST":
        require_writable(actor, anomaly.dossier)
    people = work.possible_owners(anomaly.dossier)
    month = month_to_declare(today())
    with as_it_stands(request, anomaly) as anomaly:
        form = WorkForm(request.POST or None, anomaly=anomaly, owners=people, month=month)
        if request.method == "POST" and form.is_valid():
            try:
                work.change(actor=actor, anomaly=anomaly, revision=anomaly.revision, **form.decision)
            except Refusal as refusal:
                refused_in(form, refusal)
            else:
                messages.success(request, "C’est noté.")
                return redirect("returns:anomaly", number)
    context = {
        "work": worklist.Work(anomaly, may_write(actor=actor, dossier=anomaly.dossier)),
        "anomaly": anomaly,
        "form": form,
        "proposals": identity.proposals(anomaly),
    }
    return render(request, "returns/anomaly.html", context, status=form.status)


def _filters(actor: Actor, wanted: worklist.Asked) -> dict[str, Any]:
    dossiers = Dossier.objects.visible_to(actor).filter(archived_at=None).order_by("name_key").values_list("pk", "name")
    chosen = replace(wanted, state="", cause="") != worklist.Asked(state="")
    natures = dict(worklist.natures_open(actor))
    if wanted.nature:
        natures.setdefault(wanted.nature, listing.nature_words(wanted.nature))
    return {
        "asked": wanted,
        "is_filtered": chosen or wanted.state != worklist.OPEN,
        "natures": natures,
        "one": _one(actor, wanted),
        "dossiers": dossiers,
        "states": [
            (worklist.OPEN, "ouvertes"),
            *((one.value, one.label) for one in AnomalyState),
            (worklist.EVERY, "toutes"),
        ],
        "due": DUE,
        "owners": OWNERS,
        "months": months_offered(wanted.month or month_to_declare(today())),
    }


def _one(actor: Actor, wanted: worklist.Asked) -> Employer | Employee | None:
    """The employee or employer that the list is about. Raises `NotVisible`."""
    if wanted.employee:
        return get_employee(actor=actor, pk=int(wanted.employee))
    return get_employer(actor=actor, pk=int(wanted.employer)) if wanted.employer else None


def _asked(request: HttpRequest) -> worklist.Asked:
    return worklist.Asked(
        state=request.GET.get("etat", worklist.OPEN),
        nature=request.GET.get("nature", ""),
        dossier=number_asked(request, "dossier"),
        month=month_chosen(request),
        owner=_owner(request),
        due=request.GET.get("echeance", ""),
        text=asked(request),
        employer=number_asked(request, "employeur"),
        employee=number_asked(request, "salarie"),
    )


def _owner(request: HttpRequest) -> str:
    """A number, or one of the words for whom no account stands."""
    asked_for = request.GET.get("suivi", "")
    return asked_for if asked_for in (worklist.NOBODY, worklist.MINE) else number_asked(request, "suivi")
