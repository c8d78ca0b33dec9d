// A setting is saved when its field is left or Enter is pressed. What was refused stays in the field, with the reason.

import { api } from "../core/http.js";
import { failureOf } from "../core/toast.js";

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

/** Save what the field holds, unless that is what was saved last. @param {HTMLFormElement} form */
async function save(form) {
  const { control, version } = parts(form);
  const value = control.value.trim();
  if (value === control.dataset.saved || "busy" in form.dataset) return;
  form.dataset.busy = "";
  tell(form, "Saving…", "saving");
  try {
    const setting = await api("PATCH", `/api/settings/${form.dataset.setting}`, { value, version: Number(version.value) });
    control.dataset.saved = setting.typed;
    version.value = setting.version;
    tell(form, "Saved", "saved");
    document.dispatchEvent(new CustomEvent("settings:saved", { detail: { name: setting.name } }));
  } catch (error) {
    refuse(form, failureOf(error));
  } finally {
    delete form.dataset.busy;
  }
  // Somebody may have typed on meanwhile, and left the field.
  if (control.value.trim() !== value && document.activeElement !== control) await save(form);
}

/** @param {HTMLFormElement} form @param {Failure} error */
function refuse(form, error) {
  tell(form, error.message, "error");
  const current = error.status === CONFLICT && error.body?.current;
  if (!current) return;
  const { control, state, version } = parts(form);
  // What somebody else chose is seen now, and can be written over.
  version.value = current.version;
  const take = document.createElement("button");
  Object.assign(take, { type: "button", className: "link-button", textContent: "Take that" });
  take.addEventListener("click", () => {
    control.value = control.dataset.saved = current.typed;
    tell(form, "Taken over", "saved");
    control.focus();
  });
  const keep = document.createElement("button");
  Object.assign(keep, { type: "button", className: "link-button", textContent: "Keep mine" });
  keep.addEventListener("click", () => save(form));
  state.append(" ", take, " ", keep);
}

for (const form of document.querySelectorAll("[data-setting]")) {
  form.querySelector("[data-setting-save]").hidden = true;
  form.addEventListener("change", () => save(form));
  form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    save(form);
  });
}
