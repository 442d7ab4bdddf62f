"""Somebody at a post, over real HTTP: signs in, browses, searches, imports, corrects, transfers, deposits.

A deed begins at a page and sends the forms that it holds, as a browser without JavaScript does. What is read is timed
apart from what is written; an answer of 500, a refusal that is not foreseen or a work that does not end is an error.
"""

import http.client
import random
import re
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import html

PATIENCE_SECONDS = 120
WORK_SECONDS = 240
LOOK_SECONDS = (1.0, 4.0)
"""How long somebody who never stops looks at a page before the next click."""
TOKEN = "csrfmiddlewaretoken"
FORESEEN = re.compile("ont changé|travaille sur ce dossier|est en cours dans ce dossier|déjà parti")
"""What may be answered to one of many who work in the same dossiers; the person then begins again."""


class Wrong(Exception):
    """An answer that nobody should get."""


@dataclass(slots=True)
class Told:
    """What one person met: seconds of each read and write by what it was, deeds done, conflicts seen, errors."""

    reads: list[tuple[str, float]] = field(default_factory=list)
    writes: list[tuple[str, float]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """A page: its status, where it leads, its text."""

    status: int
    location: str
    text: str

    def form(self, field_name: str, *, to: str = "") -> dict[str, list[str]]:
        """The fields of its form that holds this one and is sent to an address that ends so, as they are shown."""
        forms = html.fromstring(self.text).forms
        found = [one for one in forms if field_name in one.fields and (one.action or "").endswith(to)]
        if not found:
            raise Wrong(f"no form with {field_name}")
        sent: dict[str, list[str]] = {}
        for name, value in found[0].form_values():
            sent.setdefault(str(name), []).append(str(value).removeprefix("\n"))
        return sent


class Browser:
    """Cookies and one connection that is kept open, to one of the web processes. Between two clicks, a person looks."""

    def __init__(self, port: int, told: Told, chance: random.Random) -> None:
        self.chance = chance
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self.cookies: dict[str, str] = {}
        self.told = told

    def read(self, what: str, path: str) -> Answer:
        """A page, timed as a read."""
        self._look()
        start = time.perf_counter()
        answer = self._ask("GET", path, None, {})
        if answer.status == 200:
            self.told.reads.append((what, time.perf_counter() - start))
        elif answer.status != 302:
            raise Wrong(f"{answer.status} at {what}")
        return answer

    def send(
        self, what: str, path: str, fields: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]] | None = None
    ) -> Answer:
        """A form, timed as a write."""
        self._look()
        mark = uuid.uuid4().hex
        parts = []
        for name, value in fields.items():
            for one in value if isinstance(value, list) else [value]:
                head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
                parts.append(f"{head}{one}\r\n".encode())
        for name, (file, content) in (files or {}).items():
            head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
            parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        start = time.perf_counter()
        answer = self._ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={mark}"})
        self.told.writes.append((what, time.perf_counter() - start))
        if answer.status >= 400 and not FORESEEN.search(answer.text) and answer.status != 409:
            raise Wrong(f"{answer.status} at {what}: {_words(answer.text)}")
        return answer

    def _look(self) -> None:
        time.sleep(self.chance.uniform(*LOOK_SECONDS))

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        for last_try in (False, True):
            try:
                self.connection.request(method, path, body, {**headers, "Cookie": cookies})
                answer = self.connection.getresponse()
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.connection.close()  # the server closes a connection that rested too long
                if last_try or method == "POST":
                    raise
        text = answer.read().decode("utf-8", "replace")
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, kept = value.partition(";")[0].partition("=")
                self.cookies[cookie] = kept
        return Answer(answer.status, answer.getheader("Location") or "", text)


@dataclass(slots=True)
class Place:
    """What there is to look at: dossiers by uuid, ids of employers and employees, one employer all correct."""

    dossiers: list[tuple[int, str]]
    employers: list[int]
    employees: list[int]
    disputed: int
    files: list[bytes]


class Person:
    """One of those who work at once; what they do is drawn by a seed."""

    def __init__(self, number: int, port: int, place: Place, cookies: Mapping[str, str]) -> None:
        self.chance = random.Random(number)
        self.number, self.place, self.told = number, place, Told()
        self.browser = Browser(port, self.told, self.chance)
        self.browser.cookies |= cookies
        self.corrected = 0

    def work(self, until: float, *, only_reading: bool = False) -> None:
        """Go on with one deed after the other until that moment (monotonic)."""
        while time.monotonic() < until:
            deeds = (self.browse, self.search) if only_reading else self._deeds()
            deed = self.chance.choice(deeds)
            try:
                deed()
                self.told.done[deed.__name__] += 1
            except Exception as error:
                self.told.errors.append(f"{deed.__name__}: {type(error).__name__}: {error}")

    def _deeds(self) -> list[Any]:
        return [*[self.browse] * 5, *[self.search] * 3, self.take, self.transfer, self.deposit, self.correct]

    def browse(self) -> None:
        pick, at = self.chance.choice, self.place
        self.browser.read("accueil", "/")
        self.browser.read("dossiers", "/dossiers/")
        self.browser.read("dossier", f"/dossiers/{pick(at.dossiers)[1]}/")
        self.browser.read("employeur", f"/dossiers/employeur/{pick(at.employers)}/")
        self.browser.read("salarié", f"/dossiers/salarie/{pick(at.employees)}/")
        self.browser.read("dépôts", "/dsn/depots/")

    def search(self) -> None:
        page = self.browser.read("recherche", "/dossiers/rechercher/")
        fields = page.form("texte")
        fields["texte"] = [self.chance.choice(["NOM", "ASSOCIATION", f"1{self.chance.randint(1, 400):012d}", "Prénom"])]
        found = self.browser.send("recherche", "/dossiers/rechercher/", fields)
        self.browser.read("résultats", found.location or "/dossiers/rechercher/")

    def take(self) -> None:
        """A small file, imported into a dossier."""
        page = self.browser.read("importer", "/dossiers/import/")
        fields = page.form("dsn_files") | {"dossier": [self.chance.choice(self.place.dossiers)[1]], "new_name": [""]}
        fields.pop("dsn_files", None)
        sent = {"dsn_files": ("mois.dsn", self._file())}
        place = self.browser.send("importer", "/dossiers/import/", fields, sent).location
        page = self.browser.read("aperçu de l’import", place)
        self.browser.send("importer", f"{place}choix/", page.form(TOKEN, to="choix/") | {"action": ["importer"]})
        self._wait_for(place, "avancement")

    def transfer(self) -> None:
        """Two employers of one dossier to another."""
        page = self.browser.read("transfert", "/centre/transfert/")
        source, destination = self.chance.sample(self.place.dossiers, 2)
        fields = page.form("source") | {"source": [str(source[0])]}
        place = self.browser.send("transfert", "/centre/transfert/", fields).location
        page = self.browser.read("arbre", place)
        keys = re.findall(r'name="e" value="(\d+)"', page.text)
        fields = page.form("script") | {"e": self.chance.sample(keys, min(2, len(keys)))}
        fields |= {"destination": [str(destination[0])], "do": ["coches"]}
        shown = self.browser.send("transfert", place, fields).location
        page = self.browser.read("aperçu du transfert", shown or place)
        answer = self.browser.send("transfert", place, page.form("script") | {"do": ["transferer"]})
        self._wait_for(answer.location, "suivi", refused=True)

    def deposit(self) -> None:
        """An essai file, sent to the portal."""
        page = self.browser.read("déposer", "/dsn/depots/deposer/")
        fields = page.form("dsn_files") | {"dossier": [self.chance.choice(self.place.dossiers)[1]], "new_name": [""]}
        fields.pop("dsn_files", None)
        sent = {"dsn_files": ("essai.dsn", self._file())}
        place = self.browser.send("déposer", "/dsn/depots/deposer/", {**fields, "orders_essais": ["on"]}, sent).location
        self.browser.read("lot", place)

    def correct(self) -> None:
        """The name of an employer that everybody corrects: who comes second is told, and nothing is lost."""
        path = f"/dossiers/employeur/{self.place.disputed}/corriger/"
        page = self.browser.read("corriger", path)
        name = f"Association {self.number} {time.monotonic_ns()}"
        answer = self.browser.send("corriger", path, page.form("name") | {"name": [name]})
        if answer.status == 302:
            self.corrected += 1
        else:
            self.told.again["correct"] += 1

    def _file(self) -> bytes:
        """A file that no other person sends."""
        name = f"essai {self.number}-{time.monotonic_ns() % 10**9}'".encode()
        return self.chance.choice(self.place.files).replace(b"invention'", name, 1)

    def _wait_for(self, place: str, under_way: str, *, refused: bool = False) -> None:
        """Look, as the page does, until the work is over."""
        until = time.monotonic() + WORK_SECONDS
        while time.monotonic() < until:
            page = self.browser.read("avancement", place)
            while page.status == 302:
                place = page.location
                page = self.browser.read("avancement", place)
            if f"/{under_way}/" not in place and 'id="avancement"' not in page.text:
                if refused and FORESEEN.search(page.text):
                    self.told.again["transfer"] += 1
                return
        raise Wrong(f"{place} did not end")


def _words(text: str) -> str:
    return " ".join(html.fromstring(text).text_content().split())[-300:] if text.strip() else ""
