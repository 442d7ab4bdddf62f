"""The rules of the check: a stable code each, and the words under which findings are gathered."""

from dataclasses import dataclass
from enum import StrEnum

from scarabee.dsn.findings import Severity


class Rule(StrEnum):
    """The value is the code that `Finding.rule` carries; `heading` names the rule to a payroll clerk."""

    heading: str

    def __new__(cls, code: str, heading: str) -> "Rule":
        member = str.__new__(cls, code)
        member._value_ = code
        member.heading = heading
        return member

    # the file and the envoi
    UNREADABLE = "lecture", "Fichier illisible"
    NO_HEADER = "entete", "Envoi sans en-tête"
    NO_DECLARATION = "sans-declaration", "Envoi sans déclaration"
    LOT = "lot", "Lot d’une plateforme"
    SEVERAL_ENVOIS = "envois", "Plusieurs envois dans un fichier"
    ENCODING = "encodage", "Encodage du fichier"
    TOTALS = "totaux", "Totaux de l’envoi"
    NIL_ENVOI = "envoi-neant", "Type de l’envoi"
    NORM = "norme", "Version de la norme"
    TRIAL_OR_REAL = "essai-reel", "Essai ou réel"
    SEVERAL_DECLARATIONS = "plusieurs-declarations", "Plusieurs déclarations"
    # how lines are written
    BLANK_LINE = "ligne-vide", "Lignes vides"
    LONG_LINE = "ligne-longue", "Lignes trop longues"
    WRITING = "ecriture", "Écriture des lignes"
    EMPTY = "vide", "Valeurs vides"
    # blocs and rubriques
    UNKNOWN_BLOC = "bloc-inconnu", "Blocs inconnus de la norme"
    BLOC_PLACE = "bloc-place", "Blocs mal placés"
    BLOC_FORBIDDEN = "bloc-interdit", "Blocs interdits pour cette nature"
    BLOC_MISSING = "bloc-absent", "Blocs absents"
    TOO_MANY = "bloc-en-trop", "Blocs en trop"
    UNKNOWN_RUBRIQUE = "rubrique-inconnue", "Rubriques inconnues de la norme"
    REPEATED = "rubrique-repetee", "Rubriques répétées"
    RUBRIQUE_ORDER = "rubrique-ordre", "Ordre des rubriques"
    MISSING = "rubrique-absente", "Rubriques absentes"
    FORBIDDEN = "rubrique-interdite", "Rubriques interdites pour cette nature"
    # values
    CHARACTER = "caractere", "Caractères interdits"
    BLANK_END = "blanc", "Blancs au bord des valeurs"
    LENGTH = "longueur", "Longueur des valeurs"
    FORMAT = "format", "Forme des valeurs"
    LIST = "liste", "Valeurs hors liste"
    DATE = "date", "Dates qui n’existent pas"
    NAME = "nom", "Noms et prénoms"
    PERIOD = "dates-inversees", "Fin avant le début"
    # keys and people
    SIRET = "siret", "SIREN et SIRET"
    NIR = "nir", "NIR"
    NIR_BIRTH = "nir-naissance", "NIR et date de naissance"
    NTT = "ntt", "NTT"
    UNIDENTIFIED = "identifiant-absent", "Personnes sans identifiant"
    PERSON_TWICE = "personne-repetee", "Personnes déclarées deux fois"
    # links
    CONTRACT_TWICE = "contrat-repete", "Contrats de même numéro"
    CONTRACT_LINK = "lien-contrat", "Liens vers un contrat"
    CONTRACT_UNPAID = "contrat-sans-remuneration", "Contrats sans rémunération"
    ADHESION_LINK = "lien-adhesion", "Liens vers une adhésion"
    AFFILIATION_LINK = "lien-affiliation", "Liens vers une affiliation"
    WORKPLACE = "lieu-de-travail", "Lieux de travail"
    # the declaration
    TYPE = "type-nature", "Type de la déclaration"
    PEOPLE = "individus", "Présence d’individus"
    FRACTION = "fraction", "Fractions"
    REPLACED = "identifiant-remplace", "Déclaration annulée ou remplacée"
    MONTH = "mois", "Mois principal déclaré"
    MADE_ON = "date-constitution", "Date de constitution"
    DEPOSIT_POINT = "depot-champ", "Point de dépôt et champ"
    DECLARATION_TWICE = "declaration-double", "Déclarations en double"


HEADINGS = {rule.value: rule.heading for rule in Rule}
"""Code of a rule → the words under which its findings are gathered."""

CORRECT = "Corrigez dans le logiciel de paie, puis exportez de nouveau le fichier."


@dataclass(frozen=True, slots=True)
class Blemish:
    """What is wrong, wherever it stands; `rubrique` is a code of rubrique or of bloc, or empty."""

    severity: Severity
    rule: Rule
    rubrique: str
    message: str
    remedy: str = CORRECT
    certain: bool = False
