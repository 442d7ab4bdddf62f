"""What one run of the blue ball tests: the entry and the tokens it got, sealed within its row."""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from scarabee.accounts import vault
from scarabee.accounts.models import ConnectionTest, User
from scarabee.accounts.portal.entry import Entry
from scarabee.netentreprises.credentials import Regime
from scarabee.netentreprises.tokens import Token

PURPOSE = "essai-de-connexion"
AUTHENTICATION = "authentification"


@dataclass(frozen=True, slots=True)
class UnderTest:
    """The entry under test, and the tokens obtained so far by régime."""

    entry: Entry
    tokens: dict[Regime, Token] = field(default_factory=dict)

    def with_token(self, token: Token) -> "UnderTest":
        """The same, with one more token."""
        return replace(self, tokens={**self.tokens, token.regime: token})


def sealed(test: ConnectionTest, under_test: UnderTest) -> str:
    """The text to keep in `test.sealed`; the row's own number is part of the seal."""
    tokens = {
        regime.value: {"value": token.value, "expires_at": token.expires_at.isoformat()}
        for regime, token in under_test.tokens.items()
    }
    content = json.dumps({"entry": asdict(under_test.entry), "tokens": tokens})
    return vault.seal(PURPOSE, str(test.pk), content).text


def opened(test: ConnectionTest) -> UnderTest:
    """What is under test. Raises `vault.KeyMissing` or `vault.SealBroken`."""
    content: dict[str, Any] = json.loads(vault.unseal(PURPOSE, str(test.pk), test.sealed))
    tokens = {
        Regime(name): Token(one["value"], Regime(name), datetime.fromisoformat(one["expires_at"]))
        for name, one in content["tokens"].items()
    }
    return UnderTest(Entry(**content["entry"]), tokens)


def accepted_since(user: User, entry: Entry, since: datetime) -> datetime | None:
    """When the portal accepted exactly this entry in a test made for this user since then; None if it did not."""
    for test in ConnectionTest.objects.filter(user=user, created_at__gte=since).order_by("-created_at"):
        if entry.regimes and _accepted(test) >= set(entry.regimes) and _tested(test) == entry:
            return test.created_at
    return None


def _accepted(test: ConnectionTest) -> set[str]:
    """The régimes for which the portal accepted what this test is about."""
    return {check["regime"] for check in test.checks if check["name"] == AUTHENTICATION and check["ok"]}


def _tested(test: ConnectionTest) -> Entry | None:
    try:
        return opened(test).entry
    except (vault.KeyMissing, vault.SealBroken):
        return None
