"""What a process of the laboratory does beside the commands: prepares, asks as a screen would, settles, looks."""

import io
import os
import time
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection
from django.test import Client
from django_tasks_db.models import DBTaskResult
from tests.dossiers.small_files import ASSOCIATION, OTHER_ASSOCIATION, Someone, declaration, envoi
from tests.faults import hooks, invariants
from tests.faults.browser import Browser
from tests.filings.factories import holder
from tests.returns.rate_scenes import Told, crm, received

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import Membership, PortalIdentifiers, User
from scarabee.accounts.portal.connection_tests import run_all, start_test
from scarabee.accounts.services.users import create_user
from scarabee.backups import jobs
from scarabee.backups.models import Backup, Job
from scarabee.cli import sweeping
from scarabee.dossiers.models import Act, DeletedPackage, Dossier
from scarabee.dossiers.services import import_runs
from scarabee.dossiers.services.dossiers import create_dossier, dossier_by_name, get_or_create
from scarabee.dossiers.services.importing import import_file, open_import
from scarabee.dossiers.services.uploads import Incoming
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Batch, Filing
from scarabee.filings.services import orders
from scarabee.filings.services.decisions import settle_unknown
from scarabee.maintenance import window
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.folder import prepare_folder
from scarabee.maintenance.journal import Actor
from scarabee.returns.models import Return
from scarabee.returns.services import arrivals
from scarabee.transfers.selection import Mode, Selection, Ticked
from scarabee.transfers.services import drafts, execution

OWNER = Actor.owner()
SOURCE, DESTINATION, DEPOSITS = "Origine", "Arrivée", "Dépôts"
PEOPLE = 14
STEPS = ((10, 1), (35, 20), (1_000_000, 60))
"""(until this step, seconds that pass at each)."""
STEP_PAUSE = 0.12
SWEEP_STEPS = 5
"""Time goes at its pace as long as work ends by itself, then quickly: what was killed is waited for."""
SETTLE_SECONDS = 150


# -- before the faults --------------------------------------------------------------------------------------------


def prepare() -> str:
    """A bureau: an origin with two employers and their rates that wait, a destination, a dossier that deposits."""
    prepare_folder()
    administrator = create_user(
        actor=OWNER, username="Administrateur", password="corail dune sextant 47", is_administrator=True
    )
    lucie = holder("Lucie")
    source, destination = (create_dossier(actor=OWNER, name=name) for name in (SOURCE, DESTINATION))
    deposits = create_dossier(actor=OWNER, name=DEPOSITS)
    for dossier in (source, destination, deposits):
        Membership.objects.create(user=lucie, dossier=dossier, role="gestionnaire")
    for month in ("2026-02", "2026-03"):
        _bring_in(source, _month(month, people()))
    _bring_in(destination, envoi(declaration(people()[:3], siret=OTHER_ASSOCIATION, month="2026-01")))
    item = received("2026-04-13")
    arrivals.store_version(item=item, document=crm([Told(one.nir, "4.20") for one in people()]))
    _press()
    return administrator.username


def people(first: int = 1, count: int = PEOPLE) -> list[Someone]:
    """So many people of the origin."""
    return [
        Someone(f"1850575{number:06}", f"NOM {number}", matricule=f"M{number}")
        for number in range(first, first + count)
    ]


def more() -> bytes:
    """The file that the faulted imports bring: a new month, and people who come."""
    return _month("2026-04", people(3, PEOPLE + 6))


def more_hex() -> str:
    """The same, for the laboratory to write to a file."""
    return more().hex()


def _month(month: str, who: list[Someone]) -> bytes:
    return envoi(declaration(who, month=month), declaration(who[:5], siret=OTHER_ASSOCIATION, month=month))


def _bring_in(dossier: Dossier, data: bytes) -> None:
    act = open_import(actor=OWNER, dossier=dossier)
    import_file(actor=OWNER, act=act, stream=io.BytesIO(data), name="base.dsn")
    import_runs.finish(OWNER, act)


# -- what screens ask for -----------------------------------------------------------------------------------------


def ask_import() -> int:
    """An import into the origin, in the queue, as the page leaves it."""
    dossier = dossier_by_name(actor=OWNER, name=SOURCE)
    file = cast(Incoming, SimpleUploadedFile("avril.dsn", more()))
    act = import_runs.prepare_import(actor=OWNER, dossier=dossier, files=[file])
    return import_runs.start(actor=OWNER, act=act).pk


def ask_transfer() -> int:
    """A transfer of everything from the origin, in the queue, as the page leaves it."""
    administrator = Actor.of(User.objects.get(username="Administrateur"))
    source, destination = (dossier_by_name(actor=OWNER, name=name) for name in (SOURCE, DESTINATION))
    draft = drafts.start_draft(actor=administrator, source=source)
    ticked = {pk: Ticked(Mode.WHOLE) for pk in source.employers.values_list("pk", flat=True)}
    draft.act.dossier, draft.act.dossier_name = destination, destination.name
    draft.act.save(update_fields=["dossier", "dossier_name"])
    draft.destination_name = destination.name
    draft.selection = Selection(ticked).to_json()
    draft.source_revision, draft.destination_revision = source.revision, destination.revision
    draft.save()
    execution.confirm(actor=administrator, transfer=draft)
    return draft.act_id


def mark(name: str) -> str:
    """A dossier that no backup before it holds."""
    return get_or_create(actor=OWNER, name=name).name


def session() -> dict[str, str]:
    """The cookie of a browser that is signed in as Administrateur, and the dossier to fill."""
    client = Client()
    client.force_login(User.objects.get(username="Administrateur"))
    uuid = Dossier.objects.get(name=SOURCE).uuid
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value, "dossier": str(uuid)}


def numbers() -> dict[str, Any]:
    """What a person would read on the screens before going back: the numbers to undo, restore, apply."""
    source = Dossier.objects.get(name=SOURCE)
    done = Act.objects.filter(state=Act.State.DONE)
    imports = [one for one in done.filter(kind="import", dossier=source) if _brought(one)]
    package = DeletedPackage.objects.filter(restored_at=None, keep_until__gt=now()).order_by("-pk").first()
    return {
        "import": imports[0].pk if len(imports) > 2 else None,
        "transfer": done.filter(kind="transfer").values_list("pk", flat=True).first(),
        "package": package.act_id if package else None,
        "rates": done.filter(kind="return", dossier=source).values_list("pk", flat=True).first(),
        "return": Return.objects.filter(rates__dossier=source).order_by("pk").values_list("pk", flat=True).first(),
        "employer": ASSOCIATION,
        "archives": list(Backup.objects.proved().filter(deleted_at=None).values_list("path", flat=True)[:20]),
    }


def _brought(act: Act) -> bool:
    return bool(sum(act.receipt.get("counts", {}).values()))


# -- after a fault ------------------------------------------------------------------------------------------------


def settle(shown: dict[str, str], sweeps: bool) -> dict[str, Any]:
    """Let time pass until nothing is under way, and look. `shown`: {sha256: idflux} that the portal has.

    `sweeps`: no worker stands, so that we do what one does every minute.
    """
    begun, doing, decided, steps = time.monotonic(), ["?"], 0, 0
    while doing and time.monotonic() < begun + SETTLE_SECONDS:
        time.sleep(STEP_PAUSE)
        steps += 1
        _go_on(next(seconds for until, seconds in STEPS if steps <= until))
        try:
            if sweeps and steps % SWEEP_STEPS == 0:
                sweeping.sweep_once()
            doing = under_way()
            if doing:
                decided += _person(shown)
        except (DatabaseError, Refusal) as error:
            doing = [f"{type(error).__name__}: {error}"[:200]]
            connection.close()
    return {"doing": doing, "decided": decided, "seconds": round(time.monotonic() - begun, 2), **look()}


def look() -> dict[str, Any]:
    """The state that a fault must not leave half-way, what is wrong with the rows, and where the deposits are."""
    columns = ("pk", "sha256", "state", "idflux", "problem", "next_at")
    filings = [row | {"next_at": str(row["next_at"])} for row in Filing.objects.order_by("pk").values(*columns)]
    acts = [f"{one} {one.state} {one.message}" for one in Act.objects.order_by("-pk")[:2]]
    acts += [f"{one.kind} {one.state} {one.problem}" for one in Job.objects.order_by("-pk")[:1]]
    return {
        "state": invariants.state(leaving_out=DEPOSITS), "wrong": invariants.wrong(), "filings": filings, "acts": acts
    }  # fmt: skip


def under_way() -> list[str]:
    """What Scarabée still has to do, in words; empty when it rests."""
    found = [
        f"{one} {one.state}"
        for one in Act.objects.filter(state__in=[Act.State.QUEUED, Act.State.RUNNING]).order_by("pk")
    ]
    states = [FilingState.RECEIVED, FilingState.PLANNED, FilingState.SENDING, FilingState.UNKNOWN]
    states += [FilingState.CHECKED, FilingState.HELD, FilingState.NOT_DEPOSITED]
    found += [f"dépôt {pk} {state}" for pk, state in Filing.objects.filter(state__in=states).values_list("pk", "state")]
    found += [f"lot {pk}" for pk in Batch.objects.filter(finished_at=None).values_list("pk", flat=True)]
    found += [f"travail {one.pk} {one.state}" for one in Job.objects.filter(state__in=jobs.OPEN)]
    unfinished = Backup.objects.filter(made_at=None, problem="")
    found += [f"sauvegarde {pk}" for pk in unfinished.values_list("pk", flat=True)]
    found += ["cloche"] * DBTaskResult.objects.ready().count()
    found += ["maintenance"] * (window.current() is not None)
    return found


def _go_on(seconds: float) -> None:
    """Move everybody's clock."""
    path = hooks.LAB / hooks.CLOCKS / "tous"
    draft = path.with_suffix(".brouillon")
    draft.write_text(str(float(path.read_text()) + seconds))
    os.replace(draft, path)


def _person(shown: dict[str, str]) -> int:
    """What people do meanwhile: the blue ball, orders, decisions that no machine takes; how many deposits decided."""
    _press()
    decided = 0
    for one in Filing.objects.filter(state=FilingState.UNKNOWN, next_at=None):
        idflux = shown.get(one.sha256, "")
        outcome = FilingState.ACCEPTED if idflux else FilingState.NOT_DEPOSITED
        settle_unknown(actor=OWNER, filing=one, outcome=outcome, idflux=idflux, reason="vu sur le portail")
        decided += 1
    again = Filing.objects.filter(state__in=[FilingState.CHECKED, FilingState.HELD, FilingState.NOT_DEPOSITED])
    if rows := list(again):
        orders.order(actor=OWNER, filings=rows, real_confirmed=True)
    return decided


def _press() -> None:
    for held in PortalIdentifiers.objects.exclude(identity__state=IdentityState.PROVED).select_related("user"):
        is_frozen = held.identity.state == IdentityState.FROZEN
        test = start_test(actor=OWNER, user=held.user, entry=None, statement="renouvele" if is_frozen else "")
        run_all(actor=OWNER, test=test)


def ask_backup() -> int:
    """A backup by hand, as the page asks for it."""
    return jobs.ask(actor=OWNER, kind=Job.Kind.SAVE).pk


def ask_restore(path: str) -> int:
    """A return to an archive, as the page asks for it."""
    return jobs.ask(actor=OWNER, kind=Job.Kind.RESTORE, path=path).pk


def browse_import(port: int) -> str:
    """An import by a browser: the form, its files, the confirmation; where it ended."""
    browser = Browser(port)
    browser.cookies |= {name: value for name, value in session().items() if name != "dossier"}
    page = browser.get("/dossiers/import/")
    fields = {"dossier": session()["dossier"], "new_name": ""}
    place = browser.post("/dossiers/import/", page, fields, {"dsn_files": ("avril.dsn", more())})
    page = browser.get(place)
    return browser.post(f"{place}choix/", page, {"action": "importer"})
