// The models that the server offers, fetched when somebody is about to choose one; any other name can be typed.

import { api } from "../core/http.js";
import { failureOf } from "../core/toast.js";

const list = document.querySelector("[data-models]");
const input = document.querySelector('[data-setting="openai_model"] [name=value]');
const NOBODY_TO_ASK = 409;
let asked = false;

async function offer() {
  if (asked) return;
  asked = true;
  const hint = input.closest("[data-setting]").querySelector("[data-setting-state]");
  // Why a name was refused, and what can be done about it, stays.
  const tell = (/** @type {string} */ text) => input.getAttribute("aria-invalid") === "true" || hint.replaceChildren(text);
  try {
    const { models } = await api("GET", "/api/settings/models");
    list.replaceChildren(
      ...models.map((/** @type {{ name: string, sees: boolean }} */ { name, sees }) => new Option(sees ? "sees pictures" : "", name)),
    );
    const seeing = models.filter((/** @type {{ sees: boolean }} */ { sees }) => sees).length;
    if (models.length) tell(`The server offers ${models.length.toLocaleString("en")} models, ${seeing.toLocaleString("en")} that see pictures.`);
  } catch (error) {
    asked = false;
    const { status, message } = failureOf(error);
    if (status !== NOBODY_TO_ASK) tell(`${message} The name can be typed.`);
  }
}

input?.addEventListener("focus", offer);
document.addEventListener("settings:saved", ({ detail: { name } }) => {
  if (!["openai_base_url", "openai_api_key"].includes(name)) return;
  asked = false;
  list.replaceChildren();
});
