// Files that may have to wait: asked for before, so that what stands in the way is told on the page where people are.

import { api } from "./http.js";
import { failureOf, toastError } from "./toast.js";

/** Begin a download and leave the page where it is; rejects with the reason when it cannot begin now. @param {string} address */
async function download(address) {
  const question = new URL(address, location.href);
  question.searchParams.set("ready", "1");
  await api("GET", question);
  location.assign(address);
}

document.addEventListener("click", (event) => {
  const link = event.target?.closest("a[data-download]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  download(link.href).catch(toastError);
});

document.addEventListener("submit", async (event) => {
  const form = event.target?.closest("form[data-download]");
  if (!form) return;
  event.preventDefault();
  const told = form.querySelector("[data-download-error]");
  told.hidden = true;
  const address = new URL(form.action);
  address.search = String(new URLSearchParams(new FormData(form)));
  try {
    await download(address.href);
    form.closest("dialog")?.close();
  } catch (error) {
    told.querySelector("span").textContent = failureOf(error).message;
    told.hidden = false;
  }
});
