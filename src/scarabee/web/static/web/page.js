// The little that every page needs. Pages work without it.
//
// data-dialog="id": a button that opens the <dialog> of that id; without JavaScript it stays the link it is.
// data-dialog-close: a button that closes the dialog around it.
// data-dialog-open: a <dialog> shown as soon as the page is there.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  const closer = event.target.closest("[data-dialog-close]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog").close();
  }
});

const openWaitingDialogs = () => {
  for (const dialog of document.querySelectorAll("dialog[data-dialog-open]:not([open])")) {
    dialog.showModal();
  }
};
openWaitingDialogs();
document.addEventListener("htmx:load", openWaitingDialogs);
