"""What comes back for a deposit: right for the schemas of GIP-MDS, and always the same for the same bytes."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from tests.dossiers.small_files import declaration, envoi
from tests.netentreprises.bouchon.files import ALAIN, BRIGITTE, MONTHLY, NO_NIR, arret, monthly, two_declarations
from tests.netentreprises.bouchon.wire import AGRICOLE, BUREAU, OPERATOR, OTHER, Clock, Wire, idflux_of, on_behalf

from scarabee.netentreprises.bouchon.returns.rates import rate_of

SCHEMAS = Path(__file__).parents[4] / "shared" / "data" / "retours" / "xsd"
OFFICIAL = {
    "rapport": [f"dsn_bilans_{version}.xsd" for version in ("v01r09", "v02r01", "v02r03")],
    "Fichier": ["CRM-DSN-OC-P3-V1.1.4-17062025.xsd"],
    "FICHE": ["FICHE-PARAM-DSN-OC-26-R1.4.0.xsd"],
    "BPIJ": ["ROOT_BPIJ_V02_04.xsd"],
    "GIPMDS": ["NEOReS_Master_Message_2026.1.1.xsd"],
}
PEOPLE = (ALAIN, BRIGITTE, *(replace(ALAIN, nir=f"185057512{number:04d}") for number in range(60)), NO_NIR)


def documents(wire: Wire, clock: Clock, content: bytes, token: str | None = None) -> dict[str, list[Any]]:
    """Nature → the documents it brought, read; None for a bare acknowledgement."""
    token = token or wire.token(BUREAU)
    idflux = idflux_of(wire.deposit(token, content))
    clock.move(minutes=10)
    found: dict[str, list[Any]] = {}
    for row in wire.get(f"/lister-retours-flux/2.0/{idflux}", token).json["retours"]["flux"][0]["retour"]:
        document = None
        if "id" in row:
            reply = wire.get(f"/telecharger-retour/1.0/{idflux}/{row['id']}", token)
            document = reply.xml
            named = [one.text for one in document.iter("idflux", "{*}RO_B000_R001")]
            assert [document.get("IdEnvoi") or named[0]] == [idflux]
        found.setdefault(f"{row['nature']} {row['statut']}", []).append(document)
    return found


class _Datatypes(etree.Resolver):
    """The NEOReS schema imports `datatypes.xsd`, whose file bears a version."""

    def resolve(self, url: str, public_id: str, context: Any) -> Any:
        if not url.endswith("/datatypes.xsd"):
            return None
        return self.resolve_filename(str(SCHEMAS / "NEOReS_datatypes_2026.1.1.xsd"), context)


def schema_of(name: str) -> etree.XMLSchema:
    parser = etree.XMLParser()
    parser.resolvers.add(_Datatypes())
    return etree.XMLSchema(etree.parse(SCHEMAS / name, parser))


def assert_official(document: Any) -> None:
    """Valid against the schemas of its family; a family of documents from before `future_imposition_PAS` is older."""
    names = OFFICIAL[etree.QName(document).localname]
    if document.get("type") in {"CRM nominatif", "CRM taux sur taux", "114", "117"}:
        names = names[-1:] if document.get("type") == "117" else names[1:]
    for name in names:
        schema = schema_of(name)
        assert schema.validate(document), (name, schema.error_log)


official = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the schemas of GIP-MDS are not beside this checkout")


@official
@pytest.mark.parametrize(
    "content",
    [monthly(PEOPLE), monthly(PEOPLE, real=True), two_declarations(), b"hello", b"S10.G00.00.005,'01'\n", arret()],
    ids=["essai", "réel", "two declarations", "no DSN", "S10 alone", "arrêt"],
)
def test_every_document_is_valid_for_the_official_schemas(wire: Wire, clock: Clock, content: bytes) -> None:
    token = wire.token(BUREAU)
    reply = wire.deposit(token, content)
    assert_official(reply.xml)
    if reply.status == 200:
        for found in documents(wire, clock, content, token).values():
            for document in found:
                if document is not None:
                    assert_official(document)


@official
def test_fiches_and_bpij_are_valid_for_the_official_schemas(wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    wire.deposit(token, MONTHLY)
    wire.deposit(token, arret())
    clock.move(minutes=10)
    sheets = wire.get(f"/lister-objets-declarant/1.0/{clock.digits(minutes=30)}", token).xml
    leaves = wire.get(f"/lister-bpij-declarant/1.0/{clock.digits()[:8]}", token).xml
    urls = [one.text.split("/", 3)[3] for tree in (sheets, leaves) for one in tree.iter("url")]
    assert len(urls) == 3
    for url in urls:
        assert_official(wire.get(f"/{url}", token).xml)


def test_a_conform_monthly_dsn_is_certified_and_goes_to_every_body(wire: Wire, clock: Clock) -> None:
    found = documents(wire, clock, MONTHLY)
    assert list(found) == [
        "10 OK", "11 OK", "20 OK", "60 OK", "92 OK", "94 OK", "51 OK", "51 ANO", "119 OK", "121 ANO", "61 OK", "118 OK",
    ]  # fmt: skip
    certificate = found["11 OK"][0]
    assert certificate.get("type") == "CCO"
    told = {one.tag: one.text for one in certificate.find("declaration/declaration_identification")}
    assert told == {
        "rang": "1", "nature": "01", "type": "01", "fraction": "11", "ordre": "1", "mois": "01032026",
        "SIREN": "841257967", "nic_siege": "00015", "nic_affectation": "00015",
    }  # fmt: skip
    assert certificate.findtext("envoi/envoi_bilan/envoi_contenu/salaries") == "2"


def test_two_declarations_are_recorded_and_then_refused(wire: Wire, clock: Clock) -> None:
    found = documents(wire, clock, two_declarations())
    assert list(found) == ["10 OK", "11 KO"]
    balance = found["11 KO"][0]
    assert balance.get("type") == "BAN"
    assert "une déclaration" in balance.findtext("envoi/envoi_anomalie/description/message")
    assert {one.text for one in balance.iter("etat_conformite")} == {"KO"}
    assert len(balance.findall("declaration")) == 2


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        (b"S90.G00.90.001,'", b"S90.G00.90.001,'1", "BCH-05", None),
        (b"S10.G00.00.005,'01'", b"S10.G00.00.005,'03'", "BCH-02", None),
        (b"S21.G00.11.005,'VALENCE'", b"VALENCE", "BCH-01", "20"),
        (b"S21.G00.30.001,'1850575123456'", b"S21.G00.30.001,'185057512345'", "BCH-20", "26"),
        (b"S21.G00.11.001,'00015'", b"S21.G00.11.001,'0001A'", "BCH-10", "9"),
    ],
)
def test_what_blocks_names_its_line_and_its_rubrique(
    wire: Wire, clock: Clock, old: bytes, new: bytes, code: str, line: str | None
) -> None:
    found = documents(wire, clock, MONTHLY.replace(old, new, 1))
    assert list(found) == ["10 OK", "11 KO"]
    anomaly = next(one for one in found["11 KO"][0].iter("description") if one.findtext("code") == code)
    assert anomaly.findtext("categorie") == "bloquant"
    assert anomaly.findtext("numero_ligne") == line
    assert found["11 KO"][0].findtext("envoi/envoi_bilan/envoi_compteurs/nombre") is not None


def test_an_envoi_without_a_declaration_is_refused(wire: Wire, clock: Clock) -> None:
    assert list(documents(wire, clock, b"S10.G00.00.005,'01'\n")) == ["10 OK", "11 KO"]


def rates(wire: Wire, clock: Clock, content: bytes) -> dict[str, tuple[str | None, str | None]]:
    """NIR or NTT → (rate, first day of the one to come)."""
    report = documents(wire, clock, content)["94 OK"][0]
    assert report.get("type") == "CRM nominatif"
    assert report.get("identifiant").isdigit() and len(report.get("identifiant")) <= 18
    return {
        one.findtext("NIR") or one.findtext("NTT"): (
            one.findtext("taux_imposition_PAS"),
            one.findtext("future_imposition_PAS/date_effet"),
        )
        for one in report.iter("salarie")
        if one.get("origine") is None
    }


def test_everybody_has_the_rate_that_follows_from_his_nir_in_essai_as_in_reel(wire: Wire, clock: Clock) -> None:
    found = rates(wire, clock, monthly(PEOPLE))
    assert len(found) == len(PEOPLE)
    for person in PEOPLE[:-1]:
        assert found[person.nir][0] == rate_of(person.nir, date(2026, 11, 5)).taux
    assert found == rates(wire, clock, monthly(PEOPLE, real=True))
    seen = {taux for taux, _ in found.values()}
    assert {None, "0.00"} < seen, "no rate, and a personal rate of zero, are both met"
    assert all(taux is None or 0 <= float(taux) < 25 for taux in seen)
    assert {day for _, day in found.values()} == {None, "2027-01-01"}


def test_who_has_no_nir_has_no_rate_and_a_reason(wire: Wire, clock: Clock) -> None:
    report = documents(wire, clock, monthly((ALAIN, NO_NIR)))["94 OK"][0]
    unknown = report.find("declaration/declaration_bilan")[-1]
    assert unknown.findtext("NTT") == "28412579670001" and unknown.find("taux_imposition_PAS") is None
    assert report.findtext("declaration/declaration_anomalie/environnement/salarie/NTT") == "28412579670001"


def test_rates_to_come_start_on_the_first_day_of_the_month_after_next() -> None:
    changing = next(nir for nir in map(str, range(1000)) if rate_of(nir, date(2026, 1, 31)).future)
    for today, first in ((date(2026, 1, 31), date(2026, 3, 1)), (date(2026, 11, 5), date(2027, 1, 1)),
                         (date(2026, 12, 1), date(2027, 2, 1))):  # fmt: skip
        future = rate_of(changing, today).future
        assert future is not None and future[1] == first


def test_identities_tell_who_is_unknown_and_who_differs(wire: Wire, clock: Clock) -> None:
    report = documents(wire, clock, monthly(PEOPLE))["20 OK"][0]
    anomalies = report.findall("declaration/declaration_anomalie")
    unknown = [one for one in anomalies if one.findtext("description/code") == "I0320"]
    known = [one for one in anomalies if one.findtext("description/code") == "I0310"]
    assert [one.findtext("environnement/salarie/NTT") for one in unknown] == ["28412579670001"]
    assert known
    for one in known:
        declared, register = one.findall("environnement/salarie")
        assert (declared.get("origine"), register.get("origine")) == ("DSN", "SNGI")
        assert declared.findtext("NIR") == register.findtext("NIR")
        assert declared.findtext("date_naissance") != register.findtext("date_naissance")
        assert one.findtext("description/nombre") == str(len(known))


def test_each_organisme_answers_for_its_own_contracts(wire: Wire, clock: Clock) -> None:
    found = documents(wire, clock, MONTHLY)
    health, provident = found["51 OK"][0], found["51 ANO"][0]
    assert health[0].get("CodeOC") == "AMUT01" and len(health[0]) == 0
    assert (provident[0].get("CodeOC"), provident[0].get("CodeDELEG")) == ("P0942", "DGEST1")
    assert provident[0].get("CodeRetourDecla") == "2"
    assert provident[0][0].get("ValeurRubriqueErreur") == "PREV-1"


def test_urssaf_finds_the_same_people_each_time(wire: Wire, clock: Clock) -> None:
    found = documents(wire, clock, monthly(PEOPLE))["119 ANO"][0]
    nirs = [one.text for one in found.iter("{*}RO_B006_R001")]
    assert nirs and set(nirs) < {person.nir for person in PEOPLE}
    assert found.findtext(".//{*}RO_B004_R009") == str(len(nirs))
    assert found.findtext(".//{*}RO_B000_R006") == "2026-03-01"
    assert found.findtext(".//{*}RO_B002_R009") == "2026-03-31"
    again = documents(wire, clock, monthly(PEOPLE, real=True))["119 ANO"][0]
    assert [one.text for one in again.iter("{*}RO_B006_R001")] == nirs


def test_an_event_goes_to_the_body_it_is_for(wire: Wire, clock: Clock) -> None:
    found = documents(wire, clock, arret())
    assert list(found) == ["10 OK", "11 OK", "20 OK", "30 OK"]
    assert found["30 OK"] == [None]


def test_fiches_are_published_once_for_each_organisme_and_read_by_their_owner(wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    for _ in range(2):
        wire.deposit(token, MONTHLY)
    clock.move(minutes=10)
    reply = wire.get(f"/lister-objets-declarant/1.0/{clock.digits(minutes=30)}", token)
    assert (reply.status, reply.headers["Accept-Ranges"]) == (200, "minutes=0-60")
    assert [one.text for one in reply.xml.find("declarant")][:3] == list(BUREAU.identity)
    rows = [{one.tag: one.text for one in row} for row in reply.xml.iter("objet")]
    assert [(row["nature"], row["siren"], row["nic"], row["producteur"], row.get("porteur")) for row in rows] == [
        ("FPOC", "841257967", "00015", "AMUT01", None),
        ("FPOC", "841257967", "00015", "DGEST1", "P0942"),
    ]
    path = f"/telecharger-objet/1.0/{rows[0]['id']}/xml"
    assert wire.get(path, token).xml.get("IdentifiantFiche") == "AMUT01N1"
    assert wire.get(path, wire.token(OTHER)).status == 403
    assert wire.get(f"/telecharger-objet/1.0/{rows[0]['id']}", token).status == 404
    assert wire.get("/telecharger-objet/1.0/1/xml", token).status == 404


@pytest.mark.parametrize(("name", "minutes"), [("declarant", 60), ("concentrateur", 10)])
def test_objects_judge_the_span_before_the_encoding_and_the_token(wire: Wire, name: str, minutes: int) -> None:
    path = f"/lister-objets-{name}/1.0"
    assert wire.send("GET", path).status == 404
    assert wire.send("GET", f"{path}/120000", Accept_Encoding="deflate").status == 422
    noon = "20261105120000"
    assert wire.send("GET", f"{path}/{noon}/20261105140000", Accept_Encoding="deflate").status == 429
    assert wire.send("GET", f"{path}/{noon}/{noon}", Accept_Encoding="deflate").status == 406
    assert wire.send("GET", f"{path}/{noon}/{noon}").status == 401
    operator = wire.token(OPERATOR, "98")
    right = on_behalf(operator, None if name == "concentrateur" else BUREAU)
    reply = wire.get(f"{path}/{noon}/{noon}", None, Authorization=right)
    assert (reply.status, reply.headers["Accept-Ranges"]) == (200, f"minutes=0-{minutes}")
    assert wire.get(f"/lister-objets-{name}/2.0/{noon}/{noon}", None, Authorization=right).status == 404


def test_bpij_are_listed_by_establishment_after_an_arret(wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    today = clock.digits()[:8]
    wire.deposit(token, arret())
    wire.deposit(token, envoi(declaration(siret="79034512800017")))
    clock.move(minutes=10)
    reply = wire.get(f"/lister-bpij-declarant/1.0/{today}", token)
    assert (reply.status, reply.headers["Cache-Control"], reply.headers["Accept-Ranges"]) == (200, "no-cache", None)
    assert reply.headers["Expires"] is not None
    rows = {one.findtext("siret"): one for one in reply.xml.iter("declare")}
    assert rows["84125796700015"].findtext("bpij/publication") == today
    assert rows["79034512800017"].findtext("message") and rows["79034512800017"].findtext("statut") == "OK"
    assert (reply.text("pageencours"), reply.text("pagetotal")) == ("1", "1")
    identifier = rows["84125796700015"].findtext("bpij/url").rsplit("/", 1)[1]
    bordereau = wire.get(f"/telecharger-bpij/1.0/{identifier}", token).xml
    names = {"bpij": "www.cnamts.fr/tlsemp/IJ"}
    assert bordereau.findtext(".//bpij:NbIJ", namespaces=names) == "7.0"
    assert bordereau.findtext(".//bpij:IJSub", namespaces=names) == "true"
    only = wire.get(f"/lister-bpij-declarant/1.0/{today}?siret=79034512800017", token)
    assert [one.findtext("siret") for one in only.xml.iter("declare")] == ["79034512800017"]
    stranger = wire.get(f"/lister-bpij-declarant/1.0/{today}?siret=11111111111111", token)
    assert stranger.xml.find(".//declare").findtext("statut") == "KO"
    assert len(wire.get(f"/lister-bpij-declarant/1.0/{today}?page=2", token).xml.findall(".//declare")) == 0
    assert len(wire.get("/lister-bpij-declarant/1.0/20260101/20261104", token).xml.findall(".//bpij")) == 0


def test_bpij_judge_days_then_the_encoding_then_the_token(wire: Wire) -> None:
    for name in ("declarant", "concentrateur"):
        path = f"/lister-bpij-{name}/1.0"
        assert wire.send("GET", path).status == 404
        for days in ("120000", "20261105/2013", "20261305", "20261105?page=0", "20261105?page=x"):
            assert wire.send("GET", f"{path}/{days}", Accept_Encoding="deflate").status == 422, days
        assert wire.send("GET", f"{path}/20261105", Accept_Encoding="deflate").status == 406
        assert wire.send("GET", f"{path}/20261105").status == 401
    refused = wire.get("/lister-bpij-concentrateur/1.0/20261105", wire.token(BUREAU))
    assert "Jeton manquant" in str(refused.headers["WWW-Authenticate"])
    alone = on_behalf(wire.token(OPERATOR, "98"), None)
    assert wire.get("/lister-bpij-concentrateur/1.0/20200101/20261105", None, Authorization=alone).status == 200


def test_the_regime_agricole_is_another_counter(wire: Wire, clock: Clock) -> None:
    token = wire.token(AGRICOLE, "26")
    found = documents(wire, clock, MONTHLY, token)
    assert found["11 OK"][0].findtext("envoi/envoi_identification/point_de_depot") == "02"
