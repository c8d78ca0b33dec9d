// The export sheet as a dialog over the list; without JavaScript it is a page of its own.

import { showDialog } from "./dialog.js";
import { fragment } from "./http.js";
import { toastError } from "./toast.js";

/** Open the sheet for a query: "" for all, "?status=new", "?ids=1,2". */
export async function openExport(query) {
  const url = new URL(`/export${query}`, location.href);
  url.searchParams.set("fragment", "dialog");
  try {
    show(await fragment(url));
  } catch (error) {
    toastError(error);
  }
}

function show(content) {
  const dialog = showDialog(content, "export-title");
  // The form starts a download and leaves the page where it is; the sheet has done its work then.
  dialog.addEventListener("submit", () => setTimeout(() => dialog.close()));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-export]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  openExport(new URL(link.href).search);
});
