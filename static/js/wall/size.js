// How large the works of the wall hang: a slider of seven steps, whose choice the server keeps in a cookie.

import { api } from "../core/http.js";
import { toastError } from "../core/toast.js";
import { resize } from "../endless/resize.js";
import { rows } from "../library/rows.js";

const pixels = (/** @type {string} */ step) => 80 + 40 * Number(step);

document.addEventListener("input", (event) => {
  const target = event.target?.closest("[data-size]");
  if (!target) return;
  target.setAttribute("aria-valuetext", `${pixels(target.value)} pixels high`);
  resize(() => (rows().className = `justified high-${target.value}`));
  for (const picture of rows().querySelectorAll("img")) picture.sizes = `auto,${pixels(target.value)}px`;
});
document.addEventListener("change", (event) => {
  const target = event.target?.closest("[data-size]");
  if (target) api("POST", "/preferences", { size: target.value }).catch(toastError);
});
