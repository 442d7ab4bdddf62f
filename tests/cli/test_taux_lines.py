"""`scarabee taux lignes`, `attribuer`, `dater` and `bareme`."""

from collections.abc import Callable

import pytest
from tests.cli.conftest import Run
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, small_file
from tests.returns.rate_scenes import Told, crm, landed, rate_of
from tests.transfers import scenes

from scarabee.accounts.models import PortalBinding
from scarabee.dossiers.models import Dossier, Employee
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.journal import Actor
from scarabee.returns.models import PasRate, RateLine, Return

STRANGER = "1990175999999"


@pytest.fixture
def val(db: None, owner: Actor) -> Dossier:
    PortalBinding.objects.update_or_create(pk=1, defaults={"portal": "http://127.0.0.1:9"})
    dossier = create_dossier(actor=owner, name="Val")
    scenes.take(dossier, small_file())
    return dossier


@pytest.fixture
def item(val: Dossier) -> Return:
    """A CRM about Alain, about somebody with the matricule of Brigitte, and about a stranger."""
    lines = [Told(ALAIN.nir, "4.20"), Told(STRANGER, "3.00", matricule="M002"), Told("1990175888888", "9.00")]
    return landed(crm(lines))


def test_lines_that_nobody_was_recognised_in_are_told_with_who_they_may_be(run: Run, item: Return) -> None:
    first, second = run("taux", "lignes", "--dossier", "Val", "--json").json
    brigitte = Employee.objects.get(nir=BRIGITTE.nir)
    assert (first["siret"], first["number"], first["matricule"], first["rate"]) == (
        ASSOCIATION, STRANGER, "M002", "3.00",
    )  # fmt: skip
    assert (first["kind"], first["proposed"], first["proposed_name"]) == ("by_matricule", brigitte.pk, str(brigitte))
    assert (second["kind"], second["proposed"], second["return"]) == ("unknown", None, item.pk)
    told = run("taux", "lignes", "--dossier", "Val").out.splitlines()
    assert told[1].split("\t")[0] == str(first["line"]) and "NOËL" in told[1]


def test_a_line_is_given_to_somebody_or_to_nobody(run: Run, item: Return) -> None:
    first, second = (one.pk for one in RateLine.objects.order_by("pk"))
    done = run("taux", "attribuer", first, "--salarie", "M002", "--json")
    brigitte = Employee.objects.get(nir=BRIGITTE.nir)
    assert (done.code, done.json) == (0, {"line": first, "rate": rate_of(brigitte).pk})
    assert "taux appliquer" in done.err
    assert run("taux", "attribuer", second, "--personne").code == 0
    assert run("taux", "lignes", "--dossier", "Val", "--json").json == []
    again = run("taux", "attribuer", second, "--personne")
    assert again.code == 1 and "déjà été traitée" in again.err
    assert run("taux", "attribuer", first, "--salarie", "M999").code == 1
    assert run("taux", "attribuer", first).code == 2


def test_a_line_is_settled_by_who_may_change_the_dossier_only(
    run: Run, item: Return, val: Dossier, user_with: Callable[..., Actor]
) -> None:
    user_with("Léa", {val: "lecture"})
    user_with("Zoé", {})
    line = RateLine.objects.order_by("pk")[0].pk
    assert run("--en-tant-que", "Léa", "taux", "attribuer", line, "--personne").code == 1
    assert "n’existe pas" in run("--en-tant-que", "Zoé", "taux", "attribuer", line, "--personne").err
    assert not RateLine.objects.exclude(settled_at=None).exists()


def test_the_day_a_crm_was_made_available_is_mended(run: Run, item: Return) -> None:
    done = run("taux", "dater", item.pk, "2026-05-20", "--json")
    assert (done.code, done.json) == (
        0, {"changed": 1, "available_on": "2026-05-20", "valid_until": "2026-07-31"},
    )  # fmt: skip
    assert str(PasRate.objects.get().valid_until) == "2026-07-31"
    assert "date à venir" in run("taux", "dater", item.pk, "2099-01-01").err
    assert run("taux", "dater", item.pk, "hier").code == 2


def test_the_default_grid_gives_a_rate_with_its_sources_and_doubts(run: Run) -> None:
    told = run("taux", "bareme", "2500,50", "--le", "2025-06-15", "--json").json
    assert (told["type"], told["zone"]) == ("13", "metropole")
    assert told["rate"] == "5.3" and told["sources"] and told["doubts"]
    assert run("taux", "bareme", "1000", "--le", "2024-06-15").out.startswith("0.0 %\ttype 13\t")
    unknown = run("taux", "bareme", "2500", "--zone", "guyane-mayotte", "--le", "2026-06-15", "--json")
    assert unknown.code == 1 and "n’est pas connu" in unknown.json["error"]["message"]
    assert run("taux", "bareme", "beaucoup").code == run("taux", "bareme", "--", "-5").code == 2
