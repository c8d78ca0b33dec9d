// A setting is saved when its field is left or Enter is pressed. What was refused stays in the field, with the reason.

import { api } from "../core/http.js";
import { failureOf } from "../core/toast.js";
import { markSaved } from "../fields/touched.js";
import { letGo, sending } from "../words/form_words.js";

const CONFLICT = 409;

/** @param {HTMLFormElement} form */
const parts = (form) => ({
  control: form.querySelector("[name=value]"),
  state: form.querySelector("[data-setting-state]"),
  version: form.querySelector("[name=version]"),
});

/** @param {HTMLFormElement} form @param {string} text @param {"saved" | "saving" | "error"} kind */
function tell(form, text, kind) {
  const { control, state } = parts(form);
  state.className = kind === "error" ? "setting-error" : `setting-state ${kind === "saved" ? "saved" : ""}`;
  state.replaceChildren(text);
  if (kind === "error") control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}

/** @param {HTMLFormElement} form */
function isSaved(form) {
  const { control } = parts(form);
  return control.value.trim() === control.dataset.saved;
}

/** Save what the field holds, unless that is what was saved last. @param {HTMLFormElement} form */
async function save(form) {
  const { control, version } = parts(form);
  // Asked for while it is being saved, it is saved once more afterwards.
  if ("busy" in form.dataset) return void (form.dataset.busy = "again");
  // Back at what was saved, nothing is wrong any more.
  if (isSaved(form)) return control.getAttribute("aria-invalid") === "true" ? tell(form, "", "saved") : undefined;
  const value = control.value.trim();
  const taken = sending(form);
  form.dataset.busy = "";
  tell(form, "Saving…", "saving");
  try {
    const setting = await api("PATCH", `/api/settings/${form.dataset.setting}`, { value, version: Number(version.value) });
    taken();
    control.dataset.saved = setting.typed;
    version.value = setting.version;
    if (isSaved(form)) markSaved(form);
    tell(form, isSaved(form) ? "Saved" : "", "saved");
    document.dispatchEvent(new CustomEvent("settings:saved", { detail: { name: setting.name } }));
  } catch (error) {
    refuse(form, failureOf(error));
  }
  const again = form.dataset.busy === "again" && control.value.trim() !== value;
  delete form.dataset.busy;
  if (again) await save(form);
}

/** @param {HTMLFormElement} form @param {string} text @param {() => void} act */
function offer(form, text, act) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "link-button", textContent: text });
  button.addEventListener("click", act);
  parts(form).state.append(" ", button);
}

/** @param {HTMLFormElement} form @param {Failure} error */
function refuse(form, error) {
  tell(form, error.message, "error");
  if (error.temporary) offer(form, "Try again", () => save(form));
  const current = error.status === CONFLICT && error.body?.current;
  if (!current) return;
  const { control, version } = parts(form);
  // What somebody else chose is seen now, and can be written over.
  version.value = current.version;
  // A switch has no place for the usual value, nor for other words for on.
  control.dataset.saved = typeof current.value === "boolean" ? (current.value ? "on" : "off") : current.typed;
  offer(form, "Take that", () => {
    control.value = control.dataset.saved;
    letGo(form);
    tell(form, "Taken over", "saved");
    control.focus();
  });
  offer(form, "Keep mine", () => save(form));
}

for (const form of document.querySelectorAll("[data-setting]")) {
  form.querySelector("[data-setting-save]").hidden = true;
  form.addEventListener("change", () => save(form));
  // Somebody else changed it, and here nothing was typed.
  form.addEventListener("form:filled", () => {
    const { control } = parts(form);
    control.dataset.saved = control.value;
    tell(form, "", "saved");
  });
  form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    save(form);
  });
}

addEventListener("beforeunload", (event) => {
  if (![...document.querySelectorAll("[data-setting]")].every(isSaved)) event.preventDefault();
});
