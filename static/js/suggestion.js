// "Use it" and "Keep mine", for one field or for all.

import { allSaved } from "./edit_words.js";
import { api } from "./http.js";
import { learn, load } from "./images.js";
import { imageId, panel, refreshPanel, sayAt } from "./panel.js";
import { toastError } from "./toast.js";

const STAYS_MS = 2500;

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-suggestion]");
  if (!form) return;
  event.preventDefault();
  const taken = event.submitter?.value === "accept";
  const field = form.elements.namedItem("field").value;
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.setAttribute("aria-disabled", "true");
  if ("busy" in form.dataset) return;
  form.dataset.busy = "";
  try {
    await allSaved();
    await (taken ? accept(field) : dismiss(field));
    await refreshPanel();
    if (field !== "all") say(field, taken ? "In place. The old words are in the history." : "Kept yours.");
  } catch (error) {
    await stale(error);
    for (const button of buttons) button.removeAttribute("aria-disabled");
  } finally {
    delete form.dataset.busy;
  }
});

async function accept(field) {
  const body = { version: Number(panel().dataset.version) };
  if (field !== "all") body.fields = [field];
  learn(await api("POST", `/api/images/${imageId()}/suggestion/accept`, body));
}

async function dismiss(field) {
  const which = field === "all" ? "" : `?fields=${encodeURIComponent(field)}`;
  await api("DELETE", `/api/images/${imageId()}/suggestion${which}`);
}

// Changed in another tab, or dealt with there: what is true now is shown, and the person decides again.
async function stale(error) {
  toastError(error);
  if (error.status !== 409 && error.status !== 404) return;
  await load(imageId()).then(refreshPanel).catch(toastError);
}

function say(field, text) {
  const place = sayAt(field, "saved", text);
  setTimeout(() => place.textContent === text && sayAt(field, "", ""), STAYS_MS);
}
