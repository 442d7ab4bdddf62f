"""The family NEOReS, `GIPMDS/RO`, 2022 to 2027 (retours §3).

A control (B004) becomes one anomaly for each of its cases (B005) and each person of the case (B006); one for each
person whose identity differs (B009); none when it only carries parameters (B008); one when it carries nothing.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, BinaryIO

from lxml import etree

from scarabee.netentreprises.documents import recognition, texts
from scarabee.netentreprises.documents.identities import identity
from scarabee.netentreprises.documents.recognition import Recognized
from scarabee.netentreprises.documents.texts import child, children
from scarabee.netentreprises.documents.values import (
    Anomaly,
    Contract,
    Datum,
    DeclarationOf,
    Family,
    Head,
    Identity,
    Parameter,
    Person,
    Piece,
)
from scarabee.netentreprises.markup import tree

_REPLACES = "02"
_SUM = "01"
_SUBSTITUTABLE = {"01": True, "02": False}
_HEADCOUNTS = {"M": "Effectif mensuel", "A": "Effectif annuel"}
_RUBRIQUES = {
    "nir": "S21.G00.30.001",
    "family_name": "S21.G00.30.002",
    "given_names": "S21.G00.30.004",
    "birth_date": "S21.G00.30.006",
}


class Bloc:
    """A bloc of NEOReS: its rubriques by the end of their names, « R001 », and the blocs under it."""

    __slots__ = ("_element", "_name", "_values")

    def __init__(self, element: etree._Element | None, name: str) -> None:
        self._element, self._name, self._values = element, name, texts.fields(element)

    def __getitem__(self, rubrique: str) -> str:
        return self._values.get(f"{self._name}_{rubrique}", "")

    def word(self, rubrique: str) -> str:
        """What the code of a rubrique means; the code itself when no list has it."""
        return _words(f"{self._name}_{rubrique}").get(self[rubrique], self[rubrique])

    def under(self, name: str) -> "list[Bloc]":
        """The blocs of this name directly under it."""
        return [Bloc(one, name) for one in children(self._element, name)]


def read_neores(source: BinaryIO, recognized: Recognized) -> Iterator[Piece]:
    """The pieces of a NEOReS. Raises Unreadable."""
    top = child(tree(source), "RO")
    flux = Bloc(child(top, "RO_B000"), "RO_B000")
    profile = Bloc(child(top, "RO_B001"), "RO_B001")
    context = Bloc(child(top, "RO_B001", "RO_B002"), "RO_B002")
    validation = Bloc(child(top, "RO_B001", "RO_B002", "RO_B003"), "RO_B003")
    yield _head(texts.fields(top).get("RO_R001", ""), flux, profile, context, validation, recognized)
    yield _declaration(flux, validation)
    siret = flux["R004"]
    for control in context.under("RO_B004"):
        yield from _of_control(control, siret, flux["R002"])
    for information in context.under("RO_B011"):
        yield from _of_information(information, siret)


def _head(version: str, flux: Bloc, profile: Bloc, context: Bloc, validation: Bloc, recognized: Recognized) -> Head:
    return Head(
        family=Family.NEORES,
        nature=recognition.of_neores(context["R002"], context["R003"], recognized),
        kind=context["R003"],
        version=version,
        state=validation["R002"],
        idflux=flux["R001"],
        essai_reel=flux["R013"],
        point=flux["R007"],
        sender=flux["R003"],
        norm=flux["R014"],
        software=f"{flux['R008']} {flux['R010']}".strip(),
        body=context["R005"],
        identifier=context["R001"],
        trigger=profile.word("R001"),
        replaces=context["R004"] == _REPLACES,
        recorded=texts.moment(context["R010"]),
        produced=texts.moment(context["R011"]),
        since=context["R008"],
        until=context["R009"],
    )


def _declaration(flux: Bloc, validation: Bloc) -> DeclarationOf:
    return DeclarationOf(
        siret=flux["R004"],
        rank=flux["R002"],
        type=flux["R011"],
        fraction=flux["R005"],
        order=flux["R012"],
        month=texts.month(flux["R006"]),
        state=validation["R002"],
    )


def _of_control(control: Bloc, siret: str, rank: str) -> Iterator[Anomaly | Identity | Parameter]:
    common = _common(control, siret, rank)
    cases, parameters, gaps = control.under("RO_B005"), control.under("RO_B008"), control.under("RO_B009")
    for case in cases:
        yield from _of_case(case, common, siret)
    for parameter in parameters:
        yield _parameter(parameter, control, siret)
    for gap in gaps:
        declared = _declared(gap, siret)
        found = identity(control["R001"], control["R002"], declared, _reference(gap, siret))
        yield Anomaly(**common, person=declared, data=tuple(_gaps(found)))
        yield found
    if not (cases or parameters or gaps):
        yield Anomaly(**common)


def _gaps(found: Identity) -> Iterator[Datum]:
    for one in found.differences:
        yield Datum(rubrique=_RUBRIQUES[one.name], declared=one.declared, expected=one.reference)


def _common(control: Bloc, siret: str, rank: str) -> dict[str, Any]:
    """What every anomaly of a control says."""
    return {
        "siret": siret,
        "rank": rank,
        "code": control["R001"],
        "title": control["R002"],
        "kind": control.word("R003"),
        "level": control.word("R004"),
        "topic": control.word("R005"),
        "result": control.word("R006"),
        "scope": control.word("R007"),
        "count": texts.count(control["R009"]),
        "control": control["R011"],
        "legal": control["R012"],
        "action": control["R013"],
        "help": control["R014"],
        "consequence": control["R015"],
        "substitutable": _SUBSTITUTABLE.get(control["R016"]),
        "reminder": control["R017"],
        "exceptions": control["R018"],
    }


def _of_case(case: Bloc, common: dict[str, Any], siret: str) -> Iterator[Anomaly]:
    """An anomaly for each person of a case, or one without a person."""
    told = {
        **common,
        "message": case["R001"],
        "since": case["R002"],
        "until": case["R003"],
        "amount": texts.number(case["R004"]),
        "data": tuple(_datum(one) for one in case.under("RO_B007")),
        "contact": case.word("R007"),
    }
    if case["R005"]:  # since 2027 the case says it, not the control
        told["substitutable"] = _SUBSTITUTABLE.get(case["R005"])
    if case["R006"]:
        told["reminder"] = case["R006"]
    people = case.under("RO_B006")
    for one in people:
        yield Anomaly(**told, person=_person(one, siret), contract=_contract(one))
    if not people:
        yield Anomaly(**told)


def _datum(bloc: Bloc) -> Datum:
    return Datum(
        rubrique=texts.rubrique(bloc["R001"]),
        declared=bloc["R002"],
        expected=bloc["R003"],
        accepted=tuple(one["R001"] for one in bloc.under("RO_B010") if one["R001"]),
        is_sum=bloc["R004"] == _SUM,
        result=bloc.word("R009"),
        since=bloc["R005"],
        until=bloc["R006"],
        effect_since=bloc["R007"],
        effect_until=bloc["R008"],
    )


def _person(bloc: Bloc, siret: str) -> Person:
    """B006 and B012: a person as declared."""
    return Person(
        siret=siret,
        nir=texts.nir(bloc["R001"]),
        ntt=bloc["R002"],
        family_name=texts.name(bloc["R003"]),
        given_names=texts.name(bloc["R004"]),
        matricule=bloc["R005"],
        birth_date=bloc["R008"],
    )


def _contract(bloc: Bloc) -> Contract | None:
    """The contract of a B006 or a B012."""
    told = bloc["R006"] or bloc["R007"]
    return Contract(number=bloc["R007"], since=bloc["R006"]) if told else None


def _declared(gap: Bloc, siret: str) -> Person:
    return Person(
        siret=siret,
        nir=texts.nir(gap["R001"]),
        ntt=gap["R002"],
        family_name=texts.name(gap["R004"]),
        given_names=texts.name(gap["R006"]),
        birth_date=gap["R008"],
        matricule=gap["R010"],
    )


def _reference(gap: Bloc, siret: str) -> Person | None:
    """What the register tells: only what differs from what was declared."""
    told: dict[str, Any] = {
        "nir": texts.nir(gap["R003"]),
        "family_name": gap["R005"],
        "given_names": gap["R007"],
        "birth_date": gap["R009"],
    }
    return Person(siret=siret, **told) if any(told.values()) else None


def _parameter(bloc: Bloc, control: Bloc, siret: str) -> Parameter:
    code = bloc["R001"]
    return Parameter(
        kind="effectif" if code[:1] in _HEADCOUNTS else "parametre",
        siret=siret,
        code=code,
        label=_HEADCOUNTS.get(code[:1], control["R002"]),
        value=bloc["R002"],
        rubrique=texts.rubrique(bloc["R005"]),
        since=bloc["R003"],
        until=bloc["R004"],
        computed=texts.moment(bloc["R006"]),
        details=tuple(pair for pair in (("action", control["R013"]),) if pair[1]),
    )


def _of_information(bloc: Bloc, siret: str) -> Iterator[Parameter | Anomaly]:
    """B011, from 2027: something to know, of people or of the establishment."""
    told: dict[str, Any] = {
        "category": "information",
        "code": bloc["R001"],
        "title": bloc["R002"],
        "message": " ".join(one for one in (bloc["R003"], bloc["R004"]) if one),
        "legal": bloc["R005"],
        "help": bloc["R006"],
        "siret": siret,
    }
    people = bloc.under("RO_B012")
    for one in people:
        yield Anomaly(**told, person=_person(one, siret), contract=_contract(one))
    if not people:
        yield Anomaly(**told)


@cache
def _lists() -> Mapping[str, Mapping[str, str]]:
    text = files("scarabee.netentreprises.documents").joinpath("neores.json").read_text("utf-8")
    lists: Mapping[str, Mapping[str, str]] = json.loads(text)["lists"]
    return lists


def _words(rubrique: str) -> Mapping[str, str]:
    return _lists().get(rubrique, {})
