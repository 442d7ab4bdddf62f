"""What the bodies send besides: each nature comes for what calls it, is right for the schemas, and is read back."""

from dataclasses import replace
from typing import Any

import pytest
from tests.dossiers.small_files import ALAIN
from tests.netentreprises.bouchon.files import MONTHLY, end_of_contract, monthly
from tests.netentreprises.bouchon.test_returns import PEOPLE, SCHEMAS, assert_official
from tests.netentreprises.bouchon.wire import BUREAU, Clock, Wire, idflux_of
from tests.netentreprises.documents.corpora import flow_of

from scarabee.netentreprises.bouchon.returns.planning import planned_returns
from scarabee.netentreprises.bouchon.returns.reports import receipt
from scarabee.netentreprises.documents import Document, read

OF_MANY = monthly(PEOPLE)
SEPTEMBER = OF_MANY.replace(b"'01032026'", b"'01092026'")
BOOTSTRAP = end_of_contract().replace(b"S20.G00.05.001,'07'", b"S20.G00.05.001,'08'")


def paid(rate: bytes, crm: bytes) -> bytes:
    """A monthly DSN whose first payment has this rate, of the CRM of that identifier."""
    place = MONTHLY.index(b"S21.G00.50.001")
    line = MONTHLY.index(b"S21.G00.50.002", place)
    end = MONTHLY.index(b"\n", line) + 1
    told = b"S21.G00.50.006,'%s'\nS21.G00.50.007,'01'\nS21.G00.50.008,'%s'\n" % (rate, crm)
    return counted(MONTHLY[:end] + told + MONTHLY[end:])


def counted(data: bytes) -> bytes:
    """The same file, its total of lines right."""
    start = data.index(b"S90.G00.90.001,'") + 16
    total = str(data.rstrip().count(b"\n") + 1).encode()
    return data[:start] + total + data[data.index(b"'", start) :]


def with_iban(iban: bytes) -> bytes:
    place = MONTHLY.index(b"S21.G00.30.001")
    return counted(MONTHLY[:place] + b"S21.G00.20.004,'%s'\n" % iban + MONTHLY[place:])


def brought(wire: Wire, clock: Clock, content: bytes) -> dict[str, tuple[str, bytes, Any]]:
    """Nature → its statut, its document as received and as XML; six days after the deposit."""
    token = wire.token(BUREAU)
    idflux = idflux_of(wire.deposit(token, content))
    clock.move(minutes=6 * 24 * 60)
    token = wire.token(BUREAU)
    found = {}
    for row in wire.get(f"/lister-retours-flux/2.0/{idflux}", token).json["retours"]["flux"][0]["retour"]:
        if "id" in row:
            reply = wire.get(f"/telecharger-retour/1.0/{idflux}/{row['id']}", token)
            found[row["nature"]] = (row["statut"], reply.body, reply.xml if reply.body.startswith(b"<") else None)
    return found


def told(wire: Wire, clock: Clock, content: bytes, nature: str) -> Document:
    _, body, tree = brought(wire, clock, content)[nature]
    if SCHEMAS.is_dir():
        assert_official(tree)
    document = read(body)
    assert document.nature == nature, "by its content alone"
    assert document.idflux
    return document


@pytest.mark.parametrize("nature", ["61", "118", "119", "120", "121", "124"])
def test_a_march_of_many_people_brings(wire: Wire, clock: Clock, nature: str) -> None:
    document = told(wire, clock, OF_MANY, nature)
    assert document.state in ("OK", "ANO", "")
    assert document.is_real is False
    assert bool(document.anomalies) is (nature in {"119", "120", "121", "124"})
    assert bool(document.identities) is (nature == "121")
    assert bool(document.parameters) is (nature == "118")


def test_the_reminder_of_march_is_about_last_year(wire: Wire, clock: Clock) -> None:
    assert told(wire, clock, OF_MANY, "124").since == "2025-01-01"


def test_the_identity_tells_another_day_of_birth(wire: Wire, clock: Clock) -> None:
    document = told(wire, clock, OF_MANY, "121")
    assert {one.name for identity in document.identities for one in identity.differences} == {"birth_date"}


def test_the_bonus_malus_comes_in_september_for_eleven_people_or_more(wire: Wire, clock: Clock) -> None:
    (parameter,) = told(wire, clock, SEPTEMBER, "117").parameters
    assert 3 <= parameter.rates["patronale"] <= 5
    assert "117" not in brought(wire, clock, MONTHLY.replace(b"'01032026'", b"'01092026'"))


def test_an_iban_with_spaces_brings_a_financial_report(wire: Wire, clock: Clock) -> None:
    (anomaly,) = told(wire, clock, with_iban(b"FR76 3000 4000"), "93").anomalies
    assert (anomaly.code, anomaly.fault.declared) == ("CBS03", "FR76 3000 4000")
    assert "93" not in brought(wire, clock, with_iban(b"FR7630004000"))


def test_a_rate_of_our_crm_that_was_not_applied_is_told_without_the_right_one(wire: Wire, clock: Clock) -> None:
    (anomaly,) = told(wire, clock, paid(b"99.00", b"261105000000000001"), "95").anomalies
    assert anomaly.code == "TST01"
    assert (anomaly.fault.rubrique, anomaly.fault.declared, anomaly.fault.expected) == ("S21.G00.50.006", "99.00", "")
    assert anomaly.person is not None
    assert anomaly.person.nir == ALAIN.nir
    assert "95" not in brought(wire, clock, paid(b"99.00", b"123456789")), "of a CRM that the bouchon did not give"


def test_an_amorcage_brings_the_last_contract_known(wire: Wire, clock: Clock) -> None:
    document = told(wire, clock, BOOTSTRAP, "114")
    assert document.declarations[0].contracts


def on_therapeutic_leave(since: str, until: str, *, contract: str = "01") -> bytes:
    """A monthly DSN whose first person declares a temps partiel thérapeutique between two days."""
    lines = MONTHLY.decode("latin-1").splitlines()
    place = next(place for place, line in enumerate(lines) if line.startswith("S21.G00.50."))
    told = {
        "S21.G00.40.007": contract, "S21.G00.60.001": "15", "S21.G00.60.002": "28022026", "S21.G00.66.001": since,
        "S21.G00.66.002": until, "S21.G00.66.003": "412.30",
    }  # fmt: skip
    lines[place:place] = [f"{rubrique},'{value}'" for rubrique, value in told.items()]
    return counted("\n".join([*lines, ""]).encode("latin-1"))


def test_a_therapeutic_part_time_is_taken_in_by_the_cnam(wire: Wire, clock: Clock) -> None:
    document = told(wire, clock, on_therapeutic_leave("01032026", "31032026"), "36")
    assert (document.state, document.anomalies) == ("OK", ())
    assert not {"23", "36", "38"} & brought(wire, clock, MONTHLY).keys()


def test_a_therapeutic_part_time_that_ends_before_it_begins_is_to_be_made_again(wire: Wire, clock: Clock) -> None:
    document = told(wire, clock, on_therapeutic_leave("31032026", "01032026"), "36")
    (anomaly,) = document.anomalies
    assert (document.state, anomaly.code) == ("KO", "PRF")
    assert anomaly.person is not None
    assert (anomaly.person.nir, anomaly.person.family_name) == (ALAIN.nir, "MERCIER")


def test_a_therapeutic_part_time_of_a_detainee_is_not_even_made_out(wire: Wire, clock: Clock) -> None:
    content = on_therapeutic_leave("01032026", "31032026", contract="53")
    document = told(wire, clock, content, "23")
    assert (document.state, [one.code for one in document.anomalies]) == ("ANO", ["D00T4"])
    assert "36" not in brought(wire, clock, content)


def test_the_msa_answers_for_the_agricultural_regime() -> None:
    content = on_therapeutic_leave("01032026", "31032026")
    flow = replace(flow_of(content), point="02")
    plan = planned_returns(flow, receipt(flow, accepted=True), accepted=True)
    (sent,) = [one for one in plan if one.nature in {"23", "36", "38"}]
    assert (sent.nature, sent.statut, read(sent.document).nature) == ("38", "OK", "38")
