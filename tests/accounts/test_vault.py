"""The vault: what it seals for whom, where its key is, what is said when the key is gone."""

import base64
import json
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from keyring.errors import KeyringLocked
from keyrings.alt.file import PlaintextKeyring

from scarabee.accounts import vault
from scarabee.accounts.models import PortalIdentifiers, PortalIdentity, User
from scarabee.accounts.vault import keys, ring
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor, wording
from scarabee.maintenance.models import JournalEntry

PASSWORD = "Mot de passe très secret 47!"
posix = pytest.mark.skipif(os.name == "nt", reason="rights of files are another thing on Windows")


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path, settings: Any) -> Path:
    path = tmp_path / "cle-coffre"
    settings.VAULT_KEY_FILE = path
    return path


@pytest.fixture
def keyring_file(tmp_path: Path, settings: Any) -> PlaintextKeyring:
    """A keyring in a folder of the test, chosen in spite of its priority."""
    found = PlaintextKeyring()
    found.file_path = str(tmp_path / "trousseau" / "cles.cfg")
    settings.VAULT_IN_KEYRING = True
    settings.VAULT_KEYRING = found
    return found


@pytest.fixture
def hold(db: None) -> Callable[[str, str], PortalIdentifiers]:
    """Identifiers sealed for a new user: `hold("Zoé", "secret")`."""

    def make(name: str, value: str) -> PortalIdentifiers:
        user = User.objects.create(username=name)
        identity = PortalIdentity.objects.create(key=name)
        sealed = vault.seal("essai", str(user.pk), value)
        return PortalIdentifiers.objects.create(
            user=user, identity=identity, sealed=sealed.text, key_id=sealed.key_id, saved_by="essai"
        )

    return make


def opened(held: PortalIdentifiers) -> str:
    held.refresh_from_db()
    return vault.unseal("essai", str(held.user_id), held.sealed)


pytestmark = pytest.mark.django_db


class TestSealing:
    @pytest.mark.parametrize("value", ["", "é’ «\u00a0»", " tabs\tand\nlines ", "\ud800", "x" * 30, "中" * 200])
    def test_what_was_sealed_comes_out_to_the_letter(self, value: str) -> None:
        assert vault.unseal("essai", "7", vault.seal("essai", "7", value).text) == value

    def test_the_sealed_text_and_its_repr_show_nothing(self) -> None:
        sealed = vault.seal("essai", "7", PASSWORD)
        for part in (PASSWORD, PASSWORD[:6], base64.b64encode(PASSWORD.encode()).decode()[:8], "essai"):
            assert part not in repr(sealed)
        assert vault.seal("essai", "7", PASSWORD).text != sealed.text

    @pytest.mark.parametrize(("purpose", "owner"), [("essai", "8"), ("autre", "7"), ("essai", ""), ("essai", "77")])
    def test_a_text_moved_to_another_row_is_refused(self, purpose: str, owner: str) -> None:
        text = vault.seal("essai", "7", PASSWORD).text
        with pytest.raises(vault.SealBroken, match="autre compte"):
            vault.unseal(purpose, owner, text)

    @pytest.mark.parametrize(
        "damage",
        [
            lambda text: text[:-9] + ("A" if text[-9] != "A" else "B") + text[-8:],
            lambda text: text[:-1],
            lambda text: text[:30],
            lambda text: text + "A",
            lambda text: text.replace("1.", "2.", 1),
            lambda text: text.replace(".", "", 1),
            lambda text: text + ".",
            lambda text: text[:-3] + "é==",
            lambda text: "",
            lambda text: PASSWORD,
            lambda text: "1." + "0" * 16 + text[18:],
        ],
    )
    def test_a_damaged_text_is_refused_and_never_taken_for_a_lost_key(self, damage: Callable[[str], str]) -> None:
        text = damage(vault.seal("essai", "7", PASSWORD).text)
        with pytest.raises(vault.SealBroken) as caught:
            vault.unseal("essai", "7", text)
        assert caught.value.__cause__ is None
        assert PASSWORD not in str(caught.value)
        assert "Saisissez les identifiants à nouveau" in caught.value.remedy

    def test_the_key_id_is_in_the_text_and_is_the_start_of_the_hash_of_the_key(self, key_file: Path) -> None:
        sealed = vault.seal("essai", "7", PASSWORD)
        assert sealed.key_id == keys.key_id(key_file.read_text().strip()) == vault.key_id_of(sealed.text)
        assert len(sealed.key_id) == 16
        assert vault.key_id_of("autre chose") == ""


class TestKeyFile:
    @posix
    def test_it_is_made_once_at_the_first_seal_for_its_owner_alone(self, key_file: Path) -> None:
        assert not key_file.exists()
        assert keys.read_keys() == []
        vault.seal("essai", "7", PASSWORD)
        content = key_file.read_bytes()
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
        vault.seal("essai", "7", PASSWORD)
        assert key_file.read_bytes() == content
        assert not list(key_file.parent.glob("*.nouveau"))

    @posix
    def test_one_that_others_may_read_is_closed_to_them(self, key_file: Path) -> None:
        text = vault.seal("essai", "7", PASSWORD).text
        key_file.chmod(0o644)
        assert vault.unseal("essai", "7", text) == PASSWORD
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600

    def test_a_lost_one_is_said_with_what_is_safe_and_what_to_do(self, key_file: Path) -> None:
        text = vault.seal("essai", "7", PASSWORD).text
        key_file.unlink()
        with pytest.raises(vault.KeyMissing) as caught:
            vault.unseal("essai", "7", text)
        assert isinstance(caught.value, Refusal)
        assert "n’est plus là" in caught.value.message
        assert "Rien d’autre n’est perdu" in caught.value.safe
        assert "Saisissez les identifiants à nouveau" in caught.value.remedy
        assert "« cle-coffre »" in caught.value.remedy
        assert not key_file.exists()

    def test_a_lost_one_stops_nothing_new_and_put_back_it_opens_the_old(self, key_file: Path) -> None:
        old = vault.seal("essai", "7", PASSWORD)
        old_content = key_file.read_text()
        key_file.unlink()
        new = vault.seal("essai", "7", "nouveau")
        assert new.key_id != old.key_id
        assert vault.unseal("essai", "7", new.text) == "nouveau"
        with pytest.raises(vault.KeyMissing):
            vault.unseal("essai", "7", old.text)
        new_content = key_file.read_text()
        key_file.write_text(new_content + old_content)
        assert vault.unseal("essai", "7", old.text) == PASSWORD
        assert vault.unseal("essai", "7", new.text) == "nouveau"
        key_file.write_text(old_content)
        assert vault.unseal("essai", "7", old.text) == PASSWORD

    def test_lines_that_are_no_key_are_left_alone(self, key_file: Path) -> None:
        key_file.write_text("# clé du bureau\n\nune ligne coupée AAAA\n", encoding="utf-8")
        text = vault.seal("essai", "7", PASSWORD).text
        assert vault.unseal("essai", "7", text) == PASSWORD
        assert "# clé du bureau\nune ligne coupée AAAA\n" in key_file.read_text(encoding="utf-8")

    def test_a_mark_left_by_a_text_editor_does_no_harm(self, key_file: Path) -> None:
        text = vault.seal("essai", "7", PASSWORD).text
        key_file.write_bytes(b"\xef\xbb\xbf" + key_file.read_bytes().replace(b"\n", b"\r\n"))
        assert vault.unseal("essai", "7", text) == PASSWORD

    def test_a_place_that_cannot_be_written_is_said_and_seals_nothing(self, settings: Any, tmp_path: Path) -> None:
        settings.VAULT_KEY_FILE = tmp_path / "absent" / "cle"
        with pytest.raises(vault.KeyNotWritten, match="Vérifiez que ce dossier existe"):
            vault.seal("essai", "7", PASSWORD)

    def test_one_that_cannot_be_read_is_never_replaced(self, key_file: Path) -> None:
        text = vault.seal("essai", "7", PASSWORD).text
        key_file.rename(key_file.with_name("ailleurs"))
        key_file.mkdir()
        for act in (lambda: vault.seal("essai", "7", "x"), lambda: vault.unseal("essai", "7", text)):
            with pytest.raises(vault.KeyMissing, match="ne peut pas être lu"):
                act()
        assert key_file.is_dir()

    def test_threads_that_seal_first_at_once_make_one_key(self, key_file: Path) -> None:
        texts: list[str] = []
        gate = threading.Barrier(8)

        def work() -> None:
            gate.wait()
            texts.append(vault.seal("essai", "7", PASSWORD).text)
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(key_file.read_text().split()) == 1
        assert [vault.unseal("essai", "7", text) for text in texts] == [PASSWORD] * 8


class TestKeyring:
    def test_the_key_is_there_and_the_file_only_names_it(self, key_file: Path, keyring_file: PlaintextKeyring) -> None:
        sealed = vault.seal("essai", "7", PASSWORD)
        word, entry, identifier = key_file.read_text().split()
        assert (word, identifier) == ("trousseau", sealed.key_id)
        secret = keyring_file.get_password(ring.SERVICE, entry)
        assert secret is not None
        assert keys.key_id(secret) == sealed.key_id
        assert secret not in key_file.read_text()
        assert vault.unseal("essai", "7", sealed.text) == PASSWORD

    def test_the_folder_taken_to_another_machine_says_that_the_key_is_gone(
        self, keyring_file: PlaintextKeyring, tmp_path: Path
    ) -> None:
        old = vault.seal("essai", "7", PASSWORD).text
        keys._seen.clear()
        here, keyring_file.file_path = keyring_file.file_path, str(tmp_path / "machine" / "cles.cfg")
        with pytest.raises(vault.KeyMissing):
            vault.unseal("essai", "7", old)
        new = vault.seal("essai", "7", "nouveau").text
        assert vault.unseal("essai", "7", new) == "nouveau"
        keyring_file.file_path = here
        assert vault.unseal("essai", "7", old) == PASSWORD

    def test_a_closed_keyring_is_no_lost_key_and_no_new_one_is_made(
        self, key_file: Path, keyring_file: PlaintextKeyring, settings: Any
    ) -> None:
        text = vault.seal("essai", "7", PASSWORD).text
        content = key_file.read_text()
        keys._seen.clear()
        settings.VAULT_KEYRING = _Closed()
        for act in (lambda: vault.seal("essai", "7", "x"), lambda: vault.unseal("essai", "7", text)):
            with pytest.raises(vault.KeyringClosed, match="fermé ou absent"):
                act()
        assert key_file.read_text() == content
        settings.VAULT_KEYRING = keyring_file
        assert vault.unseal("essai", "7", text) == PASSWORD

    def test_where_there_is_no_keyring_at_all_the_old_says_so_and_the_new_has_a_key_in_the_file(
        self, key_file: Path, keyring_file: PlaintextKeyring, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = vault.seal("essai", "7", PASSWORD)
        keys._seen.clear()
        settings.VAULT_KEYRING = None
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        with pytest.raises(vault.KeyringClosed):
            vault.unseal("essai", "7", old.text)
        new = vault.seal("essai", "7", "nouveau")
        assert key_file.read_text().split()[1] == "trousseau"
        settings.VAULT_KEYRING = keyring_file
        assert vault.unseal("essai", "7", old.text) == PASSWORD
        assert vault.unseal("essai", "7", new.text) == "nouveau"

    @pytest.mark.parametrize("backend", ["_Closed", "_Forgetful"])
    def test_a_keyring_that_keeps_nothing_leaves_the_key_to_its_file(
        self, key_file: Path, settings: Any, backend: str
    ) -> None:
        settings.VAULT_IN_KEYRING = True
        settings.VAULT_KEYRING = {"_Closed": _Closed, "_Forgetful": _Forgetful}[backend]()
        sealed = vault.seal("essai", "7", PASSWORD)
        assert keys.key_id(key_file.read_text().strip()) == sealed.key_id

    def test_a_plain_file_never_counts_as_a_keyring_of_its_own_accord(
        self, key_file: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.VAULT_IN_KEYRING = True
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyrings.alt.file.PlaintextKeyring")
        assert ring.backend() is None
        vault.seal("essai", "7", PASSWORD)
        assert "trousseau" not in key_file.read_text()

    @pytest.mark.parametrize("name", ["keyring.backends.null.Keyring", "module.qui.manque.Keyring"])
    def test_a_user_may_do_without_a_keyring(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
        assert ring.backend() is None

    def test_what_the_library_finds_by_itself_is_recommended_or_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
        found = ring.backend()
        assert found is None or found.priority >= 1

    def test_the_desktop_asks_for_it_and_a_named_file_comes_first(self) -> None:
        desktop = (Path(keys.__file__).parents[2] / "settings" / "desktop.py").read_text(encoding="utf-8")
        assert 'VAULT_IN_KEYRING = not os.environ.get("SCARABEE_CLE_COFFRE")' in desktop


class TestRotation:
    def test_everything_is_sealed_again_and_the_old_key_goes(
        self, key_file: Path, owner: Actor, hold: Callable[[str, str], PortalIdentifiers]
    ) -> None:
        ana, bob = hold("Ana", "un"), hold("Bob", "deux")
        before = ana.key_id
        done = vault.rotate(actor=owner)
        assert (done.count, done.unreadable) == (2, 0)
        assert [opened(ana), opened(bob)] == ["un", "deux"]
        assert ana.key_id == bob.key_id == vault.key_id_of(ana.sealed) == done.key_id != before
        assert [key.id for key in keys.read_keys()] == [done.key_id]
        assert len(key_file.read_text().split()) == 1

    def test_a_process_that_has_read_the_old_key_sees_the_new_one(
        self, key_file: Path, owner: Actor, hold: Callable[[str, str], PortalIdentifiers]
    ) -> None:
        ana = hold("Ana", "un")
        cached = keys.read_keys()
        assert keys.read_keys() is cached
        other = key_file.read_text()
        vault.rotate(actor=owner)
        assert opened(ana) == "un"
        assert keys.read_keys()[0].id != cached[0].id
        key_file.write_text(other)
        with pytest.raises(vault.KeyMissing):
            opened(ana)

    def test_what_cannot_be_opened_is_left_as_it_is(
        self, key_file: Path, owner: Actor, hold: Callable[[str, str], PortalIdentifiers]
    ) -> None:
        lost, damaged = hold("Perdu", "un"), hold("Abîmé", "deux")
        old = key_file.read_text()
        key_file.unlink()
        kept = hold("Gardé", "trois")
        PortalIdentifiers.objects.filter(pk=damaged.pk).update(sealed="x")
        done = vault.rotate(actor=owner)
        assert (done.count, done.unreadable) == (1, 2)
        status = vault.status(actor=owner)
        assert (status.readable, status.unreadable, status.unreadable_of) == (1, 2, ["Abîmé", "Perdu"])
        key_file.write_text(key_file.read_text() + old)
        assert opened(lost) == "un"
        assert opened(kept) == "trois"
        assert vault.rotate(actor=owner).count == 2

    def test_a_row_copied_onto_another_counts_as_unreadable(
        self, owner: Actor, hold: Callable[[str, str], PortalIdentifiers]
    ) -> None:
        ana, bob = hold("Ana", "un"), hold("Bob", "deux")
        PortalIdentifiers.objects.filter(pk=bob.pk).update(sealed=ana.sealed)
        assert vault.status(actor=owner).unreadable_of == ["Bob"]

    def test_a_key_in_the_keyring_is_renewed_there(
        self, owner: Actor, keyring_file: PlaintextKeyring, hold: Callable[[str, str], PortalIdentifiers]
    ) -> None:
        ana = hold("Ana", "un")
        (old,) = keys.read_keys()
        vault.rotate(actor=owner)
        (new,) = keys.read_keys()
        assert new.entry and new.entry != old.entry
        assert keyring_file.get_password(ring.SERVICE, old.entry) is None
        assert opened(ana) == "un"

    def test_the_key_goes_to_its_file_when_the_folder_is_to_travel(
        self,
        owner: Actor,
        settings: Any,
        keyring_file: PlaintextKeyring,
        hold: Callable[[str, str], PortalIdentifiers],
    ) -> None:
        ana = hold("Ana", "un")
        vault.rotate(actor=owner, in_keyring=False)
        settings.VAULT_KEYRING, settings.VAULT_IN_KEYRING = None, False
        assert vault.status(actor=owner).place == "fichier"
        assert opened(ana) == "un"

    def test_the_key_moves_from_its_file_to_the_keyring_when_it_is_renewed(
        self, owner: Actor, settings: Any, tmp_path: Path, hold: Callable[[str, str], PortalIdentifiers]
    ) -> None:
        ana = hold("Ana", "un")
        found = PlaintextKeyring()
        found.file_path = str(tmp_path / "trousseau" / "cles.cfg")
        settings.VAULT_IN_KEYRING, settings.VAULT_KEYRING = True, found
        vault.rotate(actor=owner)
        status = vault.status(actor=owner)
        assert (status.place, status.keys) == ("trousseau", 1)
        assert opened(ana) == "un"

    def test_with_the_keyring_closed_nothing_is_begun(
        self, key_file: Path, owner: Actor, settings: Any, keyring_file: PlaintextKeyring
    ) -> None:
        vault.seal("essai", "7", PASSWORD)
        content = key_file.read_text()
        keys._seen.clear()
        settings.VAULT_KEYRING = _Closed()
        with pytest.raises(vault.KeyringClosed):
            vault.rotate(actor=owner)
        assert key_file.read_text() == content
        assert not JournalEntry.objects.exists()

    def test_the_journal_says_who_and_how_many_and_nothing_secret(
        self, key_file: Path, owner: Actor, hold: Callable[[str, str], PortalIdentifiers]
    ) -> None:
        hold("Ana", PASSWORD)
        done = vault.rotate(actor=owner)
        entry = JournalEntry.objects.get()
        assert wording(entry.code) == "Clé du coffre renouvelée"
        assert entry.facts == {"resealed": 1, "unreadable": 0, "vault_key": done.key_id}
        assert vault.status(actor=owner).last_rotation == entry.at
        secret = key_file.read_text().strip()
        assert secret not in json.dumps(entry.facts) + repr(keys.read_keys()) + repr(vault.status(actor=owner))

    def test_only_an_administrateur_may(self, user_with: Callable[..., Actor]) -> None:
        somebody = user_with("Zoé", {})
        for act in (vault.rotate, vault.status):
            with pytest.raises(NotAllowed):
                act(actor=somebody)

    def test_an_empty_vault_has_nothing_to_say(self, owner: Actor) -> None:
        status = vault.status(actor=owner)
        assert (status.place, status.keys, status.readable, status.last_rotation) == ("aucune", 0, 0, None)


def test_a_dump_of_the_database_does_not_hold_what_was_sealed(
    hold: Callable[[str, str], PortalIdentifiers], key_file: Path, tmp_path: Path
) -> None:
    hold("Ana", PASSWORD)
    dump = tmp_path / "dump.json"
    call_command("dumpdata", "accounts", output=str(dump), verbosity=0)
    content = dump.read_text(encoding="utf-8")
    assert "Ana" in content
    assert PASSWORD not in content
    assert key_file.read_text().strip() not in content


class _Closed:
    """A keyring that its owner has locked."""

    name = "essai"

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("locked")


class _Forgetful:
    """A keyring that takes everything and keeps nothing."""

    name = "essai"

    def get_password(self, service: str, username: str) -> str | None:
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        return None
