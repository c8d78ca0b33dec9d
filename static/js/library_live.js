// Keeps the list true: rows of pictures that were just added, and of pictures changed on their own page before Back.

import { takeTouched } from "./http.js";
import { refresh } from "./images.js";
import { fetchRow, putFirst, recount, rowWith, showList } from "./rows.js";
import { toastError } from "./toast.js";

const plain = document.querySelector("[data-library]").dataset.plain === "yes";
let line = Promise.resolve();

// Rows are fetched one after another, so that they land in the order in which the pictures did.
document.addEventListener("image:added", (event) => {
  recount();
  if (!plain || document.querySelector(`[data-image-id="${event.detail.id}"]`)) return;
  line = line.then(() => fetchRow(event.detail.id)).then(putFirst, toastError);
});
document.addEventListener("image:changed", recount);

/** A picture that is no longer there (it went to the trash) loses its row. */
async function lookAgain(id) {
  if (!rowWith(id)) return;
  try {
    await refresh(id);
  } catch (error) {
    if (error.status !== 404) throw error;
    rowWith(id)?.remove();
    showList();
    recount();
  }
}

window.addEventListener("pageshow", (event) => {
  const touched = takeTouched();
  if (event.persisted) Promise.all(touched.map(lookAgain)).catch(toastError);
});
