// What was taken back, in the list of the library: rows drawn anew, and where others come or go the list asked for again.

import { redrawRows } from "../bulk/bulk_rows.js";
import { toastError } from "../core/toast.js";
import { learn } from "../images/image_store.js";
import { recount } from "../library/rows.js";

document.addEventListener("undo:done", (event) => {
  const { act, answer } = event.detail;
  if (!act.images) return;
  event.preventDefault();
  if (answer?.version) learn(answer);
  if (act.list) document.dispatchEvent(new CustomEvent("list:stale"));
  redrawRows(act.images.map(String)).catch(toastError).then(recount);
});
