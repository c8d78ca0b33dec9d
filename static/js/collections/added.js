// Pictures that were dropped on the page of a collection appear in it, as the server draws them.

import { list } from "./cards.js";
import { showCount } from "./order.js";
import { fragment } from "../core/http.js";
import { toastError } from "../core/toast.js";

const GATHER_MS = 400;
const page = document.querySelector("[data-collection]");
let timer = 0;

async function drawAdded() {
  const fresh = await fragment(location.href);
  const known = new Set([...list.children].map(({ id }) => id));
  // Behind "Load more" they come with what is loaded.
  if (!list.querySelector("[data-more]")) list.append(...[...fresh.querySelector("[data-places]").children].filter(({ id }) => !known.has(id)));
  showCount(Number(fresh.querySelector("[data-total]").dataset.total));
}

document.addEventListener("image:placed", ({ detail: { collection } }) => {
  if (collection !== page.dataset.collection) return;
  clearTimeout(timer);
  timer = setTimeout(() => drawAdded().catch(toastError), GATHER_MS);
});
