"""The pages that people read: what they say, what their forms do, and what they refuse to other pages."""

from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from tests.netentreprises.bouchon.files import MONTHLY, monthly
from tests.netentreprises.bouchon.wire import BUREAU, Clock, Reply, Wire, idflux_of

from scarabee.netentreprises.bouchon.incidents import INCIDENTS
from scarabee.netentreprises.bouchon.pages.frame import BANNER
from scarabee.netentreprises.bouchon.server import Bouchon

PAGES = ["/", "/comptes", "/depots", "/depots/1", "/incidents", "/requetes"]


def post(bouchon: Bouchon, wire: Wire, path: str, /, origin: str | None = "", **fields: str) -> Reply:
    """A form sent by a page of this origin; the bouchon's own when empty, none when None."""
    body = urlencode(fields).encode()
    headers: dict[str, str | None] = {"Origin": bouchon.address if origin == "" else origin}
    return wire.send("POST", path, body, Content_Type="application/x-www-form-urlencoded", **headers)


def page(wire: Wire, path: str) -> str:
    reply = wire.send("GET", path)
    assert reply.status == 200, path
    return reply.body.decode("utf-8")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_what_it_is_and_keeps_to_itself(wire: Wire, path: str) -> None:
    wire.deposit(wire.token(BUREAU), MONTHLY)
    reply = wire.send("GET", path)
    text = reply.body.decode("utf-8")
    assert reply.status == 200 and BANNER in text
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Cache-Control"] == "no-store"
    assert "<script" not in text and "style=" not in text and "http://" not in text.replace("http://127.0.0.1", "")
    head = wire.send("HEAD", path)
    assert (head.status, head.raw) == (200, b"")


class _Tags(HTMLParser):
    """Every tag is closed in its turn."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_well_formed(wire: Wire, path: str) -> None:
    wire.deposit(wire.token(BUREAU), MONTHLY)
    tags = _Tags()
    tags.feed(page(wire, path))
    assert tags.open == []
    assert len(tags.ids) == len(set(tags.ids))


def test_every_link_leads_somewhere(bouchon: Bouchon, wire: Wire, clock: Clock) -> None:
    wire.deposit(wire.token(BUREAU), MONTHLY)
    wire.deposit(wire.token(BUREAU), b"not a DSN")
    clock.move(minutes=10)
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        reply = wire.send("GET", path)
        assert reply.status == 200, path
        if str(reply.headers["Content-Type"]).startswith("text/html"):
            parts = reply.body.decode().split('href="')[1:]
            waiting += [one.split('"')[0].split("#")[0] or "/" for one in parts]
    assert {"/depots/1/fichier", "/depots/2/fichier", "/bouchon.css", "/bouchon.svg"} < seen
    assert len([one for one in seen if "/documents/" in one]) == 13


def test_what_was_deposited_and_what_came_back_can_be_downloaded(wire: Wire, clock: Clock) -> None:
    answered = wire.deposit(wire.token(BUREAU), MONTHLY)
    file = wire.send("GET", "/depots/1/fichier")
    assert file.body == MONTHLY
    assert file.headers["Content-Disposition"] == 'attachment; filename="depot-1.dsn"'
    document = wire.send("GET", "/depots/1/documents/0000001001.xml")
    assert document.body == answered.body
    assert "attachment" in document.headers["Content-Disposition"]


def test_a_deposit_tells_its_story(wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    idflux = idflux_of(wire.deposit(token, monthly(real=True)))
    assert "enregistré (AEE)" in page(wire, "/depots") and idflux in page(wire, "/depots")
    assert "à venir" in page(wire, "/depots/1")
    clock.move(minutes=10)
    assert "conforme (CCO)" in page(wire, "/depots")
    assert "à venir" not in page(wire, "/depots/1") and "réel" in page(wire, "/depots/1")
    wire.deposit(token, b"no")
    assert "rejeté (ARE)" in page(wire, "/depots")
    assert wire.send("GET", "/depots/3").status == 404


def test_deposits_are_shown_fifty_to_a_page(wire: Wire) -> None:
    token = wire.token(BUREAU)
    for _ in range(51):
        wire.deposit(token, b"no")
    first, second = page(wire, "/depots"), page(wire, "/depots?page=2")
    assert first.count(">Dépôt n°") == 50 and ">Dépôt n° 51<" in first and 'rel="next"' in first
    assert second.count(">Dépôt n°") == 1 and ">Dépôt n° 1<" in second and 'rel="prev"' in second
    for wrong in ("0", "99", "x", "-1", "%D9%A1"):
        assert ">Dépôt n°" in page(wire, f"/depots?page={wrong}")


def test_what_accounts_and_files_hold_is_shown_as_text(wire: Wire) -> None:
    text = page(wire, "/comptes")
    assert "Été-&amp;&lt;&gt;&quot;&#x27; 26" in text
    wire.get("/lister-<script>alert(1)</script>")
    assert "<script" not in page(wire, "/requetes") and "&lt;script&gt;" in page(wire, "/requetes")


def test_an_incident_is_switched_by_its_button(bouchon: Bouchon, wire: Wire) -> None:
    assert page(wire, "/incidents").count("<button") == len(INCIDENTS)
    reply = post(bouchon, wire, "/incidents", incident="maintenance", action="jouer")
    assert (reply.status, reply.headers["Location"]) == (303, "/incidents?fait=maintenance#maintenance")
    assert "est joué" in page(wire, "/incidents?fait=maintenance")
    assert wire.sign_in(BUREAU).status == 503
    assert "maintenance" in page(wire, "/"), "pages are spared by incidents"
    post(bouchon, wire, "/incidents", incident="maintenance", action="arreter")
    assert wire.sign_in(BUREAU).status == 200
    assert "n’est plus joué" in page(wire, "/incidents?fait=maintenance")


def test_tokens_expire_when_the_button_says_so(bouchon: Bouchon, wire: Wire, clock: Clock) -> None:
    token = wire.token(BUREAU)
    post(bouchon, wire, "/incidents", incident="jeton-expire", action="jouer")
    assert wire.get(f"/lister-depots/2.0/{clock.digits(minutes=5)}", token).status == 401


def test_an_account_is_unlocked_and_its_password_renewed(bouchon: Bouchon, wire: Wire) -> None:
    who = {"siret": BUREAU.siret, "nom": BUREAU.nom, "prenom": BUREAU.prenom}
    bouchon.start_incident("verrouillage")
    for _ in range(3):
        wire.sign_in(BUREAU, motdepasse="faux")
    assert "Bloqué" in page(wire, "/comptes")
    assert post(bouchon, wire, "/comptes/debloquer", **who).headers["Location"] == "/comptes?fait=debloque"
    assert "Bloqué" not in page(wire, "/comptes") and "débloqué" in page(wire, "/comptes?fait=debloque")
    assert wire.sign_in(BUREAU).status == 200
    assert post(bouchon, wire, "/comptes/mot-de-passe", motdepasse=" neuf é", **who).status == 303
    assert wire.sign_in(BUREAU, motdepasse=" neuf é").status == 200


@pytest.mark.parametrize(
    "origin", ["http://mechant.example", "http://127.0.0.1:1", "https://127.0.0.1", "null", None, "http://[", ""]
)
def test_a_form_of_another_page_does_nothing(bouchon: Bouchon, wire: Wire, origin: str | None) -> None:
    origin = bouchon.address.replace("http:", "https:") if origin == "" else origin
    reply = post(bouchon, wire, "/incidents", origin, incident="maintenance", action="jouer")
    assert reply.status == 403
    assert bouchon.state.incidents.all_on() == []


def test_a_referer_will_do_where_there_is_no_origin(bouchon: Bouchon, wire: Wire) -> None:
    body = b"incident=maintenance&action=jouer"
    headers = {"Content_Type": "application/x-www-form-urlencoded", "Referer": f"{bouchon.address}/incidents"}
    assert wire.send("POST", "/incidents", body, **headers).status == 303
    headers["Referer"] = "http://mechant.example/incidents"
    assert wire.send("POST", "/incidents", body, **headers).status == 403


@pytest.mark.parametrize("host", ["mechant.example", "127.0.0.1.mechant.example:80", ""])
def test_a_name_that_is_not_this_machine_gets_nothing(wire: Wire, host: str) -> None:
    for path in ("/comptes", "/lister-depots/2.0/20261105120000"):
        reply = wire.send("GET", path, Host=host)
        assert (reply.status, reply.raw) == (403, b"")
        wire.connection.close()


@pytest.mark.parametrize("host", ["localhost:8700", "127.0.0.1", "[::1]:8700", "LOCALHOST"])
def test_every_name_of_the_loopback_will_do(wire: Wire, host: str) -> None:
    assert wire.send("GET", "/", Host=host).status == 200


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/incidents", {"incident": "nul", "action": "jouer"}, 422),
        ("/incidents", {"incident": "maintenance", "action": "autre"}, 422),
        ("/incidents", {}, 422),
        ("/comptes/debloquer", {"siret": "1", "nom": "2", "prenom": "3"}, 422),
        ("/comptes/mot-de-passe", {**dict(zip(("siret", "nom", "prenom"), BUREAU.identity, strict=True))}, 422),
        (
            "/comptes/mot-de-passe",
            {**dict(zip(("siret", "nom", "prenom"), BUREAU.identity, strict=True)), "motdepasse": "x" * 31},
            422,
        ),
        ("/comptes", {"a": "b"}, 404),
        ("/incidents", {f"champ{number}": "x" for number in range(20)}, 422),
        ("/incidents", {"incident": "x" * 20_000}, 422),
    ],
)
def test_a_form_that_makes_no_sense_is_refused_in_words(
    bouchon: Bouchon, wire: Wire, path: str, fields: dict[str, str], status: int
) -> None:
    reply = post(bouchon, wire, path, **fields)
    assert reply.status == status
    assert BANNER in reply.body.decode()


def test_other_methods_and_addresses_are_refused_in_words(wire: Wire) -> None:
    assert wire.send("DELETE", "/comptes").status == 405
    reply = wire.send("GET", "/nulle-part")
    assert reply.status == 404 and "accueil" in reply.body.decode()


def test_pages_are_not_counted_as_requests_to_services(bouchon: Bouchon, wire: Wire) -> None:
    for path in PAGES:
        wire.send("GET", path)
    assert bouchon.requests == []
