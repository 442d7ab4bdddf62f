// Tabs, « Montrer », and the window of the blue ball. Pages work without it.

// Tabs: the links become tabs, moved through with the arrows, Début and Fin.
(() => {
  const list = document.querySelector("[data-tabs]");
  if (!list) return;
  const tabs = [...list.querySelectorAll("a")];
  const panelOf = (tab) => document.querySelector(tab.hash);

  const bring = (chosen) => {
    for (const tab of tabs) {
      const inFront = tab === chosen;
      tab.setAttribute("aria-selected", String(inFront));
      tab.tabIndex = inFront ? 0 : -1;
      panelOf(tab).classList.toggle("is-in-front", inFront);
    }
    const address = new URL(location.href);
    address.hash = "";
    address.searchParams.set("onglet", panelOf(chosen).id);
    history.replaceState(null, "", address);
  };

  list.setAttribute("role", "tablist");
  for (const tab of tabs) {
    const panel = panelOf(tab);
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      bring(tab);
    });
  }
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target.closest("a"));
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1, " ": at }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    const tab = tabs[(next + tabs.length) % tabs.length];
    bring(tab);
    tab.focus();
  });
  bring(tabs.find((tab) => panelOf(tab).id === list.dataset.tabs) ?? tabs[0]);
})();

// data-reveal="id": shows what is typed in the password field of that id, and hides it again.
for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
  // never sent while shown: a browser keeps what it saw in a field of text
  field.form.addEventListener("submit", () => {
    field.type = "password";
    button.setAttribute("aria-pressed", "false");
  });
}

// data-copy="id": puts the value of that field into the clipboard, where the browser allows it.
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  field.addEventListener("focus", () => field.select());
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.querySelector("span").textContent = "Adresse copiée";
  });
}

// The window of the blue ball: nothing more is asked once it is closed, and the keyboard goes back to the ball.
(() => {
  const place = document.getElementById("verification");
  if (!place) return;
  const broken = document.getElementById("boule-en-panne");

  document.addEventListener(
    "close",
    (event) => {
      // opening it above the page closes it first: that is no reason to empty it
      if (event.target.matches("[data-test-window]") && place.contains(event.target) && !event.target.open) {
        place.replaceChildren();
        document.getElementById("boule")?.focus();
      }
    },
    true,
  );
  document.addEventListener("htmx:beforeSwap", (event) => {
    // the window was closed meanwhile: what arrives late has no place any more
    if (event.target.id === "essai-lignes" && !event.target.isConnected) event.detail.shouldSwap = false;
    broken.hidden = true;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const dialog = place.querySelector("dialog");
    if (!dialog) return;
    if (!dialog.contains(document.activeElement)) dialog.querySelector("h2").focus();
    dialog.querySelector(".check-running")?.scrollIntoView({ block: "nearest" });
  });
  for (const failure of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(failure, (event) => {
      const failed = place.querySelector("[data-test-failed]");
      if (failed && place.contains(event.target)) failed.hidden = false;
      else if (event.target.id === "boule") broken.hidden = false;
    });
  }
})();
