"""Every command and sub-action: which job it is, and how it is asked for in the scene."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.consistency import rights_jobs as jobs
from tests.consistency.rights_jobs import Job
from tests.consistency.rights_scene import FILED_SIRET, FREE_SIRET, HIDDEN_SIRET, Role, Scene, Target
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, small_file
from tests.filings.intake_scenes import mensuelle
from tests.returns.rate_scenes import Told, crm

from scarabee.dsn.invention import invent_bureau, month_file
from scarabee.returns.models import Anomaly


@dataclass(frozen=True)
class Ask:
    """A command line. `changes`: it writes something for who has the right; None: it is run by nobody else than those
    who have not (it would serve, knock at a portal, or change what no transaction takes back).
    """

    job: Job
    line: list[object]
    target: Target = field(default_factory=Target)
    changes: bool | None = True
    stdin: str = ""


Asks = Callable[[Scene, Path], list[Ask]]
_NEW_PASSWORD = "sextant corail brume 58\n"
_SOMEBODY = "Personne 1"
SELF = "lui-même"
"""Stands for the account of whoever asks."""


def _for_all(job: Job, *line: object, changes: bool | None = False, stdin: str = "") -> Asks:
    return lambda scene, folder: [Ask(job, list(line), Target(), changes, stdin)]


def _named(job: Job, *line: object, places: tuple[str, ...] = ("first", "hidden"), changes: bool = True) -> Asks:
    """The same of dossiers by name; "NOM" stands for the name."""
    return lambda scene, folder: [
        Ask(
            job,
            [scene.places[place].name if word == "NOM" else word for word in line],
            Target(writes=[place]),
            changes,
        )
        for place in places
    ]


def _declarant(scene: Scene, folder: Path) -> list[Ask]:
    second, hidden = scene.places["second"].name, scene.places["hidden"].name
    return [
        Ask(jobs.READ_DOSSIER, ["declarant", ASSOCIATION], Target(sees=["first"]), changes=False),
        Ask(jobs.READ_DOSSIER, ["declarant", HIDDEN_SIRET], Target(sees=["hidden"]), changes=False),
        Ask(jobs.HAND_OVER, ["declarant", ASSOCIATION, "--dossier", second], Target(writes=["first", "second"])),
        Ask(jobs.HAND_OVER, ["declarant", ASSOCIATION, "--dossier", hidden], Target(writes=["first", "hidden"])),
    ]


def _employeurs(scene: Scene, folder: Path) -> list[Ask]:
    names = folder / "noms.csv"
    names.write_text(f"siret;nom\n{ASSOCIATION};Autre nom\n", encoding="utf-8")
    return [
        *_named(jobs.READ_DOSSIER, "employeurs", "--dossier", "NOM", changes=False)(scene, folder),
        *_named(jobs.ENTER, "employeurs", "--dossier", "NOM", "--noms", names)(scene, folder),
    ]


def _controler(scene: Scene, folder: Path) -> list[Ask]:
    file = folder / "envoi.dsn"
    bureau = invent_bureau(1, employers=1, months=1)
    file.write_bytes(month_file(bureau, bureau.first_month))
    return [Ask(jobs.CHECK_FILES, ["controler", file], changes=False)]


def _importer(scene: Scene, folder: Path) -> list[Ask]:
    file = folder / "envoi.dsn"
    file.write_bytes(small_file(month="2026-10"))
    line = ["importer", file, "--dossier", "NOM"]
    new = ["importer", file, "--dossier", "Tout neuf", "--creer"]
    return [
        *_named(jobs.IMPORT, *line, "--malgre-autre-dossier")(scene, folder),
        *_named(jobs.IMPORT, *line, "--malgre-autre-dossier", "--apercu", changes=False)(scene, folder),
        Ask(jobs.CREATE_DOSSIER, [*new, "--malgre-autre-dossier"]),
        Ask(jobs.CREATE_DOSSIER, [*new, "--malgre-autre-dossier", "--apercu"], changes=False),
    ]


def _annuler_import(scene: Scene, folder: Path) -> list[Ask]:
    places = {"import": ["first"], "hidden import": ["hidden"], "routed": ["first", "hidden"]}
    return [
        Ask(jobs.UNDO_IMPORT, ["annuler-import", scene.acts[act].pk], Target(writes=written))
        for act, written in places.items()
    ]


def _exporter(scene: Scene, folder: Path) -> list[Ask]:
    line = ["exporter", "--dossier", "NOM", "--sortie", folder / "sortie"]
    return _named(jobs.EXPORT, *line)(scene, folder)  # the journal tells of it


def _supprimer(scene: Scene, folder: Path) -> list[Ask]:
    person = f"{ASSOCIATION}:{ALAIN.nir}"
    return [
        *_named(jobs.DELETE, "supprimer", "--dossier", "NOM", "--employeur", ASSOCIATION, "--confirmer")(scene, folder),
        *_named(jobs.DELETE, "supprimer", "--dossier", "NOM", "--salarie", person, "--confirmer")(scene, folder),
    ]


def _reprendre(scene: Scene, folder: Path) -> list[Ask]:
    first = scene.places["first"].name
    of_first, of_hidden, of_gone = (scene.packages[f"of the {whose}"].act_id for whose in ("first", "hidden", "gone"))
    return [
        Ask(jobs.RESTORE, ["reprendre", of_first], Target(writes=["first"])),
        Ask(jobs.RESTORE, ["reprendre", of_hidden], Target(writes=["hidden"])),
        Ask(jobs.RESTORE_GONE, ["reprendre", of_gone, "--dossier", first]),
    ]


def _sauvegarder(scene: Scene, folder: Path) -> list[Ask]:
    part = _named(jobs.SAVE_PART, "sauvegarder", "--dossier", "NOM", "--sortie", folder / "parties")
    return [Ask(jobs.BACK_UP, ["sauvegarder"], changes=None), *part(scene, folder)]


def _restaurer(scene: Scene, folder: Path) -> list[Ask]:
    return [
        Ask(jobs.GO_BACK, ["restaurer", "archive.age", "--confirmer"], changes=None),
        Ask(jobs.TAKE_PART, ["restaurer", "archive.age", "--dossier"], changes=None),
    ]


def _transferer(scene: Scene, folder: Path) -> list[Ask]:
    names = {place: dossier.name for place, dossier in scene.places.items()}
    asked = []
    for source, destination in (("first", "second"), ("first", "hidden"), ("hidden", "first")):
        line: list[object] = ["transferer", "--de", names[source], "--vers", names[destination], "--tout"]
        both = Target(writes=[source, destination])
        asked += [Ask(jobs.TRANSFER, line, both), Ask(jobs.TRANSFER, [*line, "--apercu"], both, changes=False)]
    for source in ("first", "hidden"):
        line = ["transferer", "--de", names[source], "--vers", "Tout neuf", "--creer", "--tout"]
        asked.append(Ask(jobs.TRANSFER, line, Target(writes=[source])))
    return asked


def _annuler_transfert(scene: Scene, folder: Path) -> list[Ask]:
    places = {
        "within": Target(sees=["first"], writes=["second"]),
        "handed over": Target(writes=["first", "second"]),
        "to the hidden": Target(sees=["first"], writes=["hidden"]),
    }
    return [
        Ask(jobs.UNDO_TRANSFER, ["annuler-transfert", scene.transfers[name].pk], target)
        for name, target in places.items()
    ]


def _identifiants(job: Job, action: str, *more: object, changes: bool | None = True, stdin: str = "") -> Asks:
    return lambda scene, folder: [
        Ask(
            job,
            ["identifiants", action, "--utilisateur", scene.users[role].username, *more],
            Target(author=role),
            changes,
            stdin,
        )
        for role in (Role.KEEPER, Role.ADMINISTRATOR)
    ]


_SAVED = ("--siret", FREE_SIRET, "--nom", "AUTRE", "--prenom", "Claude", "--mot-de-passe-stdin")


def _user(action: str, *more: object, changes: bool | None = True, stdin: str = "") -> Asks:
    return _for_all(jobs.ACCOUNTS, "utilisateurs", action, _SOMEBODY, *more, changes=changes, stdin=stdin)


def _deposer(scene: Scene, folder: Path) -> list[Ask]:
    file = folder / "envoi.dsn"
    file.write_bytes(mensuelle(month="2026-09"))
    return _named(jobs.FILE, "deposer", file, "--dossier", "NOM", "--utilisateur", SELF)(scene, folder)


def _filing(job: Job, action: str, which: str, *more: object, hidden: bool = True, changes: bool = True) -> Asks:
    """An action on a deposit of the second dossier, and on one of the hidden dossier."""
    places = {which: "second", **({f"hidden {which}": "hidden"} if hidden else {})}

    def asks(scene: Scene, folder: Path) -> list[Ask]:
        options = [folder / "preuves" if word == "FOLDER" else word for word in more]
        return [
            Ask(job, ["depots", action, scene.filings[name].pk, *options], _target(job, place), changes)
            for name, place in places.items()
        ]

    return asks


def _target(job: Job, place: str) -> Target:
    return Target(sees=[place]) if job is jobs.READ_FILING else Target(writes=[place])


def _by_hand(scene: Scene, folder: Path) -> list[Ask]:
    asked = {"second": FILED_SIRET, "hidden": HIDDEN_SIRET}
    month = ("--mois", "2024-01", "--le", "2024-02-05")
    return [
        *_filing(jobs.DECIDE_FILING, "a-la-main", "to order", "--le", "2025-02-05")(scene, folder),
        *(
            Ask(
                jobs.DECIDE_FILING,
                ["depots", "a-la-main", "--dossier", scene.places[place].name, "--siret", siret, *month],
                Target(writes=[place]),
            )
            for place, siret in asked.items()
        ),
    ]


def _depots_employeur(scene: Scene, folder: Path) -> list[Ask]:
    asks = []
    for place, siret in (("second", FILED_SIRET), ("hidden", HIDDEN_SIRET)):
        line: list[object] = ["depots", "employeur", siret, "--dossier", scene.places[place].name]
        asks += [
            Ask(jobs.READ_FILING, line, Target(sees=[place]), changes=False),
            Ask(jobs.SET_FILING, [*line, "--echeance", "5"], Target(writes=[place])),
            Ask(jobs.ORDER_FOR_GOOD, [*line, "--ordre-permanent", "oui"], Target(writes=[place])),
        ]
    return asks


def _depots_dossier(scene: Scene, folder: Path) -> list[Ask]:
    line = ("depots", "dossier", "NOM")
    exchange = folder / "echange"
    exchange.mkdir()
    return [
        *_named(jobs.READ_FILING, *line, changes=False)(scene, folder),
        *_named(jobs.SET_FILING, *line, "--retenue", "30")(scene, folder),
        *_named(jobs.ORDER_FOR_GOOD, *line, "--echange", exchange)(scene, folder),
    ]


def _retours_lire(scene: Scene, folder: Path) -> list[Ask]:
    places = {"rates": "second", "hidden rates": "hidden"}
    return [
        Ask(jobs.READ_RETURN, ["retours", "lire", scene.returns[name].pk], Target(sees=[place]), changes=False)
        for name, place in places.items()
    ]


def _retours_redemander(scene: Scene, folder: Path) -> list[Ask]:
    places = {"refused": "second", "hidden refused": "hidden"}
    return [
        Ask(jobs.ASK_AGAIN, ["retours", "redemander", scene.returns[name].pk], Target(writes=[place]))
        for name, place in places.items()
    ]


def _retours_importer(scene: Scene, folder: Path) -> list[Ask]:
    file = folder / "retour.xml"
    file.write_bytes(crm([Told(ALAIN.nir, "4.00")], siret=FREE_SIRET))
    return [Ask(jobs.ADD_RETURNS, ["retours", "importer", file])]


def _taux(scene: Scene, folder: Path) -> list[Ask]:
    line = ("taux", "--dossier", "NOM")
    return [
        *_named(jobs.READ_RATES, *line, changes=False)(scene, folder),
        *_named(jobs.DECIDE_RATES, *line, "--changes", places=("second", "hidden"))(scene, folder),
    ]


def _rates(action: str, *more: object) -> Asks:
    """A decision on the rates of a return, and on one rate by its number."""

    def asks(scene: Scene, folder: Path) -> list[Ask]:
        asked = []
        for name, place in (("rates", "second"), ("hidden rates", "hidden")):
            item = scene.returns[name]
            for which in ([item.rates.get().pk], ["--retour", item.pk]):
                line = ["taux", action, *which, *more]
                asked.append(Ask(jobs.DECIDE_RATES, line, Target(writes=[place])))
        return asked

    return asks


def _anomalies(action: str, *more: object) -> Asks:
    """A decision on the anomaly of a return of the second dossier, and of the hidden one."""

    def asks(scene: Scene, folder: Path) -> list[Ask]:
        return [
            Ask(jobs.DECIDE_ANOMALY, ["retours", action, one.pk, *more], Target(writes=[place]))
            for name, place in (("identity", "second"), ("hidden identity", "hidden"))
            for one in Anomaly.objects.filter(shown_in=scene.returns[name])
        ]

    return asks


def _taux_attribuer(scene: Scene, folder: Path) -> list[Ask]:
    return [
        Ask(jobs.DECIDE_RATES, ["taux", "attribuer", item.lines.get().pk, "--personne"], Target(writes=[place]))
        for item, place in ((scene.returns["rates"], "second"), (scene.returns["hidden rates"], "hidden"))
    ]


def _taux_dater(scene: Scene, folder: Path) -> list[Ask]:
    return [
        Ask(jobs.DECIDE_RATES, ["taux", "dater", item.pk, "2026-01-15"], Target(writes=[place]))
        for item, place in ((scene.returns["rates"], "second"), (scene.returns["hidden rates"], "hidden"))
    ]


def _taux_annuler(scene: Scene, folder: Path) -> list[Ask]:
    places = {"decided": "second", "hidden decided": "hidden"}
    return [
        Ask(jobs.DECIDE_RATES, ["taux", "annuler", scene.acts[name].pk], Target(writes=[place]))
        for name, place in places.items()
    ]


def _taux_reglage(scene: Scene, folder: Path) -> list[Ask]:
    line = ("taux", "reglage", "--dossier", "NOM")
    return [
        *_named(jobs.READ_RATES, *line, changes=False)(scene, folder),
        *_named(jobs.SET_RATES, *line, "--appliquer-seuls", "oui")(scene, folder),
    ]


COMMANDS: dict[tuple[str, str], Asks] = {
    ("demarrer", ""): _for_all(jobs.INSTALLATION, "demarrer", "--sans-navigateur", changes=None),
    ("demo", ""): _for_all(jobs.INSTALLATION, "demo", "--sans-navigateur", changes=None),
    ("diagnostic", ""): _for_all(jobs.DIAGNOSTIC, "diagnostic", "--rapide", changes=None),
    ("mettre-a-jour", ""): _for_all(jobs.INSTALLATION, "mettre-a-jour", changes=None),
    ("web", ""): _for_all(jobs.INSTALLATION, "web", changes=None),
    ("worker", ""): _for_all(jobs.INSTALLATION, "worker", "--une-fois", changes=None),
    ("horloge", ""): _for_all(jobs.INSTALLATION, "horloge", "--une-fois", changes=None),
    ("bouchon", ""): _for_all(jobs.INSTALLATION, "bouchon", changes=None),
    ("dossiers", ""): _for_all(jobs.LIST_DOSSIERS, "dossiers"),
    ("dossier", "creer"): _for_all(jobs.CREATE_DOSSIER, "dossier", "creer", "Tout neuf", changes=True),
    ("dossier", "renommer"): _named(jobs.KEEP_DOSSIER, "dossier", "renommer", "NOM", "Un autre nom"),
    ("dossier", "archiver"): _named(jobs.KEEP_DOSSIER, "dossier", "archiver", "NOM"),
    ("dossier", "desarchiver"): _named(
        jobs.KEEP_DOSSIER, "dossier", "desarchiver", "NOM", places=("archived", "hidden archived")
    ),
    ("dossier", "supprimer"): _named(
        jobs.KEEP_DOSSIER, "dossier", "supprimer", "NOM", places=("empty", "hidden empty")
    ),
    ("declarant", ""): _declarant,
    ("employeurs", ""): _employeurs,
    ("salaries", ""): _named(jobs.READ_DOSSIER, "salaries", "--dossier", "NOM", changes=False),
    ("chercher", ""): lambda scene, folder: [
        Ask(jobs.SEARCH, ["chercher", text], changes=False) for text in (ALAIN.nir, BRIGITTE.family_name, "association")
    ],
    ("controler", ""): _controler,
    ("importer", ""): _importer,
    ("imports", ""): _for_all(jobs.LIST_IMPORTS, "imports"),
    ("annuler-import", ""): _annuler_import,
    ("exporter", ""): _exporter,
    ("supprimer", ""): _supprimer,
    ("reprendre", ""): _reprendre,
    ("transferer", ""): _transferer,
    ("transferts", ""): _for_all(jobs.LIST_TRANSFERS, "transferts"),
    ("annuler-transfert", ""): _annuler_transfert,
    ("deposer", ""): _deposer,
    ("depots", ""): _for_all(jobs.LIST_FILINGS, "depots"),
    ("depots", "lister"): _for_all(jobs.LIST_FILINGS, "depots", "lister"),
    ("depots", "couverture"): _for_all(jobs.LIST_FILINGS, "depots", "couverture"),
    ("depots", "preuves"): _filing(jobs.READ_FILING, "preuves", "first of two", "--sortie", "FOLDER"),
    ("depots", "ordonner"): _filing(jobs.DECIDE_FILING, "ordonner", "to order", "--confirmer-reel"),
    ("depots", "retenir"): _filing(jobs.DECIDE_FILING, "retenir", "retained"),
    ("depots", "abandonner"): _filing(jobs.DECIDE_FILING, "abandonner", "to order"),
    ("depots", "reprendre"): _filing(jobs.DECIDE_FILING, "reprendre", "given up"),
    ("depots", "passer-outre"): _filing(jobs.DECIDE_FILING, "passer-outre", "blocked", "--raison", "vu avec elle"),
    ("depots", "redeposer"): _filing(jobs.DECIDE_FILING, "redeposer", "second of two", "--raison", "perdu là-bas"),
    ("depots", "decider"): _filing(
        jobs.DECIDE_FILING, "decider", "unknown", "--issue", "non-deposee", "--raison", "vu là-bas", hidden=False
    ),
    ("depots", "a-la-main"): _by_hand,
    ("depots", "employeur"): _depots_employeur,
    ("depots", "dossier"): _depots_dossier,
    ("depots", "apres-restauration"): _for_all(jobs.AFTER_RESTORE, "depots", "apres-restauration"),
    ("depots", "envoyer"): _for_all(jobs.SEND_DUE, "depots", "envoyer"),
    ("retours", ""): _for_all(jobs.LIST_RETURNS, "retours"),
    ("retours", "lister"): _for_all(jobs.LIST_RETURNS, "retours", "lister"),
    ("retours", "lire"): _retours_lire,
    ("retours", "importer"): _retours_importer,
    ("retours", "redemander"): _retours_redemander,
    ("retours", "attendus"): _for_all(jobs.LIST_RETURNS, "retours", "attendus"),
    ("retours", "anomalies"): _for_all(jobs.LIST_ANOMALIES, "retours", "anomalies"),
    ("retours", "prendre"): _anomalies("prendre", "--a", "Administrateur"),
    ("retours", "traiter"): _anomalies("traiter", "--etat", "acceptee"),
    ("retours", "recuperer"): _for_all(jobs.FETCH_DUE, "retours", "recuperer", changes=None),
    ("taux", ""): _taux,
    ("taux", "lister"): _named(jobs.READ_RATES, "taux", "lister", "--dossier", "NOM", changes=False),
    ("taux", "attente"): _named(jobs.READ_RATES, "taux", "attente", "--dossier", "NOM", changes=False),
    ("taux", "manquants"): _named(jobs.READ_RATES, "taux", "manquants", "--dossier", "NOM", changes=False),
    ("taux", "appliquer"): _rates("appliquer"),
    ("taux", "ecarter"): _rates("ecarter", "--raison", "vu avec elle"),
    ("taux", "annuler"): _taux_annuler,
    ("taux", "lignes"): _named(jobs.READ_RATES, "taux", "lignes", "--dossier", "NOM", changes=False),
    ("taux", "attribuer"): _taux_attribuer,
    ("taux", "dater"): _taux_dater,
    ("taux", "bareme"): _for_all(jobs.READ_GRID, "taux", "bareme", "2000", "--le", "2024-06-15"),
    ("taux", "reglage"): _taux_reglage,
    ("utilisateurs", ""): _for_all(jobs.ACCOUNTS, "utilisateurs"),
    ("utilisateurs", "creer"): _for_all(
        jobs.ACCOUNTS, "utilisateurs", "creer", "Neuve", "--role", "lecture", "--mot-de-passe-stdin",
        changes=True, stdin=_NEW_PASSWORD,
    ),
    ("utilisateurs", "droits"): _user("droits", "--dossier", "Mirevent", "--role", "lecture"),
    ("utilisateurs", "administrateur"): _user("administrateur"),
    ("utilisateurs", "desactiver"): _user("desactiver"),
    ("utilisateurs", "reactiver"): _user("reactiver", changes=False),
    ("utilisateurs", "debloquer"): _user("debloquer", changes=False),
    ("utilisateurs", "reinitialiser"): _user("reinitialiser", "--mot-de-passe-stdin", stdin=_NEW_PASSWORD),
    ("identifiants", ""): _for_all(jobs.READ_IDENTIFIERS, "identifiants"),
    ("identifiants", "enregistrer"): _identifiants(
        jobs.KEEP_IDENTIFIERS, "enregistrer", *_SAVED, stdin="Corail.2026-Dune\n"
    ),
    ("identifiants", "verifier"): _identifiants(jobs.CHECK_IDENTIFIERS, "verifier", changes=None),
    ("identifiants", "copier"): _identifiants(jobs.COPY_IDENTIFIERS, "copier", "--vers", _SOMEBODY),
    ("identifiants", "effacer"): _identifiants(jobs.KEEP_IDENTIFIERS, "effacer"),
    ("journal", ""): _for_all(jobs.JOURNAL, "journal"),
    ("journal", "verifier"): _for_all(jobs.JOURNAL, "journal", "verifier"),
    ("maintenance", "etat"): _for_all(jobs.CLOSE, "maintenance", "etat"),
    ("maintenance", "ouvrir"): _for_all(jobs.CLOSE, "maintenance", "ouvrir", "--pourquoi", "essai", changes=True),
    ("maintenance", "terminer"): _for_all(jobs.CLOSE, "maintenance", "terminer", changes=None),
    ("coffre", "etat"): _for_all(jobs.VAULT, "coffre", "etat"),
    ("coffre", "renouveler"): _for_all(jobs.VAULT, "coffre", "renouveler", changes=None),
    ("sauvegarder", ""): _sauvegarder,
    ("sauvegardes", ""): _for_all(jobs.BACK_UP, "sauvegardes"),
    ("sauvegardes", "scripts"): _for_all(jobs.BACK_UP, "sauvegardes", "scripts"),
    ("sauvegardes", "script"): _for_all(jobs.BACK_UP, "sauvegardes", "script", "Nuit", changes=True),
    ("sauvegardes", "lancer"): _for_all(jobs.BACK_UP, "sauvegardes", "lancer", "Chaque jour", changes=None),
    ("sauvegardes", "supprimer"): _for_all(jobs.BACK_UP, "sauvegardes", "supprimer", "Chaque jour", changes=True),
    ("sauvegardes", "alerte"): _for_all(jobs.BACK_UP, "sauvegardes", "alerte", "9", changes=True),
    ("sauvegardes", "exercice"): _for_all(jobs.BACK_UP, "sauvegardes", "exercice", changes=None),
    ("verifier-sauvegarde", ""): _for_all(jobs.BACK_UP, "verifier-sauvegarde", "archive.age", changes=None),
    ("trousse", "montrer"): _for_all(jobs.KEY_KIT, "trousse", "montrer", changes=True),
    ("trousse", "rangee"): _for_all(jobs.KEY_KIT, "trousse", "rangee", changes=True),
    ("trousse", "publique"): _for_all(jobs.KEY_KIT, "trousse", "publique"),
    ("restaurer", ""): _restaurer,
    ("personne", "chercher"): _for_all(jobs.SEARCH, "personne", "chercher", stdin="MERCIER\n"),
    ("personne", "exporter"): lambda scene, folder: [
        Ask(
            jobs.GIVE_PERSON,
            ["personne", "exporter", scene.employee(place).pk, "--sortie", folder / "elle.zip"],
            Target(sees=[place]),
        )
        for place in ("first", "hidden")
    ],
    ("personne", "effacer"): lambda scene, folder: [
        Ask(
            jobs.ERASE_PERSON,
            ["personne", "effacer", scene.employee("second").pk, "--confirmer", "--motif", "à sa demande"],
            changes=None,
        )
    ],
    ("personne", "effacements"): _for_all(jobs.ERASE_PERSON, "personne", "effacements"),
    ("conservation", ""): _for_all(jobs.RETAIN, "conservation"),
    ("conservation", "etat"): _for_all(jobs.RETAIN, "conservation", "etat"),
    ("conservation", "regler"): _for_all(jobs.RETAIN, "conservation", "regler", "taux", "80", changes=True),
    ("conservation", "proposer"): _for_all(jobs.RETAIN, "conservation", "proposer"),
    ("conservation", "appliquer"): _for_all(jobs.RETAIN, "conservation", "appliquer", "taux", changes=None),
    ("migrer-vers", ""): _for_all(jobs.GO_BACK, "migrer-vers", "postgresql://personne/base", changes=None),
}  # fmt: skip
"""{(command, action): how it is asked for}."""
