"""A bureau for the walks of the rights: people of every role, a dossier they may see, one they may not.

Whatever only the hidden dossier knows holds one of `Scene.marks`, so that an answer that tells it is caught. It was
filled as a bureau does: real imports, transfers, deletions, drafts that others began, files that another declares.
"""

import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from tests.child_processes import SERVER
from tests.conftest import PASSWORD
from tests.consistency.rights_jobs import Right
from tests.dossiers.small_files import ASSOCIATION, OTHER_ASSOCIATION, Someone, declaration, envoi
from tests.filings.deposits import bare_filing
from tests.returns import documents as returned
from tests.returns.identity_scenes import recognised
from tests.returns.rate_scenes import Told, crm
from tests.sizes import LONG
from tests.transfers import scenes

from scarabee.accounts.models import ConnectionTest, Membership, PortalBinding, PortalIdentity, Session, User
from scarabee.accounts.portal.binding import bind_or_refuse
from scarabee.accounts.portal.checks import Result
from scarabee.accounts.portal.connection_tests import start_test
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.identifiers import save_identifiers
from scarabee.accounts.services.users import create_user
from scarabee.backups import schedule
from scarabee.backups.models import Backup, Job, Script
from scarabee.dossiers import contents
from scarabee.dossiers.models import Act, DeletedPackage, Dossier, Employee, Employer, ImportFile
from scarabee.dossiers.services import deletion, dossiers, entry, import_runs, importing
from scarabee.dossiers.services.naming import name_employers
from scarabee.filings.enums import FilingState, ProofKind
from scarabee.filings.models import Filing
from scarabee.filings.services import proofs
from scarabee.maintenance import watch
from scarabee.maintenance.clock import now
from scarabee.maintenance.folder import prepare_folder
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import Presence
from scarabee.returns.models import PasRate, Return
from scarabee.returns.services import rate_decisions
from scarabee.transfers.enums import Declaring
from scarabee.transfers.models import Transfer
from scarabee.transfers.selection import Mode, Selection, Ticked
from scarabee.transfers.services import drafts

OWNER = Actor.owner()
HIDDEN_SIRET, DECLARED_THERE = "35600000000048", "55210055400013"
"""Employers of the hidden dossier: one that nobody else holds, one that a file of the open dossier speaks of."""
FREE_SIRET = "73282932000074"
FILED_SIRET = "84125796700023"
"""An employer of the second dossier only: what is under way for it stands in nobody's way."""
NO_PORTAL = "http://127.0.0.1:9"
"""A bouchon that is not there: nothing that is walked may knock at a real portal."""
ALAIN = Someone()
BRIGITTE = Someone("2900675234567", "NOËL", "Brigitte", "M002")
THIRD = Someone("1770275345678", "QUERVAL", "Denis", "M003")
HIDDEN_PERSON = Someone("2650375456789", "ZORBLANT", "Yvonne", "Z777")
NOBODY_HERE = "1700299350001"
RATED_PERSON = Someone("2820675345612", "MORVAN", "Inès", "M004")


class Role(StrEnum):
    """Who asks. What each may do in which dossier stands in `ROLES`."""

    ANONYMOUS = "nobody signed in"
    OUTSIDER = "no membership"
    READER = "Lecture"
    KEEPER = "Gestionnaire"
    MIXED = "Gestionnaire of the first dossier, Lecture of the second"
    INVERSE = "Lecture of the first dossier, Gestionnaire of the second"
    ADMINISTRATOR = "Administrateur"


SIGNED_IN = tuple(role for role in Role if role is not Role.ANONYMOUS)
WALKED = (Role.ANONYMOUS, Role.OUTSIDER, Role.KEEPER, Role.ADMINISTRATOR) if SERVER and not LONG else tuple(Role)
"""Who asks in the walks. On PostgreSQL most days fewer: the rights that SQLite was asked for are the same code."""
L, G = "lecture", "gestionnaire"
PLACES = ("first", "second", "archived", "empty", "hidden", "hidden archived", "hidden empty")
ROLES: dict[Role, dict[str, str]] = {
    Role.ANONYMOUS: {},
    Role.OUTSIDER: {},
    Role.READER: dict.fromkeys(PLACES[:4], L),
    Role.KEEPER: dict.fromkeys(PLACES[:4], G),
    Role.MIXED: {"first": G, "second": L},
    Role.INVERSE: {"first": L, "second": G},
    Role.ADMINISTRATOR: dict.fromkeys(PLACES, G),
}
_MARKS = {
    "first": ("Mirevent", "QUERVAL"),
    "hidden": ("Zarbival", "ZARBIVAL", "ZORBLANT", HIDDEN_SIRET, "Z777", "2650375456789"),
}


@dataclass
class Scene:
    """The dossiers by place, and what the walks need to ask for by name."""

    places: dict[str, Dossier]
    users: dict[Role, User]
    acts: dict[str, Act] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    packages: dict[str, DeletedPackage] = field(default_factory=dict)
    tests: dict[Role, ConnectionTest] = field(default_factory=dict)
    held_tests: dict[Role, ConnectionTest] = field(default_factory=dict)
    filings: dict[str, Filing] = field(default_factory=dict)
    returns: dict[str, Return] = field(default_factory=dict)
    stood: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def actor(self, role: Role) -> Actor:
        return Actor.of(self.users[role])

    def employer(self, place: str, siret: str = ASSOCIATION) -> Employer:
        return Employer.objects.get(dossier=self.places[place], siret=siret)

    def employee(self, place: str, nir: str = ALAIN.nir, siret: str = ASSOCIATION) -> Employee:
        return Employee.objects.get(employer=self.employer(place, siret), nir=nir)

    def file(self, act: str) -> ImportFile:
        return self.acts[act].files.get()

    def told_in_vain(self, role: Role, text: str) -> list[str]:
        """The marks of what this role may not see that stand in an answer."""
        hidden = [marks for place, marks in _MARKS.items() if place not in ROLES[role]]
        compact = re.sub(r"\s", "", text)
        return [mark for marks in hidden for mark in marks if mark in text or mark in compact]

    def settle(self) -> None:
        """Take what stands now for what `changed` compares with."""
        self.stood, self.files = state(), _files()

    def changed(self, since: int | None = None) -> list[str]:
        """The tables that are other than they were; `since`: what `writes` said when all was as it was."""
        if since is not None and since == writes() and _files() == self.files:
            return []
        return [table for table, digest in state().items() if digest != self.stood[table]]


@dataclass(frozen=True)
class Target:
    """One thing to ask for, of an address or a command.

    `sees`, `writes`: the places that the answer tells of, and those that are changed. `author`: whose it is.
    """

    kwargs: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    sees: Sequence[str] = ()
    writes: Sequence[str] = ()
    author: Role | None = None


def has_right(right: Right, role: Role, target: Target) -> bool:
    """What the table of the documentation grants."""
    held = ROLES[role]
    match right:
        case Right.SIGNED_IN | Right.LIST | Right.OWN_LIST:
            return True
        case Right.READ:
            return {*target.sees, *target.writes} <= held.keys()
        case Right.WRITE | Right.BOTH:
            seen = {*target.sees, *target.writes} <= held.keys()
            mine = target.author is None or target.author is role
            return mine and seen and all(held[place] == G for place in target.writes)
        case Right.KEEPER:
            return G in held.values()
        case Right.OWN_DRAFT | Right.OWN_TEST:
            return role is target.author
        case Right.OWN_ACCOUNT:  # without an author: one's own
            return target.author is None or role in (target.author, Role.ADMINISTRATOR)
        case _:
            return role is Role.ADMINISTRATOR


def state() -> dict[str, str]:
    """SHA-256 of every table but sessions and who is where, and of the names of the files that wait."""
    found = {"files": _digest(_files())}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model not in (Session, Presence) and model._meta.managed:
                cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY 1")
                found[model._meta.db_table] = _digest(cursor.fetchall())
    return found


def _digest(what: object) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()


def writes() -> int:
    """How many rows were written so far on this connection or in this transaction: equal figures need no digest."""
    if connection.vendor == "sqlite":
        return int(connection.connection.total_changes)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables")
        return int(cursor.fetchone()[0])


def _files() -> list[str]:
    folder = Path(settings.DATA_FOLDER) / "fichiers"
    return sorted(str(path) for path in folder.rglob("*") if path.is_file())


@contextmanager
def standing() -> Iterator[Scene]:
    """The scene, in a transaction that is rolled back when the walk is over."""
    with transaction.atomic():
        yield _set()
        transaction.set_rollback(True)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    watch.forget()


# -- how it was filled ------------------------------------------------------------------------------------------


def _set() -> Scene:
    prepare_folder()
    PortalBinding.objects.create(pk=1, portal=NO_PORTAL)
    places = {
        "first": scenes.dossier_of("Mirevent", _first_files()),
        "second": scenes.dossier_of("Mirevent bis"),
        "archived": scenes.dossier_of("Mirevent 2024"),
        "empty": scenes.dossier_of("Mirevent vide"),
        "hidden": scenes.dossier_of("Zarbival réservé", _hidden_files()),
        "hidden archived": scenes.dossier_of("Zarbival 2024"),
        "hidden empty": scenes.dossier_of("Zarbival vide"),
    }
    scene = Scene(places, _people(places))
    _name(scene, "first", {ASSOCIATION: "Chorale Mirevent", OTHER_ASSOCIATION: "Club Mirevent"})
    _name(
        scene, "hidden", {ASSOCIATION: "Chorale Zarbival", HIDDEN_SIRET: "Cercle Zarbival", DECLARED_THERE: "Zarbival"}
    )
    for place in ("archived", "hidden archived"):
        dossiers.archive_dossier(actor=OWNER, dossier=places[place])
    _transfers(scene)
    _imports(scene)
    _packages(scene)
    _identifiers(scene)
    _filings(scene)
    _returns(scene)
    _backups(scene)
    scene.settle()
    return scene


def _backups(scene: Scene) -> None:
    """A script, an archive of it (its bytes are not asked for), and an archive that was looked at."""
    schedule.begin(now())
    script = Script.objects.get()
    path = Path(settings.DATA_FOLDER) / "essai.tar.zst.age"
    path.write_bytes(b"archive")
    Backup.objects.create(
        kind=Backup.Kind.INSTALLATION, script=script.name, actor_name="Zoé", machine="poste", path=str(path), size=7,
        started_at=now(), made_at=now(), proved_at=now(),
    )  # fmt: skip
    found = {"made_at": now().isoformat(), "dossiers": [], "made_by": "Zoé"}
    Job.objects.create(kind=Job.Kind.LOOK, state=Job.State.DONE, path=str(path), result=found, actor_name="Zoé")
    _parts(scene, str(path))


def _parts(scene: Scene, path: str) -> None:
    """What a Gestionnaire asked for: an archive read, a dossier taken out of it, one saved; a failure of another's."""
    first, keeper = scene.places["first"], scene.users[Role.KEEPER].pk
    act = Act.objects.create(
        kind=Act.Kind.RESTORATION, state=Act.State.DONE, dossier=first, dossier_name=first.name, actor_name="Zoé",
        created_at=now(),
        receipt={"created_dossier": True},
    )  # fmt: skip
    listed = [{"siret": FREE_SIRET, "name": "", "employees": 1, "declarations": 1, "here": []}]
    held = {"what": "dossier", "made_at": now().isoformat(), "made_by": "Zoé", "sender": "", "foreign": False}
    pulled = {"act": act.pk, "dossier": str(first.uuid), "name": first.name, "rows": {}, "origin": str(first.uuid)}
    asked = {"dossier": "", "sirets": [], "number": None, "others": []}
    for kind, result in (
        (Job.Kind.PART_LOOK, held | {"dossiers": [{"name": first.name, "employers": 1, "listed": listed}]}),
        (Job.Kind.PULL, pulled),
        (Job.Kind.PART, {"rows": {}}),
    ):
        Job.objects.create(
            kind=kind, state=Job.State.DONE, path=path, asked=asked, result=result, actor_name="Zoé",
            user_number=keeper, backup_number=Backup.objects.get(path=path).pk,
        )  # fmt: skip
    Job.objects.create(
        kind=Job.Kind.PART_LOOK, state=Job.State.FAILED, path=path, asked=asked, problem="Une autre clé.",
        user_number=scene.users[Role.ADMINISTRATOR].pk, actor_name="Zoé",
    )  # fmt: skip


def _first_files() -> list[bytes]:
    months = ("2026-01", "2026-02")
    return [
        *(envoi(declaration([ALAIN, BRIGITTE, THIRD], month=month)) for month in months),
        envoi(declaration([ALAIN], siret=OTHER_ASSOCIATION)),
    ]


def _hidden_files() -> list[bytes]:
    return [
        envoi(declaration([ALAIN, HIDDEN_PERSON])),
        envoi(declaration([HIDDEN_PERSON, BRIGITTE], siret=HIDDEN_SIRET)),
        envoi(declaration([HIDDEN_PERSON], siret=DECLARED_THERE)),
    ]


def _people(places: dict[str, Dossier]) -> dict[Role, User]:
    users = {}
    for number, role in enumerate(SIGNED_IN, 1):
        is_administrator = role is Role.ADMINISTRATOR
        name = "Administrateur" if is_administrator else f"Personne {number}"
        user = create_user(actor=OWNER, username=name, password=PASSWORD, is_administrator=is_administrator)
        for place, given in {} if is_administrator else ROLES[role].items():
            Membership.objects.create(user=user, dossier=places[place], role=given)
        users[role] = user
    return users


def _name(scene: Scene, place: str, names: dict[str, str]) -> None:
    name_employers(actor=OWNER, dossier=scene.places[place], names=list(names.items()))


def _transfers(scene: Scene) -> None:
    first, second, hidden = (scene.places[place] for place in ("first", "second", "hidden"))
    scene.transfers["within"] = scenes.transfer(first, second, scenes.some(scene.employee("first")))
    whole = Selection({scene.employer("first", OTHER_ASSOCIATION).pk: Ticked(Mode.WHOLE)})
    scene.transfers["handed over"] = scenes.transfer(first, second, whole, declaring=Declaring.DESTINATION)
    scene.transfers["to the hidden"] = scenes.transfer(
        first, hidden, scenes.some(scene.employee("first", BRIGITTE.nir))
    )
    record = Selection({scene.employer("hidden").pk: Ticked(Mode.SOME)})
    scene.transfers["from the hidden"] = scenes.transfer(hidden, second, record)
    for name, role, source, destination in (
        ("draft", Role.KEEPER, first, second),
        ("draft into what is only read", Role.MIXED, first, second),
        ("another's draft", Role.ADMINISTRATOR, hidden, first),
    ):
        actor = scene.actor(role)
        draft = drafts.start_draft(actor=actor, source=source)
        employer = Employer.objects.get(dossier=source, siret=ASSOCIATION)
        drafts.save_ticks(actor=actor, transfer=draft, selection=Selection({employer.pk: Ticked(Mode.WHOLE)}))
        drafts.choose_destination(actor=actor, transfer=draft, destination=destination)
        scene.transfers[name] = Transfer.objects.get(pk=draft.pk)


def _imports(scene: Scene) -> None:
    first, hidden = scene.places["first"], scene.places["hidden"]
    scene.acts["import"] = scenes.take(first, envoi(declaration([ALAIN], month="2026-04")))
    scene.acts["hidden import"] = scenes.take(hidden, envoi(declaration([HIDDEN_PERSON], month="2026-04")))
    there = envoi(declaration([HIDDEN_PERSON], siret=DECLARED_THERE, month="2026-05"))
    for name, dossier, file in (("prepared", first, "a.dsn"), ("hidden prepared", hidden, "zarbival.dsn")):
        files = [SimpleUploadedFile(file, envoi(declaration([BRIGITTE], siret=DECLARED_THERE, month="2026-06")))]
        scene.acts[name] = import_runs.prepare_import(actor=OWNER, dossier=dossier, files=files)
    scene.acts["refused"] = _import(first, envoi(declaration([ALAIN], siret=DECLARED_THERE)), allow_foreign=False)
    told = scene.employee("hidden", HIDDEN_PERSON.nir, DECLARED_THERE)
    entry.correct_employee(actor=OWNER, employee=told, fields={"S21.G00.30.002": "Zarbivalois"})
    scene.acts["routed"] = _import(first, there, routes={DECLARED_THERE: hidden.pk})
    assert scene.file("refused").status == ImportFile.Status.REFUSED
    assert scene.file("routed").report["differences"]


def _import(dossier: Dossier, data: bytes, **options: object) -> Act:
    act = importing.open_import(actor=OWNER, dossier=dossier)
    row = importing.import_file(actor=OWNER, act=act, stream=io.BytesIO(data), name="b.dsn", **options)  # type: ignore[arg-type]
    routes = options.get("routes")
    if routes:
        ImportFile.objects.filter(pk=row.pk).update(routes=routes)
    import_runs.finish(OWNER, act)
    return Act.objects.get(pk=act.pk)


def _packages(scene: Scene) -> None:
    gone = scenes.dossier_of("Zarbival défunt")
    made = entry.create_employer(actor=OWNER, dossier=gone, siret=FREE_SIRET, name="Zarbival")
    scene.packages["of the gone"] = deletion.delete_employer(actor=OWNER, employer=made).package
    dossiers.delete_dossier(actor=OWNER, dossier=scenes.fresh(gone))
    for name, place, nir in (("of the first", "first", THIRD.nir), ("of the hidden", "hidden", HIDDEN_PERSON.nir)):
        done = deletion.delete_employee(actor=OWNER, employee=scene.employee(place, nir))
        scene.packages[name] = done.package


def _identifiers(scene: Scene) -> None:
    for role in SIGNED_IN:
        name = "ZARBIVAL" if role is Role.ADMINISTRATOR else "MARTEL"
        entry = Entry(FREE_SIRET, name, "Claude", "Corail.2026-Dune", True, False)
        save_identifiers(actor=OWNER, user=scene.users[role], entry=entry)
    for role in (Role.KEEPER, Role.ADMINISTRATOR):
        scene.tests[role] = start_test(actor=scene.actor(role), user=scene.users[role], entry=None)
        scene.held_tests[role] = _held(start_test(actor=scene.actor(role), user=scene.users[role], entry=None))


def _held(test: ConnectionTest) -> ConnectionTest:
    """As after several refusals: nothing was sent, and a statement is offered."""
    result = Result(False, "Rien n’a été envoyé.", "trop_de_refus", statements=["risque"])
    test.checks = [{"name": "authentification", "regime": "general", **asdict(result)}]
    test.done = True
    test.save(update_fields=["checks", "done"])
    return test


_FILINGS = {
    "to order": FilingState.CHECKED,
    "retained": FilingState.HELD,
    "given up": FilingState.CANCELLED,
    "blocked": FilingState.CHECKED,
    "first of two": FilingState.ACCEPTED,
    "second of two": FilingState.CHECKED,
    "unknown": FilingState.UNKNOWN,
}


def _filings(scene: Scene) -> None:
    """One of each sort in the second dossier (`filings["blocked"]`) and the hidden one (`filings["hidden blocked"]`).

    None of the hidden dossier is under way, which would keep it from being archived.
    """
    filed = entry.create_employer(actor=OWNER, dossier=scene.places["second"], siret=FILED_SIRET, name="Club Mirevent")
    for prefix, place, siret in (("", "second", filed.siret), ("hidden ", "hidden", HIDDEN_SIRET)):
        for number, (name, state) in enumerate(_FILINGS.items(), 1):
            if prefix and state == FilingState.UNKNOWN:
                continue
            data = f"S10.G00.00.001,'{siret} {name}'\n".encode()
            digest = hashlib.sha256(data)
            scene.filings[f"{prefix}{name}"] = filing = bare_filing(
                scene.places[place], state, siret=siret, month=f"2025-0{5 if 'of two' in name else number}",
                sha256=digest.hexdigest(), content_id=contents.store([data], [digest.digest()])[0],
                blocking=int(name == "blocked"), release_at=None, standing=False,
                started_at=now() if state == FilingState.UNKNOWN else None,
            )  # fmt: skip
            proofs.keep(filing, ProofKind.AEE, f"<r>{place}</r>".encode())


def _returns(scene: Scene) -> None:
    """Two CRM nominatifs in the second dossier and in the hidden one: `decided` was applied, `rates` waits, with a line
    about nobody; a BIS, `identity`, that knows the person otherwise; and a return, `refused`, that the portal refused.

    `returns["rates"]`, `returns["hidden rates"]`; the decision is `acts["decided"]`, `acts["hidden decided"]`.
    """
    filed = Employer.objects.get(dossier=scene.places["second"], siret=FILED_SIRET)
    numbers = {"S21.G00.30.001": RATED_PERSON.nir, "S21.G00.30.002": RATED_PERSON.family_name}
    entry.create_employee(actor=OWNER, employer=filed, fields=numbers)
    for prefix, siret, person in (("", FILED_SIRET, RATED_PERSON), ("hidden ", HIDDEN_SIRET, HIDDEN_PERSON)):
        for number, (name, rate) in enumerate((("decided", "3.10"), ("rates", "3.20")), 1):
            told = [Told(person.nir, rate), *([Told(NOBODY_HERE, "9.00")] if name == "rates" else [])]
            document = crm(told, siret=siret, identifier=f"{siret}{number}")
            item = returned.received(document, nature="94", is_real=True)
            scene.returns[f"{prefix}{name}"] = item
            if name == "decided":
                rates = PasRate.objects.filter(item=item)
                (scene.acts[f"{prefix}{name}"],) = rate_decisions.apply(actor=OWNER, rates=rates).acts
        document = recognised(person.nir, person.family_name, siret=siret)
        scene.returns[f"{prefix}identity"] = returned.received(document, nature="20", is_real=True)
        refused = Return.objects.create(
            portal=bind_or_refuse(), nature="61", siret=siret, return_id=siret, identity=PortalIdentity.objects.first(),
            problem="Le portail dit ce dépôt fait par un autre compte.",
        )  # fmt: skip
        refused.abouts.create(siret=siret)
        scene.returns[f"{prefix}refused"] = refused
