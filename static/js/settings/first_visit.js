// The first visit: a key is tried as it is pasted, model servers of this computer are looked for, and where the question
// stands in a dialog the answer is sent from there.

import { showDialog } from "../core/dialog.js";
import { api, fragment } from "../core/http.js";
import { failureOf } from "../core/toast.js";
import { sending } from "../words/form_words.js";

const BASE = "/api/settings/first-visit";
const PAUSE_MS = 400;
// Shorter is no key of any service.
const SHORTEST_KEY = 8;
/** The key that was tried last, and whether it works. */
let tried = { key: "", works: false };
let pause = 0;

/** @param {HTMLElement} place @param {string} text @param {string} kind */
function tell(place, text, kind = "") {
  place.className = `choice-said ${kind}`;
  place.textContent = text;
}

/** Try a key once; nothing is kept yet. @param {HTMLFormElement} form */
async function tryKey(form) {
  const place = form.querySelector("[data-key-said]");
  const key = form.elements.namedItem("key").value.trim();
  if (key === tried.key) return;
  tried = { key, works: false };
  if (key.length < SHORTEST_KEY) return tell(place, "");
  tell(place, "Trying it…");
  try {
    const { seconds } = await api("POST", `${BASE}/key`, { key });
    if (tried.key !== key) return;
    tried.works = true;
    tell(place, `It works, ${seconds.toFixed(1)} s`, "saved");
  } catch (error) {
    if (tried.key === key) tell(place, failureOf(error).message, "refused");
  }
}

/** @param {HTMLFormElement} form */
async function findServers(form) {
  form.dataset.looked = "";
  const { servers } = await api("GET", `${BASE}/servers`);
  const [first] = servers;
  if (!first) return;
  const count = first.models.length;
  form.querySelector("[data-local-said]").textContent = `${first.name} was found here with ${count} ${count === 1 ? "model" : "models"}.`;
  form.querySelector("[data-local-models]").replaceChildren(...first.models.map((/** @type {string} */ name) => new Option("", name)));
  const [address, model] = ["address", "model"].map((name) => form.elements.namedItem(name));
  if (!address.value) address.value = first.address;
  if (!model.value) model.value = first.models[0];
}

/** @param {HTMLFormElement} form @param {string} choice */
async function answer(form, choice) {
  const values = Object.fromEntries(new FormData(form));
  const { key = "", password = "", address = "", model = "" } = values;
  const works = tried.works && tried.key === String(key).trim();
  await api("POST", BASE, { choice, ...(choice === "key" ? { key, password, tried: works } : {}), ...(choice === "local" ? { address, model } : {}) });
}

document.addEventListener("submit", async (event) => {
  const form = event.target?.closest("[data-first-visit]");
  if (!form) return;
  event.preventDefault();
  if ("busy" in form.dataset) return;
  form.dataset.busy = "";
  const said = form.querySelector("[data-first-visit-error]");
  said.hidden = true;
  const taken = sending(form);
  try {
    await answer(form, event.submitter?.name === "skip" ? "skip" : form.querySelector("[name=choice]:checked").value);
    taken();
    const dialog = form.closest("dialog");
    if (dialog) dialog.close("answered");
    else location.assign("/");
  } catch (error) {
    const { message, body } = failureOf(error);
    said.textContent = message;
    said.hidden = false;
    form.elements.namedItem(body?.error?.field ?? "")?.focus?.();
  } finally {
    delete form.dataset.busy;
  }
});
document.addEventListener("input", (event) => {
  const form = event.target?.closest("[data-first-visit]");
  if (!form || event.target?.name !== "key") return;
  clearTimeout(pause);
  pause = setTimeout(tryKey, PAUSE_MS, form);
});
document.addEventListener("change", (event) => {
  const form = event.target?.closest("[data-first-visit]");
  if (event.target?.value === "local" && form && !("looked" in form.dataset)) findServers(form).catch(() => delete form.dataset.looked);
});

/** Ask who writes, in a dialog; resolves to whether that was answered or skipped, not closed. */
export async function askWhoWrites() {
  const dialog = showDialog(await fragment("/first-visit?fragment=dialog"), "first-visit-title");
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "answered")));
}

const open = document.querySelector("[data-first-visit]");
if (open) findServers(open).catch(() => delete open.dataset.looked);
