"""The bad days that the bouchon can play (api-dsn §9, cases E1 to E16), and which of them are on."""

from collections.abc import Iterable
from threading import RLock

AT_SIGN_IN = "Authentification"
EVERYWHERE = "Tous les services"
AT_DEPOSIT = "Dépôt"
AT_READING = "Consultation et téléchargement"
FORMS = "Formes de réponse"

GROUPS: dict[str, dict[str, str]] = {
    AT_SIGN_IN: {
        "mot-de-passe-expire": "Le mot de passe est juste mais expiré : 401, « Expiration du mot de passe ».",
        "compte-bloque": "Le compte est bloqué : 403 à l’authentification, même avec le bon mot de passe.",
        "non-inscrit": "Le compte n’est pas inscrit à la DSN : 401 dès l’authentification.",
        "identifiants-mal-formes": "Les identifiants sont jugés mal formés : 422 à l’authentification.",
        "verrouillage": "Trois refus de suite bloquent le compte : 403 ensuite, jusqu’à ce qu’on le débloque.",
    },
    EVERYWHERE: {
        "maintenance": "Le portail est en maintenance : 503 partout.",
        "introuvable": "Le portail est mal branché : 404 partout.",
        "redirection": "Le portail renvoie (302) vers une page de maintenance.",
        "page-html": "Le portail répond 200 avec une page HTML à la place de ce qu’on lui demande.",
        "pare-feu": "Le pare-feu du portail juge la requête dangereuse : 407.",
        "erreur-interne": "Le portail échoue : 500, et rien n’est enregistré.",
        "lenteur": "Le portail met longtemps (vingt secondes) à répondre.",
        "muet": "Le portail accepte la connexion, puis ne répond jamais.",
        "non-inscrit-au-depot": "L’authentification passe, puis chaque service répond « Utilisateur non-inscrit ».",
        "jeton-expire": "Les jetons déjà donnés sont expirés, et chaque nouveau jeton ne sert qu’une fois.",
    },
    AT_DEPOSIT: {
        "coupure-avant-enregistrement": "La connexion est coupée pendant le dépôt, et rien n’est enregistré.",
        "coupure-apres-enregistrement": "Le dépôt est enregistré, puis la connexion est coupée sans réponse.",
        "idflux-point": "Les nouveaux dépôts reçoivent un identifiant (idflux) qui finit par un point.",
        "aee-xml-en-2.0": "L’accusé de la version 2.0 est du XML, annoncé comme du JSON.",
    },
    AT_READING: {
        "depot-d-un-autre": "Le dépôt est dit celui d’un autre : 403 à la lecture et au téléchargement des retours.",
        "retour-ecrase": "Chaque retour d’un organisme est remplacé juste après avoir été listé une fois.",
        "nature-inconnue": "Chaque dépôt reçoit un retour d’une nature inconnue, sans identifiant ni adresse.",
        "plage-reduite": "La plage de recherche permise tombe à 15 minutes.",
        "plage-24-heures": "La liste des dépôts accepte une plage de 24 heures, comme le dit le guide 6.9.",
        "interrogation-trop-rapide": "La même recherche, refaite avant la fin de sa réponse (Expires) : 429.",
    },
    FORMS: {
        "retour-sans-id": "Les retours listés n’ont que leur adresse (url), pas d’identifiant.",
        "retour-sans-url": "Les retours listés n’ont que leur identifiant, pas d’adresse.",
        "json-sans-racine": "JSON sans l’objet racine « depots » ou « retours ».",
        "json-majuscules": "JSON dont les clés commencent par une majuscule.",
        "json-objet-seul": "JSON où un élément seul est un objet, et non un tableau d’un élément.",
        "json-tableaux": "JSON où le déclarant est dans un tableau.",
        "json-nombres": "JSON où les dates et les natures sont des nombres.",
        "json-null": "JSON où une liste vide est null.",
        "json-cle-absente": "JSON où une liste vide est absente.",
        "json-cles-inconnues": "JSON avec des clés que personne n’attend.",
    },
}

INCIDENTS: dict[str, str] = {name: text for group in GROUPS.values() for name, text in group.items()}
"""Name → what it does, in French."""


class Incidents:
    """Which incidents are on. Any thread may ask or change."""

    def __init__(self) -> None:
        self._on: set[str] = set()
        self._lock = RLock()

    def start(self, name: str) -> None:
        """Switch one on. Raises ValueError for a name that is not in INCIDENTS."""
        with self._lock:
            self._on.add(known(name))

    def end(self, name: str) -> None:
        """Switch one off; harmless when it is off. Raises ValueError for a name that is not in INCIDENTS."""
        with self._lock:
            self._on.discard(known(name))

    def on(self, name: str) -> bool:
        """Whether this one is on."""
        return known(name) in self._on

    def all_on(self) -> list[str]:
        """The names that are on, in the order of INCIDENTS."""
        return [name for name in INCIDENTS if name in self._on]


def known(name: str) -> str:
    """The name itself. Raises ValueError (French) when no incident is called so."""
    if name not in INCIDENTS:
        raise ValueError(f"Aucun incident ne s’appelle « {name} ». Il y a : {', '.join(INCIDENTS)}.")
    return name


def check_names(names: Iterable[str]) -> list[str]:
    """The names as a list. Raises ValueError (French) for the first that no incident bears."""
    return [known(name) for name in names]
