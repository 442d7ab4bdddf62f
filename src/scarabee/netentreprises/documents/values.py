"""What a return says, the same values for every family. Texts are stripped; what is not told is "" or None.

Days are texts « AAAA-MM-JJ »: those of a birth may have parts of 00 or 99. Rubriques have dots, NIR have 13 characters.
The repr of a value says neither who somebody is nor what was written about him.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from scarabee.netentreprises.listings import Declarant


class Family(StrEnum):
    """The unrelated kinds of documents (retours §1)."""

    RAPPORT = "rapport"
    NEORES = "neores"
    OC = "oc"
    FICHE = "fiche"
    BPIJ = "bpij"
    AGIRC_ARRCO = "agirc-arrco"
    TEXT = "texte"
    UNKNOWN = "inconnue"


SEVERITY = ("", "OK", "ANO", "KO")
"""States, the worst last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands above everything else in a document.

    `kind`: what the document calls itself (AEE, CRACOSS…). `nature`: its number, "" when nothing tells it. `state`: OK,
    ANO, KO or "". `essai_reel`: 01 essai, 02 réel. `point`: 01 net-entreprises, 02 MSA. `crm_identifier`: that of the
    CRM, to be declared in S21.G00.50.008 with the rates of a nature 94. `sender`: the SIRET of the émetteur. `body`:
    who produced it. `replaces`: it takes the place of the former one of this nature and flux. Moments are
    « AAAA-MM-JJ HH:MM:SS » in the time of Paris, or a day alone. `since`, `until`: the period it is about.
    """

    family: Family
    nature: str = ""
    kind: str = ""
    version: str = ""
    state: str = ""
    idflux: str = ""
    essai_reel: str = ""
    point: str = ""
    crm_identifier: str = ""
    message: str = field(default="", repr=False)
    sender: str = ""
    declarant: Declarant | None = field(default=None, repr=False)
    file_name: str = ""
    norm: str = ""
    software: str = ""
    body: str = ""
    identifier: str = ""
    trigger: str = ""
    replaces: bool = False
    received: str = ""
    recorded: str = ""
    produced: str = ""
    since: str = ""
    until: str = ""
    counters: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_real(self) -> bool | None:
        """Whether it answers a réel deposit, False for an essai, None when it does not say."""
        return {"01": False, "02": True}.get(self.essai_reel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract of work: its number, first day, nature, and what else a return knows of it by the name it gives."""

    number: str = ""
    since: str = ""
    nature: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationOf:
    """A declaration as a return tells it. `month`: AAAA-MM or "". `job_id`: the identifiant métier, a free text.

    `nature` and `type` have two digits. `code`: how an OC took it (0 to 3). `conformity`: OK or KO, of a CCO or BAN.
    `counters`: numbers by name: bloquant, non-bloquant, salaries, contrats, individus_non_salaries…
    """

    siret: str = ""
    seat: str = ""
    rank: str = ""
    nature: str = ""
    type: str = ""
    fraction: str = ""
    order: str = ""
    month: str = ""
    job_id: str = ""
    cancels: str = ""
    state: str = ""
    code: str = ""
    message: str = field(default="", repr=False)
    conformity: str = ""
    certificate: str = field(default="", repr=False)
    body: str = ""
    contracts: tuple[Contract, ...] = ()
    counters: Mapping[str, int] = field(default_factory=dict)


class Person(NamedTuple):
    """An individual. A named tuple, the quickest of immutable values: a CRM nominatif may hold 100,000 of them.

    `has_rate`: the document gives a rate, were it 0 %; then `rate` None is one that nobody can read. Rates are
    percentages: 14.00 is 14 %. `future_rate` applies from `future_from`; None there with a day is no rate from that
    day on. `rank`: of the declaration.
    """

    siret: str = ""
    rank: str = ""
    nir: str = ""
    ntt: str = ""
    matricule: str = ""
    family_name: str = ""
    usual_name: str = ""
    given_names: str = ""
    sex: str = ""
    birth_date: str = ""
    birth_place: str = ""
    country: str = ""
    rate: Decimal | None = None
    has_rate: bool = False
    future_rate: Decimal | None = None
    future_from: date | None = None

    def __repr__(self) -> str:
        """Nothing of who it is."""
        return f"Person(siret={self.siret!r}, has_rate={self.has_rate})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """One rubrique: what was declared, what is expected; `accepted`: any of several. `result`: what is wrong.

    `note`: what the expected value means, or the declared one when none is expected.
    """

    rubrique: str = ""
    label: str = ""
    declared: str = field(default="", repr=False)
    expected: str = field(default="", repr=False)
    accepted: tuple[str, ...] = ()
    is_sum: bool = False
    result: str = ""
    note: str = ""
    since: str = ""
    until: str = ""
    effect_since: str = ""
    effect_until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """One thing to look at: one control, for one person and one period at most.

    `category`: bloquant, non-bloquant, erreur, information or "". `data`: the rubrique at fault, then those that go
    with it. `line`: in the file deposited. `count`: how many of this code the return has in all (do not add them up).
    `action`: what is expected. `amount`: as the body writes it: "-" is a debit for the employer, "+" a credit.
    `substitutable`: whether the body may put its own value in the place of the declared one. `level`, `topic`,
    `result`, `scope`, `kind`, `contact`: words for the codes of NEOReS. `rank`: of the declaration.
    """

    code: str = ""
    category: str = ""
    title: str = ""
    message: str = field(default="", repr=False)
    siret: str = ""
    rank: str = ""
    line: int | None = None
    count: int | None = None
    data: tuple[Datum, ...] = ()
    person: Person | None = None
    contract: Contract | None = None
    since: str = ""
    until: str = ""
    action: str = ""
    consequence: str = ""
    help: str = ""
    control: str = ""
    legal: str = ""
    exceptions: str = ""
    level: str = ""
    topic: str = ""
    result: str = ""
    scope: str = ""
    kind: str = ""
    amount: Decimal | None = None
    substitutable: bool | None = None
    reminder: str = ""
    contact: str = ""

    @property
    def fault(self) -> Datum:
        """The rubrique at fault: the first whose expected value is another, else that is said wrong, else the first."""
        differing = [one for one in self.data if one.expected not in {"", one.declared}]
        wrong = [one for one in self.data if one.result or one.accepted]
        return next(iter((*differing, *wrong, *self.data)), Datum())


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of Person on which the register differs. `is_checked`: one that the register identifies by."""

    name: str
    declared: str = field(repr=False)
    reference: str = field(repr=False)
    is_checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person as declared, beside the register of reference: `reference` None when it tells nothing of him.

    A return tells only part of the reference: what is "" there is not told, never absent. Nothing is to be changed
    before the employee was asked.
    """

    siret: str = ""
    code: str = ""
    title: str = ""
    declared: Person
    reference: Person | None = None
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter for payroll. `kind`: atmp, bmcc, effectif, taux_at, contrat_oc, mandat_sepa, information.

    `rates`: percentages by part (patronale, salariale, CCP). `details`: everything else, by the names of the document.
    """

    kind: str
    siret: str = ""
    code: str = ""
    label: str = ""
    value: str = field(default="", repr=False)
    rubrique: str = ""
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    since: str = ""
    until: str = ""
    computed: str = ""
    details: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One line of a bordereau of indemnités journalières, in euros; CSG and CRDS are negative."""

    siret: str = ""
    person: Person
    fund: str = ""
    posted: str = ""
    insurance: str = ""
    code: str = ""
    label: str = ""
    since: str = ""
    until: str = ""
    days: Decimal | None = None
    unit: Decimal | None = None
    amount: Decimal | None = None
    is_subrogated: bool | None = None


Piece = Head | DeclarationOf | Person | Anomaly | Identity | Parameter | Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Head):
    """A whole return. `state`: the worst of the deposit's and the declarations'. `people`: those it lists by itself,
    beside those of its anomalies and identities."""

    declarations: tuple[DeclarationOf, ...] = ()
    people: tuple[Person, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    identities: tuple[Identity, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    payments: tuple[Payment, ...] = ()

    @property
    def sirets(self) -> tuple[str, ...]:
        """The establishments it is about, each once, in the order of the document."""
        groups = (self.declarations, self.people, self.anomalies, self.parameters, self.payments)
        return tuple(dict.fromkeys(one.siret for group in groups for one in group if one.siret))
