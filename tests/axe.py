"""Whether a page can be used by everybody: axe, in light and in dark."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def assert_no_axe_violation(page: Page) -> None:
    """Fail with the rule and the elements when axe finds fault with the page, in either colour scheme."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no colour caught half-way
        for violation in Axe().run(page).response["violations"]:
            targets = [node["target"] for node in violation["nodes"]]
            found.append(f"{scheme}: {violation['id']}: {targets}")
    page.emulate_media(color_scheme="light")
    assert not found, "\n".join([page.url, *found])
