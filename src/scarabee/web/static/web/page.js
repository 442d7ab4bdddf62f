// The little that every page needs. Pages work without it.
//
// data-dialog="id": a link or button that opens the <dialog> of that id; without JavaScript it stays what it is.
// data-dialog-open: a <dialog> sent open with the page; here it is put above the page, focus inside.
// data-countdown: a <time> to come; the minutes left are written after its hour, and change.
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

const countDown = (time) => {
  const until = new Date(time.dateTime);
  const hour = time.textContent.split(",")[0];
  const write = () => {
    const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
    const left = seconds >= 60 ? `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s` : `${seconds} s`;
    time.textContent = `${hour}, dans ${left}`;
    if (seconds > 0) setTimeout(write, 1000);
  };
  write();
};
document.querySelectorAll("time[data-countdown]").forEach(countDown);
