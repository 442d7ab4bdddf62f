// The ticks of a transfer are sent as they are made, so that nobody has to save them. Pages work without it.
//
// Each tick adds a hidden field "geste" to the form, in the order of the clicks; the server replays them. They stay
// until an answer redraws the tree, so that an answer lost on the way loses no tick. An answer that does not know the
// latest ticks yet is not drawn: a newer one is on its way.
const form = document.getElementById("transfert");
const boxes = (kind, start) => [...form.querySelectorAll(`input[data-${kind}]`)].filter((box) => box.dataset[kind].startsWith(start));
const said = () => `${form.elements.destination.value}:${form.elements.nouveau.value}`;
let typing;
let sent = said();

const showPartial = () => {
  form.elements.script.value = "1";
  for (const box of form.querySelectorAll("input[data-partial]")) {
    box.indeterminate = true;
  }
};

const gesture = (value) => {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "geste";
  field.value = value;
  document.getElementById("arbre").append(field);
};

const send = () => {
  // Transférer waits for the answer: what it would do has just changed.
  document.getElementById("transferer").disabled = true;
  clearTimeout(typing);
  sent = said();
  htmx.trigger(form, "geste");
};

form.addEventListener("change", (event) => {
  const box = event.target;
  const ticked = box.checked ? 1 : 0;
  if (box.dataset.employer) {
    gesture(`e:${box.dataset.employer}:${ticked}`);
    boxes("employee", `${box.dataset.employer}:`).forEach((one) => {
      one.checked = box.checked;
    });
    send();
  } else if (box.dataset.employee) {
    gesture(`s:${box.dataset.employee}:${ticked}`);
    const employer = box.dataset.employee.split(":")[0];
    boxes("employer", employer).filter((one) => one.dataset.employer === employer).forEach((one) => {
      one.indeterminate = true;
    });
    send();
  } else if ("geste" in box.dataset && said() !== sent) {
    send(); // not again on the way from a name already sent to the button: the click would be lost
  }
});

form.addEventListener("input", (event) => {
  if (event.target.id === "nouveau") {
    clearTimeout(typing);
    typing = setTimeout(send, 400);
  }
});

let scrolled = 0;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target === form) {
    form.querySelectorAll("input[name=geste]").forEach((field) => {
      field.dataset.sent = "";
    });
  }
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.requestConfig?.elt !== form) {
    return;
  }
  if (event.detail.xhr.status >= 400 || form.querySelector("input[name=geste]:not([data-sent])")) {
    event.detail.shouldSwap = false;
    return;
  }
  scrolled = form.querySelector("[data-scroll]")?.scrollTop ?? 0;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.requestConfig?.elt === form) {
    const tree = form.querySelector("[data-scroll]");
    if (tree) {
      tree.scrollTop = scrolled;
    }
    showPartial();
  }
});
for (const failure of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(failure, (event) => {
    if (event.detail.requestConfig?.elt === form) {
      sent = "";
      document.getElementById("pourquoi").textContent =
        "Scarabée n’a pas répondu. Rien n’est parti, et vos coches seront renvoyées au prochain geste.";
    }
  });
}
showPartial();
