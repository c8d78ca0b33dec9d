// The line beside a field that says what becomes of what is typed.

const FRESH_MS = 4000;

/**
 * Say something; what stands there already is not said again. Screen readers hear it unless it is `silent`.
 * @param {HTMLElement} place
 * @param {string} state
 * @param {string} text
 * @param {{ more?: string, act?: ToastAction | null, silent?: boolean }} [options]
 */
export function say(place, state, text, { more = "", act = null, silent = false } = {}) {
  const said = [state, text, more, act?.label].join("|");
  if (place.dataset.said === said) return;
  place.dataset.said = said;
  place.setAttribute("aria-live", silent ? "off" : "polite");
  place.dataset.state = state;
  delete place.dataset.at;
  place.textContent = text;
  if (more) place.append(" ", Object.assign(document.createElement("span"), { className: "muted", textContent: more }));
  if (act) place.append(" ", act.href ? linkOf(act) : buttonOf(act));
}

/** Say that it is saved: for a moment in green, then with the time. @param {HTMLElement} place */
export function saySaved(place, silent = false) {
  place.dataset.said = "";
  say(place, "saved", "Saved", { silent });
  const { said } = place.dataset;
  setTimeout(() => {
    if (place.dataset.said !== said || "at" in place.dataset) return;
    // In a list the line goes, on the page of a picture it keeps its room.
    if (!place.dataset.editState) return say(place, "", "");
    place.dataset.at = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  }, FRESH_MS);
}

/** @param {ToastAction} act */
function linkOf({ label, href = "" }) {
  return Object.assign(document.createElement("a"), { className: "text-button", href, textContent: label });
}

/** @param {ToastAction} act */
function buttonOf({ label, run = () => {} }) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "text-button", textContent: label });
  // Pressing it takes the focus from the field, which would save a second time.
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", run);
  return button;
}

/** Say why words are not on the server, and what to do. @param {HTMLElement} place @param {Failure} error @param {boolean} kept @param {() => void} retry */
export function sayFailed(place, error, kept, retry) {
  const again = { label: "Try again", run: retry };
  const where = kept ? "Kept on this device." : "Not saved yet.";
  if (error.status === 401) {
    const next = encodeURIComponent(location.pathname + location.search);
    say(place, "waiting", where, { act: { label: "Sign in again", href: `/sign-in?next=${next}` } });
  } else if (error.status === 0) say(place, "waiting", where, { more: "Waiting for the network." });
  else say(place, "failed", error.temporary ? "Could not be saved." : `Could not be saved. ${error.message}`, { act: again });
}
