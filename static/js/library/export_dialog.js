// The export sheet as a dialog over the list; without JavaScript it is a page of its own.

import { showDialog } from "../core/dialog.js";
import { fragment } from "../core/http.js";
import { toastError } from "../core/toast.js";

/** Open the sheet for a query: "" for all, "?status=new", "?ids=1,2". @param {string} query */
export async function openExport(query) {
  const url = new URL(`/export${query}`, location.href);
  url.searchParams.set("fragment", "dialog");
  try {
    showDialog(await fragment(url), "export-title");
  } catch (error) {
    toastError(error);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target?.closest("[data-export]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  openExport(new URL(link.href).search);
});
