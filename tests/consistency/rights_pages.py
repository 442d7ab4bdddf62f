"""Every address of the product: which job its GET and its POST are, and what to ask for it in the scene."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from tests.conftest import PASSWORD
from tests.consistency import rights_jobs as jobs
from tests.consistency.rights_jobs import Job
from tests.consistency.rights_scene import (
    DECLARED_THERE,
    FILED_SIRET,
    FREE_SIRET,
    HIDDEN_SIRET,
    OTHER_ASSOCIATION,
    Role,
    Scene,
    Target,
)
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, small_file
from tests.returns.identity_scenes import REFERENCE
from tests.returns.rate_scenes import Told, crm

from scarabee.backups.models import Backup, Script
from scarabee.backups.models import Job as BackupJob
from scarabee.dossiers.models import Declaration, Dossier
from scarabee.privacy.models import Erasure, MarkKey
from scarabee.returns.models import Anomaly, Return
from scarabee.returns.selectors.rate_pages import seen_as

Targets = Callable[[Scene], list[Target]]


@dataclass(frozen=True)
class Page:
    """`get`, `post`: the jobs of the two methods, None where there is no such method.

    The answers to who has the right: `get_status`, `post_status`; `changes`: that POST writes something.
    """

    get: Job | None
    post: Job | None = None
    targets: Targets = lambda scene: [Target()]
    get_status: int = 200
    post_status: int = 302
    changes: bool = True
    also: Sequence[tuple[Job, Targets]] = ()
    """Other jobs that a POST to the same address can be, by what the form says."""

    @property
    def jobs(self) -> set[Job]:
        return {job for job in (self.get, self.post, *(job for job, _ in self.also)) if job is not None}


def _dossier(**data: Any) -> Targets:
    return _place("first", "hidden", **data)


def _place(*places: str, **data: Any) -> Targets:
    return lambda scene: [Target({"uuid": scene.places[place].uuid}, data, writes=[place]) for place in places]


def _employer(**data: Any) -> Targets:
    return lambda scene: [
        Target({"pk": scene.employer(place).pk}, data, writes=[place]) for place in ("first", "hidden")
    ]


def _employee(**data: Any) -> Targets:
    return lambda scene: [
        Target({"pk": scene.employee("first").pk}, data, writes=["first"]),
        Target({"pk": scene.employee("hidden").pk}, data, writes=["hidden"]),
    ]


def _declaration(**kwargs: Any) -> Targets:
    def found(dossier: Dossier) -> int:
        return int(Declaration.objects.filter(dossier=dossier).order_by("pk").values_list("pk", flat=True)[0])

    return lambda scene: [
        Target({"pk": found(scene.places[place]), **kwargs}, sees=[place]) for place in ("first", "hidden")
    ]


def _import(*acts: str, **data: Any) -> Targets:
    return lambda scene: [
        Target({"number": scene.acts[act].pk}, data, writes=["hidden" if "hidden" in act else "first"]) for act in acts
    ]


def _undone_imports(scene: Scene) -> list[Target]:
    """That of which rows went to the hidden dossier is theirs alone who may change both."""
    targets = _import("import", "hidden import")(scene)
    return [*targets, Target({"number": scene.acts["routed"].pk}, writes=["first", "hidden"])]


def _import_files(scene: Scene) -> list[Target]:
    return [
        Target({"number": scene.acts[act].pk, "file": scene.file(act).pk}, sees=[place])
        for act, place in (
            ("import", "first"),
            ("prepared", "first"),
            ("refused", "first"),
            ("routed", "first"),
            ("hidden import", "hidden"),
            ("hidden prepared", "hidden"),
        )
    ]


def _new_import(scene: Scene) -> list[Target]:
    def sent(where: object) -> dict[str, Any]:
        return {"dossier": str(where), "new_name": "Tout neuf", "dsn_files": small_file(month="2026-09")}

    return [Target(data=sent(scene.places[place].uuid), writes=[place]) for place in ("first", "hidden")]


def _new_deposit(scene: Scene) -> list[Target]:
    return [
        Target(
            data={"dossier": str(scene.places[place].uuid), "dsn_files": small_file(month="2026-09")}, writes=[place]
        )
        for place in ("first", "hidden")
    ]


def _import_into_a_new_dossier(scene: Scene) -> list[Target]:
    sent = {"dossier": "nouveau", "new_name": "Tout neuf", "dsn_files": small_file(month="2026-09")}
    return [Target(data=sent)]


def fresh_files(data: dict[str, Any]) -> dict[str, Any]:
    """The data of a form, its bytes as files that nobody read yet."""
    return {
        key: SimpleUploadedFile("envoi.dsn", value) if isinstance(value, bytes) else value
        for key, value in data.items()
    }


def _packages(scene: Scene) -> list[Target]:
    first = str(scene.places["first"].uuid)
    return [
        Target({"number": scene.packages["of the first"].pk}, writes=["first"]),
        Target({"number": scene.packages["of the hidden"].pk}, {"dossier": first}, writes=["hidden"]),
        Target({"number": scene.packages["of the gone"].pk}, {"dossier": first}, writes=["first", "hidden"]),
    ]


def _twins(scene: Scene) -> list[Target]:
    first, hidden = scene.employee("first"), scene.employee("hidden")
    kept, dropped = {"kept": first.pk}, {"dropped": scene.employee("first", BRIGITTE.nir).pk}
    return [
        Target({"pk": first.employer_id}, {**kept, **dropped}, writes=["first"]),
        Target({"pk": hidden.employer_id}, {**kept, **dropped}, writes=["hidden", "first"]),
    ]


def _succession(scene: Scene) -> list[Target]:
    other = scene.employer("first", OTHER_ASSOCIATION)
    data = {"predecessor": other.pk, "month": "2026-02"}
    there = {"predecessor": scene.employer("hidden", HIDDEN_SIRET).pk, "month": "2026-02"}
    return [
        Target({"pk": scene.employer("first").pk}, data, writes=["first"]),
        Target({"pk": scene.employer("hidden").pk}, there, writes=["hidden"]),
    ]


def _names(scene: Scene) -> list[Target]:
    return [
        Target({"uuid": scene.places[place].uuid}, {f"nom-{scene.employer(place).pk}": "Autre nom"}, writes=[place])
        for place in ("first", "hidden")
    ]


def _declare(scene: Scene) -> list[Target]:
    """The copy of the second dossier takes over from the first; in the hidden one, it is the first's again."""
    return [
        Target({"pk": scene.employer("second").pk}, writes=["second", "first"]),
        Target({"pk": scene.employer("hidden").pk}, writes=["hidden", "first"]),
    ]


def _hand_over(scene: Scene) -> list[Target]:
    second, hidden = scene.places["second"].pk, scene.places["hidden"].pk
    return [
        Target(data={"siret": ASSOCIATION, "dossier": second}, writes=["second", "first"]),
        Target(data={"siret": ASSOCIATION, "dossier": hidden}, writes=["hidden", "first"]),
    ]


def _transfers(scene: Scene) -> list[Target]:
    return [
        Target({"number": scene.transfers["within"].pk}, sees=["first"], writes=["second"]),
        Target({"number": scene.transfers["to the hidden"].pk}, sees=["first"], writes=["hidden"]),
        Target({"number": scene.transfers["from the hidden"].pk}, sees=["hidden"], writes=["second"]),
    ]


def _undone_transfers(scene: Scene) -> list[Target]:
    """Where the declaration goes back to the first dossier, undoing changes that one too."""
    handed = Target({"number": scene.transfers["handed over"].pk}, writes=["first", "second"])
    return [*_transfers(scene), handed]


def _repeated_transfers(scene: Scene) -> list[Target]:
    return [
        Target({"number": scene.transfers["within"].pk}, sees=["second"], writes=["first"]),
        Target({"number": scene.transfers["to the hidden"].pk}, sees=["hidden"], writes=["first"]),
        Target({"number": scene.transfers["from the hidden"].pk}, sees=["second"], writes=["hidden"]),
    ]


def _drafts(**data: Any) -> Targets:
    return lambda scene: [
        Target({"number": scene.transfers["draft"].pk}, data, author=Role.KEEPER),
        Target({"number": scene.transfers["another's draft"].pk}, data, author=Role.ADMINISTRATOR),
    ]


def _leaving_drafts(scene: Scene) -> list[Target]:
    """The button *Transférer* asks for the rights on both dossiers."""
    return [
        Target({"number": scene.transfers[draft].pk}, {"do": "transferer"}, writes=places, author=author)
        for draft, places, author in (
            ("draft", ["first", "second"], Role.KEEPER),
            ("draft into what is only read", ["first", "second"], Role.MIXED),
            ("another's draft", ["hidden", "first"], Role.ADMINISTRATOR),
        )
    ]


def _draft_employees(scene: Scene) -> list[Target]:
    return [
        Target({"number": scene.transfers[draft].pk, "employer": scene.employer(place).pk}, author=author)
        for draft, place, author in (
            ("draft", "first", Role.KEEPER),
            ("another's draft", "hidden", Role.ADMINISTRATOR),
        )
    ]


def _sources(scene: Scene) -> list[Target]:
    return [Target(data={"source": scene.places[place].pk}, writes=[place]) for place in ("first", "hidden")]


def _account(**data: Any) -> Targets:
    """The account of the Gestionnaire, through the list of accounts."""
    return lambda scene: [Target({"pk": scene.users[Role.KEEPER].pk}, data)]


def _own(**data: Any) -> Targets:
    return lambda scene: [Target(data=data)]


_SCRIPT = {"unit": "semaine", "every": "2", "at": "18:00", "starts_on": "2026-11-02", "is_on": "on"}


def _script(**data: Any) -> Targets:
    return lambda scene: [Target({"pk": Script.objects.get().pk}, data)]


def _archive(scene: Scene) -> list[Target]:
    return [Target({"number": Backup.objects.get(machine="poste").pk})]


def _picked(scene: Scene) -> list[Target]:
    return [Target(data={"sauvegarde": str(Backup.objects.get(machine="poste").pk)})]


def _looked(**data: Any) -> Targets:
    return lambda scene: [Target({"number": BackupJob.objects.get(kind="apercu").pk}, data)]


def _numbered(scene: Scene) -> list[Target]:
    return [Target({"number": scene.employee(place).pk}, sees=[place]) for place in ("first", "hidden")]


def _first_numbered(scene: Scene) -> list[Target]:
    return [Target({"number": scene.employee("first").pk}, {"sentence": "non"})]


def _erasure(scene: Scene) -> list[Target]:
    key, _ = MarkKey.objects.get_or_create(sealed="scellée")
    erasure, is_new = Erasure.objects.get_or_create(key=key, reason="à sa demande")
    if is_new:
        scene.settle()
    return [Target({"number": erasure.pk})]


def _rights(scene: Scene) -> list[Target]:
    first = scene.places["first"].pk
    data = {f"role-{first}": "lecture", f"avant-{first}": "gestionnaire"}
    return [Target({"pk": scene.users[Role.KEEPER].pk}, data)]


def _copied(scene: Scene) -> list[Target]:
    data = {"do": "copier", "compte": [scene.users[Role.OUTSIDER].pk]}
    return [Target({"pk": scene.users[Role.ADMINISTRATOR].pk}, data)]


def _tests() -> Targets:
    return lambda scene: [Target({"uuid": test.pk}, author=role) for role, test in scene.tests.items()]


def _held_tests(scene: Scene) -> list[Target]:
    said = {"declaration": "risque"}
    return [Target({"uuid": test.pk}, said, author=role) for role, test in scene.held_tests.items()]


def _token(scene: Scene) -> list[Target]:
    return [Target({"token": "jeton-que-personne-n-a"})]


def _filing(name: str, *, hidden: bool = True, **data: Any) -> Targets:
    """A deposit of the second dossier, and the one of the same sort in the hidden dossier."""
    places = {name: "second", **({f"hidden {name}": "hidden"} if hidden else {})}
    return lambda scene: [
        Target({"number": scene.filings[which].pk}, data, writes=[place]) for which, place in places.items()
    ]


def _batches(scene: Scene) -> list[Target]:
    return [
        Target({"number": one.batch_id}, {"depot": one.pk, "when": "maintenant", "confirmed": "1"}, writes=[place])
        for one, place in ((scene.filings["to order"], "second"), (scene.filings["hidden to order"], "hidden"))
    ]


def _proofs(scene: Scene) -> list[Target]:
    return [
        Target({"number": one.pk, "proof": one.proofs.get().pk}, sees=[place])
        for one, place in ((scene.filings["first of two"], "second"), (scene.filings["hidden first of two"], "hidden"))
    ]


def _filed_employers(scene: Scene) -> list[tuple[str, int]]:
    return [
        (place, scene.employer(place, siret).pk) for place, siret in (("second", FILED_SIRET), ("hidden", HIDDEN_SIRET))
    ]


def _by_hand(scene: Scene) -> list[Target]:
    data = {"month": "2024-01", "fraction": "11", "day": "2024-02-05"}
    return [Target({"pk": pk}, data, writes=[place]) for place, pk in _filed_employers(scene)]


def _due_days(scene: Scene) -> list[Target]:
    return [Target(data={"montre": pk, f"jour-{pk}": "5"}, writes=[place]) for place, pk in _filed_employers(scene)]


def _each_return(scene: Scene, name: str) -> list[tuple[str, Return]]:
    """(place, the return of this sort) of the second dossier and of the hidden one."""
    return [("second", scene.returns[name]), ("hidden", scene.returns[f"hidden {name}"])]


def _return(name: str, **data: str) -> Targets:
    return lambda scene: [Target({"number": one.pk}, data, writes=[place]) for place, one in _each_return(scene, name)]


def _returns_read(scene: Scene) -> list[Target]:
    return [Target(data={"retour": one.pk}, writes=[place]) for place, one in _each_return(scene, "rates")]


def _versions(scene: Scene) -> list[Target]:
    return [
        Target({"number": one.pk, "version": one.versions.get().pk}, sees=[place])
        for place, one in _each_return(scene, "rates")
    ]


def _new_return(scene: Scene) -> list[Target]:
    return [Target(data={"return_files": crm([Told(ALAIN.nir, "4.00")], siret=FREE_SIRET)})]


def _identities(scene: Scene) -> list[Target]:
    def told(one: Return) -> dict[str, Any]:
        return {"salarie": Anomaly.objects.get(shown_in=one).employee_id, "champ-S21.G00.30.002": REFERENCE}

    return [Target({"number": one.pk}, told(one), writes=[place]) for place, one in _each_return(scene, "identity")]


def _anomalies(scene: Scene) -> list[Target]:
    return [
        Target({"number": one.pk}, {"state": "accepted"}, writes=[place])
        for place, item in _each_return(scene, "identity")
        for one in Anomaly.objects.filter(shown_in=item)
    ]


def _causes(scene: Scene) -> list[Target]:
    """Of the second dossier: the hidden one has an anomaly of the same cause, which is not told."""
    one = Anomaly.objects.get(shown_in=scene.returns["identity"])
    data = {"anomalie": one.pk, f"vu-{one.pk}": one.revision, "state": "accepted"}
    return [Target({"cause": one.cause}, data, writes=["second"])]


def _waiting_rates(scene: Scene) -> list[Target]:
    rates = [(place, item.rates.get()) for place, item in _each_return(scene, "rates")]
    return [
        Target(
            {"uuid": scene.places[place].uuid},
            {"taux": rate.pk, f"vu-{rate.pk}": seen_as(rate), "decision": "appliquer"},
            writes=[place],
        )
        for place, rate in rates
    ]


def _lines(scene: Scene) -> list[Target]:
    return [
        Target({"pk": item.lines.get().pk}, {"salarie": "personne"}, writes=[place])
        for place, item in _each_return(scene, "rates")
    ]


def _rated_people(scene: Scene) -> list[Target]:
    return [Target({"pk": item.rates.get().employee_id}, sees=[place]) for place, item in _each_return(scene, "rates")]


def _rate_acts(scene: Scene) -> list[Target]:
    acts = (("second", scene.acts["decided"]), ("hidden", scene.acts["hidden decided"]))
    return [Target({"number": act.pk}, writes=[place]) for place, act in acts]


def _part(kind: str, **data: Any) -> Targets:
    """What the Gestionnaire asked for."""
    return lambda scene: [
        Target({"number": BackupJob.objects.get(kind=kind, state="fait").pk}, data, author=Role.KEEPER)
    ]


def _failed_part(scene: Scene) -> list[Target]:
    return [Target({"number": BackupJob.objects.get(kind="lecture", state="echec").pk}, {"kit": "essai"})]


def _standing_orders(scene: Scene) -> list[Target]:
    return [
        Target(data={"montre": pk, f"permanent-{pk}": "1"}, writes=[place]) for place, pk in _filed_employers(scene)
    ]


_RUBRIQUE = "S21.G00.30.002"
_TYPED = {"do": "enregistrer", "siret": FREE_SIRET, "nom": "AUTRE", "prenom": "Claude", "general": "on"}
_NEW_PASSWORD = {"password": "sextant corail brume 58", "confirmation": "sextant corail brume 58"}
_NEW_ACCOUNT = {"username": "Neuve", "rights": "aucun", "way_in": "adresse"}

PAGES: dict[str, Page] = {
    # open to everybody
    "accounts:login": Page(jobs.SIGN_IN, jobs.SIGN_IN),
    "accounts:second_factor": Page(jobs.SIGN_IN, jobs.SIGN_IN),
    "accounts:locked": Page(jobs.SIGN_IN),
    "accounts:sign_in_link": Page(jobs.SIGN_IN, jobs.SIGN_IN, _token),
    "accounts:reset": Page(jobs.SIGN_IN, jobs.SIGN_IN, _token),
    "accounts:first_start_root": Page(jobs.SIGN_IN, jobs.SIGN_IN),
    "accounts:first_start": Page(jobs.SIGN_IN, jobs.SIGN_IN, _token),
    "accounts:logout": Page(None, jobs.SIGN_OUT),
    # one's own account
    "accounts:confirm": Page(jobs.OWN_ACCOUNT, jobs.OWN_ACCOUNT, _own(confirmation=PASSWORD), changes=False),
    "accounts:own_show": Page(jobs.READ_IDENTIFIERS, jobs.KEEP_IDENTIFIERS, _own(**_TYPED)),
    "accounts:own_remarks": Page(None, jobs.READ_IDENTIFIERS, _own(**_TYPED), post_status=200, changes=False),
    "accounts:own_test": Page(None, jobs.CHECK_IDENTIFIERS, _own(**_TYPED)),
    "accounts:own_password": Page(jobs.OWN_ACCOUNT, jobs.OWN_ACCOUNT, _own(current=PASSWORD, **_NEW_PASSWORD)),
    "accounts:own_sessions": Page(jobs.OWN_ACCOUNT, jobs.OWN_ACCOUNT, _own(do="toutes")),
    "accounts:own_second_factor": Page(jobs.OWN_ACCOUNT, jobs.OWN_ACCOUNT, _own(do="commencer"), post_status=200),
    "accounts:own_take_over": Page(None, jobs.KEEP_IDENTIFIERS, post_status=409, changes=False),
    "accounts:own_forget": Page(jobs.KEEP_IDENTIFIERS, jobs.KEEP_IDENTIFIERS),
    "accounts:test_show": Page(jobs.READ_CHECK, None, _tests()),
    "accounts:test_next": Page(None, jobs.READ_CHECK, _tests()),
    "accounts:test_again": Page(None, jobs.READ_CHECK, _held_tests),
    "accounts:test_save": Page(None, jobs.READ_CHECK, _tests(), changes=False),
    # all accounts
    "accounts:users": Page(jobs.ACCOUNTS),
    "accounts:users_csv": Page(jobs.ACCOUNTS),
    "accounts:user_new": Page(jobs.ACCOUNTS, jobs.ACCOUNTS, _own(**_NEW_ACCOUNT), post_status=200),
    "accounts:user_rights": Page(jobs.ACCOUNTS, jobs.ACCOUNTS, _rights),
    "accounts:user_copy": Page(jobs.COPY_IDENTIFIERS, jobs.COPY_IDENTIFIERS, _copied),
    "accounts:user_show": Page(jobs.ACCOUNTS, jobs.ACCOUNTS, _account(**_TYPED)),
    "accounts:user_remarks": Page(None, jobs.ACCOUNTS, _account(**_TYPED), post_status=200, changes=False),
    "accounts:user_test": Page(None, jobs.ACCOUNTS, _account(**_TYPED)),
    "accounts:user_password": Page(jobs.ACCOUNTS, jobs.ACCOUNTS, _account(**_NEW_PASSWORD)),
    "accounts:user_sessions": Page(jobs.ACCOUNTS, jobs.ACCOUNTS, _account(do="toutes")),
    "accounts:user_second_factor": Page(jobs.ACCOUNTS, jobs.ACCOUNTS, _account(do="retirer"), changes=False),
    "accounts:user_take_over": Page(None, jobs.ACCOUNTS, _account(), post_status=409, changes=False),
    "accounts:user_forget": Page(jobs.ACCOUNTS, jobs.ACCOUNTS, _account()),
    "accounts:user_desactiver": Page(jobs.ACCOUNTS, jobs.ACCOUNTS, _account()),
    "accounts:user_reactiver": Page(jobs.ACCOUNTS, jobs.ACCOUNTS, _account(), changes=False),
    "accounts:user_debloquer": Page(jobs.ACCOUNTS, jobs.ACCOUNTS, _account(), changes=False),
    "accounts:user_reinitialiser": Page(jobs.ACCOUNTS, jobs.ACCOUNTS, _account(), post_status=200),
    "accounts:user_administrateur": Page(jobs.ACCOUNTS, jobs.ACCOUNTS, _account()),
    "accounts:user_plus_administrateur": Page(jobs.ACCOUNTS, jobs.ACCOUNTS, _account(), changes=False),
    # the frame
    "web:home": Page(jobs.HOME),
    "web:journal": Page(jobs.JOURNAL),
    "web:maintenance": Page(jobs.CLOSE, jobs.CLOSE, _own(do="fermer", reason="essai", notice="0", minutes="30")),
    "web:diagnostic": Page(jobs.DIAGNOSTIC),
    # backups
    "backups:list": Page(jobs.BACK_UP),
    "backups:save": Page(None, jobs.BACK_UP),
    "backups:drill": Page(None, jobs.BACK_UP),
    "backups:download": Page(None, jobs.BACK_UP, _archive, post_status=200),
    "backups:watch": Page(jobs.BACK_UP, jobs.BACK_UP, _own(days="9")),
    "backups:script-new": Page(jobs.BACK_UP, jobs.BACK_UP, _own(name="Nuit", **_SCRIPT)),
    "backups:script": Page(jobs.BACK_UP, jobs.BACK_UP, _script(name="Nuit", **_SCRIPT)),
    "backups:script-run": Page(None, jobs.BACK_UP, _script()),
    "backups:script-remove": Page(jobs.BACK_UP, jobs.BACK_UP, _script()),
    "backups:kit": Page(jobs.KEY_KIT, jobs.KEY_KIT, _own(do="rangee")),
    "backups:restore": Page(jobs.GO_BACK, jobs.GO_BACK, _picked),
    "backups:job": Page(jobs.BACK_UP, None, _looked()),
    "backups:job-kit": Page(None, jobs.GO_BACK, _looked(kit="essai"), post_status=400, changes=False),
    "backups:job-restore": Page(None, jobs.GO_BACK, _looked(sentence="non"), post_status=400, changes=False),
    "backups:parts": Page(jobs.PARTS, jobs.TAKE_PART, _picked),
    "backups:public-key": Page(jobs.PARTS),
    "backups:part-save": Page(jobs.PARTS),
    "backups:part-save-dossier": Page(
        jobs.SAVE_PART, jobs.SAVE_PART, _dossier(extent="tout", reader="nous", do="ecrire")
    ),
    "backups:part": Page(jobs.PART_JOB, jobs.PART_JOB, _part("lecture", do="reprendre", tout="1")),
    "backups:part-kit": Page(None, jobs.GO_BACK, _failed_part, post_status=400, changes=False),
    "backups:part-transfer": Page(None, jobs.PART_JOB, _part("reprise")),
    "backups:part-undo": Page(jobs.PART_JOB, jobs.PART_JOB, _part("reprise"), post_status=200),
    "backups:part-download": Page(None, jobs.PART_JOB, _part("partie"), post_status=200),
    # privacy
    "privacy:list": Page(jobs.SEARCH, jobs.SEARCH, _own(texte="MERCIER"), post_status=200, changes=False),
    "privacy:person": Page(jobs.GIVE_PERSON, None, _numbered),
    "privacy:export": Page(None, jobs.GIVE_PERSON, _numbered, post_status=200),
    "privacy:erase": Page(jobs.ERASE_PERSON, jobs.ERASE_PERSON, _first_numbered, post_status=400, changes=False),
    "privacy:erasure": Page(jobs.ERASE_PERSON, None, _erasure),
    "privacy:retention": Page(jobs.RETAIN),
    "privacy:kind": Page(jobs.RETAIN, jobs.RETAIN, lambda scene: [Target({"code": "taux"}, {"months": "80"})]),
    "privacy:remove": Page(
        None, jobs.RETAIN, lambda scene: [Target({"code": "taux"}, {"count": "1"})], post_status=400, changes=False
    ),
    # dossiers
    "dossiers:list": Page(jobs.LIST_DOSSIERS, jobs.CREATE_DOSSIER, lambda scene: [Target(data={"name": "Tout neuf"})]),
    "dossiers:search": Page(jobs.SEARCH, jobs.SEARCH, lambda scene: [Target(data={"texte": "MERCIER"})], changes=False),
    "dossiers:show": Page(jobs.READ_DOSSIER, jobs.READ_DOSSIER, _dossier(texte="Alain"), changes=False),
    "dossiers:employers-csv": Page(jobs.EXPORT, None, _dossier()),
    "dossiers:present": Page(jobs.READ_DOSSIER, None, _dossier()),
    "dossiers:rename": Page(jobs.KEEP_DOSSIER, jobs.KEEP_DOSSIER, _dossier(name="Un autre nom")),
    "dossiers:archive": Page(None, jobs.KEEP_DOSSIER, _dossier()),
    "dossiers:unarchive": Page(None, jobs.KEEP_DOSSIER, _place("archived", "hidden archived")),
    "dossiers:delete": Page(jobs.KEEP_DOSSIER, jobs.KEEP_DOSSIER, _place("empty", "hidden empty")),
    "dossiers:export": Page(jobs.EXPORT, jobs.EXPORT, _dossier(month=""), post_status=200),
    "dossiers:trash": Page(jobs.READ_DOSSIER, None, _dossier()),
    "dossiers:trash-of-gone": Page(jobs.RESTORE_GONE),
    "dossiers:restore": Page(None, jobs.RESTORE, _packages),
    "dossiers:employer": Page(jobs.READ_DOSSIER, jobs.READ_DOSSIER, _employer(texte="Alain"), changes=False),
    "dossiers:employer-months": Page(jobs.READ_DOSSIER, None, _employer()),
    "dossiers:employer-sheet": Page(jobs.READ_DOSSIER, None, _employer()),
    "dossiers:employees-csv": Page(jobs.EXPORT, None, _employer()),
    "dossiers:employer-new": Page(jobs.ENTER, jobs.ENTER, _dossier(siret=FREE_SIRET, name="Neuf")),
    "dossiers:employer-correct": Page(jobs.ENTER, jobs.ENTER, _employer(name="Autre nom")),
    "dossiers:employee-new": Page(jobs.ENTER, jobs.ENTER, _employer(**{_RUBRIQUE: "NOUVEAU"})),
    "dossiers:employee-correct": Page(jobs.ENTER, jobs.ENTER, _employee(**{_RUBRIQUE: "AUTREMENT"})),
    "dossiers:names": Page(jobs.ENTER, jobs.ENTER, _names),
    "dossiers:twins": Page(jobs.READ_DOSSIER, jobs.ENTER, _twins),
    "dossiers:succession": Page(None, jobs.ENTER, _succession),
    "dossiers:employer-delete": Page(jobs.DELETE, jobs.DELETE, _employer()),
    "dossiers:employer-declare": Page(None, jobs.HAND_OVER, _declare),
    "dossiers:employee-delete": Page(jobs.DELETE, jobs.DELETE, _employee()),
    "dossiers:employee": Page(jobs.READ_DOSSIER, None, _employee()),
    "dossiers:declaration": Page(jobs.READ_DOSSIER, None, _declaration()),
    "dossiers:declaration-raw": Page(jobs.READ_DOSSIER, None, _declaration()),
    "dossiers:person-raw": Page(jobs.READ_DOSSIER, None, _declaration(position=0)),
    # imports
    "dossiers:import": Page(
        jobs.LIST_IMPORTS, jobs.IMPORT, _new_import, also=[(jobs.CREATE_DOSSIER, _import_into_a_new_dossier)]
    ),
    "dossiers:imports": Page(jobs.LIST_IMPORTS),
    "dossiers:import-show": Page(
        jobs.READ_IMPORT, None, _import("import", "prepared", "refused", "routed", "hidden import", "hidden prepared")
    ),
    "dossiers:import-progress": Page(jobs.READ_IMPORT, None, _import("import", "hidden import"), get_status=302),
    "dossiers:import-choices": Page(
        None, jobs.IMPORT, _import("prepared", "hidden prepared", **{f"route-{DECLARED_THERE}": "laisser"})
    ),
    "dossiers:import-abandon": Page(None, jobs.IMPORT, _import("prepared", "hidden prepared")),
    "dossiers:import-undo": Page(jobs.UNDO_IMPORT, jobs.UNDO_IMPORT, _undone_imports),
    "dossiers:import-files": Page(jobs.READ_IMPORT, None, _import("prepared", "refused", "routed", "hidden import")),
    "dossiers:import-file": Page(jobs.READ_IMPORT, None, _import_files),
    "dossiers:import-remarks": Page(jobs.READ_IMPORT, None, _import("refused", "routed", "hidden import")),
    # transfers
    "transfers:start": Page(jobs.LIST_TRANSFERS, jobs.START_TRANSFER, _sources),
    "transfers:list": Page(jobs.LIST_TRANSFERS),
    "transfers:list-csv": Page(jobs.LIST_TRANSFERS),
    "transfers:duplicates": Page(jobs.LIST_TRANSFERS),
    "transfers:duplicates-csv": Page(jobs.LIST_TRANSFERS),
    "transfers:hand-over": Page(None, jobs.HAND_OVER, _hand_over),
    "transfers:screen": Page(
        jobs.PREPARE, jobs.PREPARE, _drafts(do="carre-blanc"), also=[(jobs.TRANSFER, _leaving_drafts)]
    ),
    "transfers:drop": Page(None, jobs.PREPARE, _drafts()),
    "transfers:again": Page(None, jobs.START_TRANSFER, _repeated_transfers),
    "transfers:preview": Page(jobs.PREPARE, None, _drafts(), get_status=302),
    "transfers:choices": Page(None, jobs.PREPARE, _drafts(**{"si-existe": "ignorer"})),
    "transfers:preview-employees": Page(jobs.PREPARE, None, _draft_employees),
    "transfers:progress": Page(jobs.READ_TRANSFER, None, _transfers, get_status=302),
    "transfers:receipt": Page(jobs.READ_TRANSFER, None, _transfers),
    "transfers:receipt-json": Page(jobs.READ_TRANSFER, None, _transfers),
    "transfers:receipt-csv": Page(jobs.READ_TRANSFER, None, _transfers),
    "transfers:undo": Page(jobs.UNDO_TRANSFER, jobs.UNDO_TRANSFER, _undone_transfers, post_status=200),
    # deposits
    "filings:board": Page(jobs.LIST_FILINGS, jobs.LIST_FILINGS, _own(texte="Club"), changes=False),
    "filings:board-csv": Page(jobs.LIST_FILINGS),
    "filings:calendar": Page(jobs.LIST_FILINGS),
    "filings:deposit": Page(jobs.LIST_FILINGS, jobs.FILE, _new_deposit),
    "filings:batches": Page(jobs.LIST_FILINGS),
    "filings:batch": Page(jobs.READ_FILING, None, _batches),
    "filings:batch-progress": Page(jobs.READ_FILING, None, _batches, get_status=302),
    "filings:batch-order": Page(None, jobs.DECIDE_FILING, _batches),
    "filings:after-restore": Page(jobs.AFTER_RESTORE, jobs.AFTER_RESTORE, changes=False),
    "filings:list": Page(jobs.LIST_FILINGS, jobs.LIST_FILINGS, _own(texte="Club"), changes=False),
    "filings:list-csv": Page(jobs.LIST_FILINGS),
    "filings:coverage": Page(jobs.LIST_FILINGS, jobs.LIST_FILINGS, _own(texte="Club"), changes=False),
    "filings:coverage-save": Page(None, jobs.SET_FILING, _due_days, also=[(jobs.ORDER_FOR_GOOD, _standing_orders)]),
    "filings:options": Page(jobs.READ_FILING, jobs.SET_FILING, _dossier(holder="", folder="", hold_minutes="30")),
    "filings:by-hand": Page(jobs.DECIDE_FILING, jobs.DECIDE_FILING, _by_hand),
    "filings:show": Page(jobs.READ_FILING, None, _filing("blocked")),
    "filings:sent-file": Page(jobs.READ_FILING, None, _filing("to order")),
    "filings:proof": Page(jobs.READ_FILING, None, _proofs),
    "filings:order": Page(None, jobs.DECIDE_FILING, _filing("to order", when="maintenant", confirmed="1")),
    "filings:retain": Page(None, jobs.DECIDE_FILING, _filing("retained")),
    "filings:cancel": Page(jobs.DECIDE_FILING, jobs.DECIDE_FILING, _filing("to order", pourquoi="refaite")),
    "filings:reopen": Page(None, jobs.DECIDE_FILING, _filing("given up")),
    "filings:pass-findings": Page(None, jobs.DECIDE_FILING, _filing("blocked", reason="vu avec elle")),
    "filings:decide-again": Page(None, jobs.DECIDE_FILING, _filing("second of two", reason="perdu là-bas")),
    "filings:settle": Page(
        None, jobs.DECIDE_FILING, _filing("unknown", hidden=False, outcome="not_deposited", reason="vu là-bas")
    ),
    "filings:record": Page(None, jobs.DECIDE_FILING, _filing("to order", day="2025-02-05")),
    # returns
    "returns:list": Page(jobs.LIST_RETURNS, jobs.LIST_RETURNS, _own(texte="Club"), changes=False),
    "returns:list-csv": Page(jobs.LIST_RETURNS),
    "returns:expected": Page(jobs.LIST_RETURNS),
    "returns:late-figure": Page(jobs.LIST_RETURNS, get_status=302),
    "returns:add": Page(jobs.LIST_RETURNS, jobs.ADD_RETURNS, _new_return, post_status=200),
    "returns:mark-read": Page(None, jobs.MARK_RETURNS, _returns_read),
    "returns:mark-one-read": Page(None, jobs.MARK_RETURNS, _return("rates")),
    "returns:ask-again": Page(None, jobs.ASK_AGAIN, _return("refused")),
    "returns:show": Page(jobs.READ_RETURN, None, _return("identity")),
    "returns:document": Page(jobs.READ_RETURN, None, _return("rates")),
    "returns:version": Page(jobs.READ_RETURN, None, _versions),
    "returns:date-crm": Page(None, jobs.DECIDE_RATES, _return("rates", jour="2026-01-15")),
    "returns:adopt": Page(None, jobs.ADOPT, _identities),
    "returns:keep-collecting": Page(None, jobs.ACCOUNTS, _account(keep="on", until="2026-12-31"), changes=False),
    "returns:anomalies": Page(jobs.LIST_ANOMALIES, jobs.LIST_ANOMALIES, _own(texte="Club"), changes=False),
    "returns:anomalies-csv": Page(jobs.LIST_ANOMALIES),
    "returns:cause": Page(jobs.READ_ANOMALY, jobs.READ_ANOMALY, _causes, changes=False),
    "returns:cause-change": Page(None, jobs.DECIDE_ANOMALY, _causes),
    "returns:anomaly": Page(jobs.READ_ANOMALY, jobs.DECIDE_ANOMALY, _anomalies),
    "returns:rates": Page(jobs.LIST_RATES),
    "returns:dossier-rates": Page(jobs.READ_RATES, None, _place("second", "hidden")),
    "returns:decide-rates": Page(None, jobs.DECIDE_RATES, _waiting_rates),
    "returns:rate-option": Page(None, jobs.SET_RATES, _place("second", "hidden", seul="1")),
    "returns:rates-in-force": Page(
        jobs.READ_RATES, jobs.READ_RATES, _place("second", "hidden", texte="Club"), changes=False
    ),
    "returns:rates-lacking": Page(jobs.READ_RATES, None, _place("second", "hidden")),
    "returns:rates-lacking-csv": Page(jobs.READ_RATES, None, _place("second", "hidden")),
    "returns:rates-csv": Page(jobs.READ_RATES, None, _place("second", "hidden")),
    "returns:rate-changes-csv": Page(None, jobs.DECIDE_RATES, _place("second", "hidden"), post_status=200),
    "returns:rate-line": Page(jobs.READ_RATES, jobs.DECIDE_RATES, _lines),
    "returns:rate-history": Page(jobs.READ_RATES, None, _rated_people),
    "returns:rate-undo": Page(jobs.DECIDE_RATES, jobs.DECIDE_RATES, _rate_acts),
}
"""{name of the address: what it is}."""
