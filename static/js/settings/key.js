// The key of the AI service: kept or forgotten without leaving the page, and looked up again when the server changes.

import { api, fragment } from "../core/http.js";
import { failureOf, toast, toastError } from "../core/toast.js";

const CONFLICT = 409;

/** Show what is known of the key now, but for `always` not in the place of one that somebody is typing. */
async function redraw(always = false) {
  const fresh = (await fragment("/settings?fragment=key")).querySelector("[data-key]");
  const typed = document.querySelector("[data-key-form] [name=key]");
  if (always || !typed || (!typed.value && typed !== document.activeElement)) document.querySelector("[data-key]").replaceWith(fresh);
  // Whoever changed the server here means the key for that one.
  else typed.form.elements.namedItem("version").value = fresh.querySelector("[name=version]")?.value ?? 0;
}

document.addEventListener("submit", async (event) => {
  const form = event.target?.closest("[data-key-form]");
  if (!form) return;
  event.preventDefault();
  if ("busy" in form.dataset) return;
  form.dataset.busy = "";
  const forget = event.submitter?.name === "forget";
  const field = form.elements.namedItem("key");
  const wrong = form.querySelector("[data-key-error]");
  const values = { key: forget ? "" : field.value.trim(), version: Number(form.elements.namedItem("version").value) };
  const password = form.elements.namedItem("password")?.value;
  try {
    if (!forget && !values.key) throw Object.assign(new Error("Paste the key."), { field: "key" });
    await api("PUT", "/api/settings/key", password === undefined ? values : { ...values, password });
    toast(forget ? "The key is forgotten" : "The key is kept");
    await redraw(true);
    document.dispatchEvent(new CustomEvent("settings:saved", { detail: { name: "openai_api_key" } }));
  } catch (error) {
    const failure = failureOf(error);
    wrong.textContent = failure.message;
    wrong.hidden = false;
    // What somebody else changed is told now: the key that is typed can be kept all the same.
    if (failure.status === CONFLICT && failure.body?.current) form.elements.namedItem("version").value = failure.body.current.version;
    const at = form.elements.namedItem(failure.field ?? failure.body?.error?.field ?? "key") ?? field;
    at.setAttribute("aria-invalid", "true");
    at.focus();
  } finally {
    delete form.dataset.busy;
  }
});

document.addEventListener("settings:saved", ({ detail: { name } }) => {
  if (name === "openai_base_url") redraw().catch(toastError);
});
