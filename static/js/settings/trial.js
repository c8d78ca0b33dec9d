// "Test it": one small call, and what came of it.

import { api } from "../core/http.js";
import { failureOf } from "../core/toast.js";

const form = document.querySelector("[data-trial]");
const said = form.querySelector("[data-trial-said]");

/** @param {string} text @param {string} className */
function line(text, className) {
  const part = document.createElement("p");
  Object.assign(part, { className, textContent: text });
  return part;
}

form.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  if ("busy" in form.dataset) return;
  form.dataset.busy = "";
  said.replaceChildren(line("Asking…", "settings-test-lead"));
  try {
    const { title, seconds, usd } = await api("POST", "/api/settings/test");
    const words = line(title, "settings-test-title");
    Object.assign(words, { dir: "auto", translate: false });
    const cost = usd ? `cost $${usd.toPrecision(2).replace(/\.?0+$/, "")}` : "cost nothing";
    said.replaceChildren(line("It works", "saved"), words, line(`Answered in ${seconds.toFixed(1)} s, ${cost}.`, "setting-hint"));
  } catch (error) {
    const { message, body } = failureOf(error);
    said.replaceChildren(line(message, "setting-error"));
    const details = body?.error?.details;
    if (details) said.append(line(`The service said: “${details}”`, "setting-hint"));
  } finally {
    delete form.dataset.busy;
  }
});
