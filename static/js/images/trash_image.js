// Moving the picture of the page to the trash, with Undo in the same place.

import { api } from "../core/http.js";
import { learn } from "./image_store.js";
import { imageId, panel } from "./panel.js";
import { toastError } from "../core/toast.js";
import { askTrash, paragraph } from "../library/trash_question.js";
import { take } from "../undo/acts.js";
import { remember } from "../undo/offer.js";

let act = ""; // the id of moving it to the trash, for the undo
const page = () => document.querySelector("[data-stage-page]");

/** @param {HTMLFormElement} form */
async function trash(form) {
  const { trashPicture: address = "" } = form.dataset;
  const goes = await askTrash({ ids: [Number(/\d+$/.exec(address)?.[0])] });
  if (!goes) return;
  document.querySelector("[data-trashed-goes]").replaceChildren(...goes.map(paragraph));
  await api("DELETE", address);
  const id = imageId();
  const text = `“${panel().dataset.name}” moved to the trash`;
  act = remember({ text, undo: `/api/images/${id}/restore`, images: [Number(id)], list: true }, { done: back });
  mark(true);
  document.querySelector("[data-trashed]").focus();
}

/** @param {HTMLFormElement} form */
async function untrash(form) {
  const image = await api("POST", form.dataset.untrash ?? "");
  if (act) take(act);
  back(image);
}

/** @param {ImageJson} image */
function back(image) {
  learn(image);
  mark(false);
  document.querySelector("[data-trash-picture] button").focus();
}

// Words of a picture in the trash cannot be saved, so they cannot be reached either.
/** @param {boolean} trashed */
function mark(trashed) {
  page().classList.toggle("is-trashed", trashed);
  document.querySelector("[data-trashed]").hidden = !trashed;
  for (const part of page().querySelectorAll("[data-not-in-trash]")) part.inert = trashed;
}

document.addEventListener("submit", (event) => {
  const form = event.target?.closest("[data-trash-picture], [data-untrash]");
  if (!form) return;
  event.preventDefault();
  ("untrash" in form.dataset ? untrash(form) : trash(form)).catch(toastError);
});
