// Signing out asks first while words are on this device alone. Those of forms are until they are sent.

import { isOfForm, keptTexts } from "./kept_texts.js";
import { openTypings, settled, tryAgain } from "./open_typings.js";
import { showDialog } from "../core/dialog.js";

const PATIENCE_MS = 2000;
const form = document.querySelector("form[action='/sign-out']");

form?.addEventListener("submit", async (/** @type {Event} */ event) => {
  if (!keptTexts().length && !openTypings().length) return;
  event.preventDefault();
  tryAgain();
  for (const typing of openTypings()) typing.flush();
  await Promise.race([untilHanded(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  const count = keptTexts().length;
  if (!count) return form.submit();
  const content = document.getElementById("sign-out-template").content.cloneNode(true);
  content.querySelector("[data-count]").textContent = count === 1 ? "1 text is" : `${count} texts are`;
  const dialog = showDialog(content, "sign-out-title");
  dialog.querySelector("[data-sign-out]").addEventListener("click", () => form.submit());
});

async function untilHanded() {
  await settled();
  while (keptTexts().some((typed) => !isOfForm(typed))) await new Promise((resolve) => setTimeout(resolve, 50));
}
