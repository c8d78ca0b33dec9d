// Sends what a visitor chose; loaded with the first press of Send. A gallery has no session, no messages and nothing to
// undo, so it does not bring what core/http.js needs for those.

const AWAY = "The choice could not be sent: there is no connection. It stays in this browser; try again in a moment.";
const SILENT_MS = 20_000;
let isSending = false;

/**
 * Send a choice and give what the server kept of it; null where it was not sent, which the bar then says.
 * @param {HTMLFormElement} form
 * @param {{ ids: number[], shown: number[], name: string, once: string }} choice
 * @returns {Promise<number[] | null>}
 */
export async function sendChoice(form, choice) {
  if (isSending) return null;
  const name = form.elements.namedItem("name");
  if (!choice.name.trim()) {
    // On a phone the field comes now.
    form.classList.add("is-asked");
    name.focus();
    if (name.dataset.isAsked) tell(form, "Type your name, so that it is known whose choice this is.");
    name.dataset.isAsked = "1";
    return null;
  }
  isSending = true;
  form.setAttribute("aria-busy", "true");
  try {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    const signal = AbortSignal.timeout(SILENT_MS);
    const answer = await fetch(form.action, { method: "POST", headers, body: JSON.stringify(choice), signal });
    const { ids, error } = await answer.json();
    tell(form, error?.message ?? "");
    if (!answer.ok) return null;
    form.classList.remove("is-asked");
    tellSent(form, ids.length > 0);
    return ids;
  } catch (error) {
    console.debug("The choice was not sent.", error);
    tell(form, AWAY);
    return null;
  } finally {
    isSending = false;
    form.removeAttribute("aria-busy");
  }
}

/** @param {HTMLFormElement} form @param {boolean} isSent */
function tellSent(form, isSent) {
  const sentence = form.querySelector("[data-choice-send]").textContent.replace(/^Send/, "Sent");
  form.querySelector("[data-choice-sent]").textContent = isSent ? `${sentence}.` : "";
}

/** Say in the bar what stands in the way; an empty sentence takes it back. @param {HTMLFormElement} form @param {string} sentence */
function tell(form, sentence) {
  let place = form.querySelector(".gallery-choice-mistake");
  if (!place) {
    place = document.createElement("p");
    place.className = "gallery-choice-mistake";
    place.setAttribute("role", "alert");
    form.querySelector(".gallery-choice-name").before(place);
  }
  place.textContent = sentence;
  place.hidden = !sentence;
}
