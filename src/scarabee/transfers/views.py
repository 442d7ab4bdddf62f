"""The screen of *Transfert de données*: source, tree with ticks, destination, *Transférer*."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.refusals import to_show
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number
from scarabee.transfers import gestures, selectors, tree
from scarabee.transfers.models import Transfer
from scarabee.transfers.preview import preview
from scarabee.transfers.selection import Selection
from scarabee.transfers.services import drafts, execution
from scarabee.transfers.tree_state import TreeState, forget

NEW = "nouveau"


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Choose the source dossier, or go on with a draft."""
    actor = Actor.of(request.user)
    sources = drafts.sources(actor)
    if request.method == "POST":
        chosen = request.POST.get("source", "")
        if is_number(chosen):
            source = _dossier(actor, int(chosen))
            return redirect("transfers:screen", number=drafts.start_draft(actor=actor, source=source).pk)
        messages.error(request, "Choisissez d’abord le dossier d’origine dans la liste.")
    context = {
        "sources": sources.annotate(employer_count=Count("employers")).order_by("name_key"),
        "chosen": request.GET.get("de", ""),
        "drafts": [(draft, selectors.ticks(_selection(draft))) for draft in drafts.drafts(actor)[:5]],
    }
    return render(request, "transfers/start.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def screen(request: HttpRequest, number: int) -> HttpResponse:
    """The tree and the destination of a draft; a POST is a gesture on them."""
    actor = Actor.of(request.user)
    draft = selectors.own_draft(actor, number)
    if draft is None or draft.source is None:
        return gone(request, number)
    state = TreeState.of(request.session, number)
    refusal = None
    if request.method == "POST":
        answer, refusal = _gesture(request, actor, draft, state)
        if answer is not None:
            return answer
        draft = selectors.own_draft(actor, number) or draft
    return _draw(request, actor, draft, state, refusal)


@require_POST
def drop(request: HttpRequest, number: int) -> HttpResponse:
    """Forget a draft."""
    actor = Actor.of(request.user)
    draft = selectors.own_draft(actor, number)
    if draft is None:
        return gone(request, number)
    drafts.drop_draft(actor=actor, transfer=draft)
    forget(request.session, number)
    messages.success(request, f"La préparation n° {number} est abandonnée. Aucune donnée n’a été modifiée.")
    return redirect("transfers:start")


@require_POST
def again(request: HttpRequest, number: int) -> HttpResponse:
    """Prepare once more a transfer that did not take place, with the same ticks."""
    actor = Actor.of(request.user)
    transfer = selectors.visible_transfer(actor, number)
    return redirect("transfers:screen", number=drafts.start_again(actor=actor, transfer=transfer).pk)


def gone(request: HttpRequest, number: int) -> HttpResponse:
    """Where to go when a draft is no draft any more: what became of it. Raises `NotVisible`.

    An open screen, whose htmx would not draw a refusal, is sent to the start, where it stands.
    """
    try:
        selectors.visible_transfer(Actor.of(request.user), number)
    except NotVisible as refusal:
        if not request.headers.get("HX-Request"):
            raise
        messages.error(request, str(refusal))
        return HttpResponse(status=404, headers={"HX-Redirect": reverse("transfers:start")})
    return _go(request, reverse("transfers:progress", args=[number]))


def _gesture(
    request: HttpRequest, actor: Actor, draft: Transfer, state: TreeState
) -> tuple[HttpResponse | None, Refusal | None]:
    """Carry out what the form says. An answer (None: draw the screen), and the refusal to show on it."""
    post, before = request.POST, (draft.selection, draft.act.dossier_id, draft.destination_name)
    refusal = None
    try:
        draft = _keep_ticks(actor, draft, post, state)
        draft = _keep_destination(actor, draft, post)
        if post.get("do") == "transferer":
            if before != (draft.selection, draft.act.dossier_id, draft.destination_name):
                raise Refusal(
                    "Vos derniers choix viennent d’être pris en compte : rien n’est encore parti.",
                    safe="",
                    remedy="Relisez l’aperçu, puis cliquez de nouveau sur Transférer.",
                )
            _leave(actor, draft)
            forget(request.session, draft.pk)
            return _go(request, reverse("transfers:progress", args=[draft.pk])), None
    except Refusal as error:
        refusal = to_show(error)
    state.follow(post)
    state.keep(request.session, draft.pk)
    if request.headers.get("HX-Request"):
        return None, refusal
    if refusal is not None:
        messages.error(request, str(refusal))
    ready = not drafts.why_not(actor=actor, transfer=draft)
    return redirect(reverse("transfers:screen", args=[draft.pk]) + ("?apercu=1" if ready else "")), None


def _leave(actor: Actor, draft: Transfer) -> None:
    drafts.require_rights(actor=actor, transfer=draft)
    if reason := drafts.why_not(actor=actor, transfer=draft):
        raise Refusal(reason)
    if not draft.source_revision and not draft.destination_revision:  # its preview was never drawn
        drafts.draft_plan(actor=actor, transfer=draft)
    execution.confirm(actor=actor, transfer=draft)


def _keep_ticks(actor: Actor, draft: Transfer, post: Any, state: TreeState) -> Transfer:
    made = gestures.read(post)
    action, _, said = post.get("do", "").partition(":")

    def change(selection: Selection) -> Selection:
        selection = gestures.apply(selection, made)
        if action == "carre-blanc":
            return selection.untick_employees()
        if action == "retirer" and is_number(said):
            return selection.tick_employer(int(said), ticked=False)
        if action == "tout-cocher":
            for pk in tree.found_employers(draft.source_id or 0, state.search).values_list("pk", flat=True):
                selection = selection.tick_employer(pk, ticked=True)
        return selection

    return drafts.change_ticks(actor=actor, transfer=draft, change=change)


def _keep_destination(actor: Actor, draft: Transfer, post: Any) -> Transfer:
    chosen = post.get("destination")
    if chosen is None:
        return draft
    destination = _dossier(actor, int(chosen)) if is_number(chosen) else None
    name = post.get("nouveau", "") if chosen == NEW else ""
    return drafts.choose_destination(actor=actor, transfer=draft, destination=destination, destination_name=name)


def _draw(
    request: HttpRequest, actor: Actor, draft: Transfer, state: TreeState, refusal: Refusal | None
) -> HttpResponse:
    selection = _selection(draft)
    reason = drafts.why_not(actor=actor, transfer=draft)
    context: dict[str, Any] = {
        "draft": draft,
        "tree": tree.tree(source_id=draft.source_id or 0, selection=selection, state=state),
        "ticks": selectors.ticks(selection),
        "destinations": Dossier.objects.writable_by(actor).exclude(pk=draft.source_id).only("name"),
        "reason": reason,
        "refusal": refusal,
    }
    if request.GET.get("apercu") and not reason:
        try:
            context["preview"] = preview(actor=actor, draft=draft, number=request.GET.get("page"))
        except Refusal as error:
            context["preview_refusal"] = to_show(error)
    return render(request, "transfers/screen.html", context)


def _dossier(actor: Actor, pk: int) -> Dossier:
    found: Dossier | None = Dossier.objects.visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("Le dossier choisi n’existe pas, ou vous n’y avez pas accès.")
    return found


def _selection(draft: Transfer) -> Selection:
    return Selection.from_json(draft.selection)


def _go(request: HttpRequest, address: str) -> HttpResponse:
    """Redirect the whole page, also when htmx asked for a part of it."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)
