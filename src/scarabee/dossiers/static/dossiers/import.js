// The import form: drag and drop, the list of what was chosen, and how far the upload is. It works without.
(() => {
  const form = document.querySelector("[data-import-form]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector("[data-drop]");
  const list = form.querySelector("[data-drop-list]");
  const dossier = form.querySelector("select");
  const newName = form.querySelector("[data-new-name]");
  const sending = form.querySelector("[data-sending]");
  const words = form.querySelector("[data-sending-text]");
  const bar = form.querySelector("[data-sending-bar]");
  const send = form.querySelector("[data-send]");

  const inWords = (size) => {
    if (size >= 1073741824) return `${(size / 1073741824).toFixed(1).replace(".", ",")} Go`;
    if (size >= 1048576) return `${Math.floor(size / 1048576)} Mo`;
    if (size === 0) return "vide";
    return `${Math.max(1, Math.floor(size / 1024))} ko`;
  };
  const showFiles = () => {
    list.replaceChildren(
      ...[...input.files].map((file) => {
        const line = document.createElement("li");
        line.textContent = `${file.name} (${inWords(file.size)})`;
        return line;
      }),
    );
    list.hidden = input.files.length < 2;
  };
  const showNewName = () => {
    if (newName) newName.hidden = dossier.value !== form.dataset.new;
  };

  drop.classList.add("drop-ready");
  form.querySelector("[data-drop-hint]").hidden = false;
  showNewName();
  dossier?.addEventListener("change", showNewName);
  input.addEventListener("change", showFiles);

  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("drop-over");
    });
  }
  drop.addEventListener("dragleave", (event) => {
    if (!drop.contains(event.relatedTarget)) drop.classList.remove("drop-over");
  });
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("drop-over");
    const together = new DataTransfer();
    for (const file of [...input.files, ...event.dataTransfer.files]) together.items.add(file);
    input.files = together.files;
    showFiles();
  });

  const stop = (message) => {
    words.textContent = message;
    bar.hidden = true;
    send.disabled = false;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.open("POST", form.action || location.href);
    request.upload.addEventListener("progress", (moment) => {
      if (!moment.lengthComputable) return;
      const percent = Math.floor((100 * moment.loaded) / moment.total);
      bar.value = percent;
      words.textContent = percent < 100 ? `Envoi des fichiers : ${percent} %` : "Fichiers envoyés. Lecture en cours…";
    });
    request.addEventListener("load", () => {
      if (request.status >= 400) {
        stop(`Le serveur n’a pas pris les fichiers (réponse ${request.status}). Rien n’a été importé. Recommencez.`);
        return;
      }
      const at = new URL(request.responseURL);
      if (at.pathname !== location.pathname) {
        location.assign(at);
        return;
      }
      // the form again, with what is wrong
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      document.querySelector("main").replaceWith(page.querySelector("main"));
      const script = document.createElement("script");
      script.src = document.querySelector("script[src$='dossiers/import.js']").src;
      document.head.append(script);
      document.querySelector("main").focus();
    });
    request.addEventListener("error", () => {
      stop("La connexion s’est coupée pendant l’envoi. Rien n’a été importé. Vérifiez le réseau, puis recommencez.");
    });
    sending.hidden = false;
    bar.hidden = false;
    send.disabled = true;
    request.send(new FormData(form));
  });
})();
