"""Take the pictures of docs/images again, from a new demonstration in a folder that goes away afterwards.

`.venv/bin/python scripts/screenshots.py` needs Chromium; everything shown is invented.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

IMAGES = Path(__file__).parent.parent / "docs" / "images"
SCARABEE = Path(sys.executable).with_name("scarabee")
SIZE = ViewportSize(width=1366, height=768)
PORT = 8790
WRONG_CAPITALS = "corail.2026-dune"
"""The password of the demonstration's account on its own portal, in small letters."""


@contextmanager
def demonstration() -> Iterator[str]:
    """A demonstration that serves; gives its one-time sign-in link."""
    with tempfile.TemporaryDirectory() as place:
        command = [str(SCARABEE), "--donnees", place, "demo", "--port", str(PORT), "--sans-navigateur"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield next(line.strip() for line in process.stdout if "/connexion/lien/" in line)
            finally:
                process.send_signal(signal.SIGINT)
                process.wait()


def take(page: Page, link: str) -> None:
    """Walk from the sign-in to the receipt, with a picture at each place worth one."""
    page.goto(link)
    page.get_by_role("button", name="Entrer").click()
    page.get_by_role("link", name="Dossiers", exact=True).first.click()
    page.get_by_role("link", name="Ligue Nord").first.click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / "dossier.png")

    page.get_by_role("link", name="Transférer").click()
    page.get_by_role("button", name="Voir ses employeurs").click()
    page.get_by_label("Chercher un employeur").fill("centre social")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Tout voir").wait_for()
    page.locator("input[data-employer]").nth(0).check()
    page.locator("#etat").get_by_text("1 employeur en totalité").wait_for()
    page.get_by_role("button", name="Montrer les salariés de Centre social de Trois-Ormes").first.click()
    people = page.locator("input[id^='s-']")
    people.first.wait_for()
    people.nth(0).check()
    people.nth(2).check()
    page.get_by_label("Dossier de destination").select_option("nouveau")
    page.get_by_label("Nom du nouveau dossier").press_sequentially("Antenne littorale")
    page.get_by_text("Seront créés dans").wait_for()
    page.mouse.wheel(0, 1000)
    page.wait_for_timeout(300)
    page.screenshot(path=IMAGES / "transfert.png")

    page.get_by_role("button", name="Transférer", exact=True).click()
    page.get_by_role("dialog", name="Le transfert est terminé").wait_for()
    page.screenshot(path=IMAGES / "recu.png")


def take_ball(page: Page) -> None:
    """The blue ball over the two tabs: a password whose capitals are wrong, so that a line turns red."""
    page.goto(f"http://127.0.0.1:{PORT}/mon-compte/?onglet=net-entreprises")
    page.get_by_label("Mot de passe", exact=True).fill(WRONG_CAPITALS)
    page.get_by_role("button", name="Vérifier la saisie et tester les connexions").click()
    page.locator(".check-red").wait_for()
    page.wait_for_timeout(300)
    page.screenshot(path=IMAGES / "boule-bleue.png")


def main() -> int:
    """Write the pictures; 1 when there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("Chromium is missing: make browser", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with demonstration() as link, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE, locale="fr-FR", color_scheme="light")
        take(page, link)
        take_ball(page)
        browser.close()
    for image in sorted(IMAGES.glob("*.png")):
        print(f"{image.name}: {image.stat().st_size // 1024} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
