// Words that were taken back, on the page of their picture and in the review: drawn anew in the panel.

import { toastError } from "../core/toast.js";
import { learn } from "../images/image_store.js";
import { imageId, panel, refreshPanel } from "../images/panel.js";

document.addEventListener("undo:done", (event) => {
  const { act, answer } = event.detail;
  const where = panel();
  if (!where || !act.images?.includes(Number(imageId(where)))) return;
  event.preventDefault();
  if (answer?.version) learn(answer);
  refreshPanel(where).catch(toastError);
});
