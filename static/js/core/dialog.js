// A piece of a page as a dialog over the page; Escape, a click beside it and [data-dialog-close] close it for good.

/**
 * Show a fragment; `title` is the id of its heading, `kind` one more class. Gives the dialog, which is open.
 * @param {DocumentFragment} content
 * @param {string} title
 */
export function showDialog(content, title, kind = "") {
  const dialog = document.createElement("dialog");
  dialog.className = `dialog ${kind}`.trim();
  dialog.setAttribute("aria-labelledby", title);
  dialog.append(content);
  document.body.append(dialog);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target?.closest("[data-dialog-close]")) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}
