// The little that every page needs. Pages work without it.
//
// data-dialog="id": a link or button that opens the <dialog> of that id; without JavaScript it stays what it is.
// data-dialog-open: a <dialog> sent open with the page; here it is put above the page, focus inside.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
  }
});

const raiseDialogs = () => {
  for (const dialog of document.querySelectorAll("dialog[data-dialog-open]")) {
    delete dialog.dataset.dialogOpen;
    dialog.close();
    dialog.showModal();
  }
};
raiseDialogs();
document.addEventListener("htmx:load", raiseDialogs);
