"""Somebody who was erased comes back with a file: that is said, and refused by nobody.

A law may well want them here: a rehiring, a file of the past that a control asks for. A person decides.
"""

from collections.abc import Collection

from django.utils.timezone import localtime

from scarabee.accounts.vault import KeyMissing, KeyringClosed, SealBroken
from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.services.identities import Key
from scarabee.privacy.marks import Marker, Number
from scarabee.privacy.models import Erasure, Mark, MarkKey

_LOST = (KeyMissing, KeyringClosed, SealBroken)


def warnings_for(keys: Collection[Key]) -> dict[Key, str]:
    """{key of a newcomer: what is to be said} for those who were erased once. Cheap while nobody ever was."""
    by_mark: dict[bytes, Key] = {}
    try:
        for mark_key in MarkKey.objects.filter(erasures__isnull=False).distinct():
            marker = Marker(mark_key)
            by_mark |= {marker.mark(Number(key.kind, key.value)): key for key in keys}
    except _LOST:  # without its key nobody is known again; the diagnosis says that the vault is closed
        return {}
    found: dict[Key, str] = {}
    for some in chunks(list(by_mark)):
        for mark in Mark.objects.filter(mac__in=some).select_related("erasure"):
            found[by_mark[bytes(mark.mac)]] = _words(mark.erasure)
    return found


def _words(erasure: Erasure) -> str:
    return (
        f"cette personne a été effacée le {localtime(erasure.at):%d/%m/%Y} (effacement n° {erasure.pk}), et ce fichier "
        "la ramène. Si ce n’est pas voulu, annulez cet import ou effacez-la de nouveau."
    )
