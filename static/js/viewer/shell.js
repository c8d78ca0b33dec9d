// What the viewer stands in before the server has answered: the window and the screen.

/** Take the whole screen where that is possible, else the viewer fills the window. Gives whether it was taken. */
export async function enterFullscreen() {
  // A dialog cannot be made full, so the page is, before the dialog comes over it.
  if (!document.fullscreenEnabled || document.fullscreenElement) return false;
  return document.documentElement.requestFullscreen({ navigationUI: "hide" }).then(() => true, () => false);
}

export function leaveFullscreen() {
  if (document.fullscreenElement) document.exitFullscreen().catch((error) => console.debug("Still full screen.", error));
}

/** Open the window over the page; all else comes from the server. */
export function shell() {
  const dialog = document.createElement("dialog");
  dialog.className = "viewer";
  dialog.tabIndex = -1;
  dialog.setAttribute("aria-label", "Picture viewer");
  const [stage, box, note, said, again, close] = ["div", "div", "div", "span", "button", "button"].map((name) => document.createElement(name));
  stage.className = "viewer-stage";
  stage.dataset.viewerStage = "";
  box.className = "viewer-box";
  stage.append(box);
  note.className = "viewer-failed";
  note.dataset.viewerFailed = "";
  note.setAttribute("role", "alert");
  note.hidden = true;
  Object.assign(again, { type: "button", className: "btn btn-line btn-sm", textContent: "Try again" });
  Object.assign(close, { type: "button", className: "btn btn-line btn-sm", textContent: "Close" });
  close.addEventListener("click", () => dialog.close());
  note.append(said, again, close);
  dialog.append(stage, note);
  document.body.append(dialog);
  const changed = () => document.fullscreenElement ?? dialog.close();
  document.addEventListener("fullscreenchange", changed);
  dialog.addEventListener("close", () => document.removeEventListener("fullscreenchange", changed));
  dialog.showModal();
  return dialog;
}
