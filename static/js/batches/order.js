// The order of a batch, as a form has it, and its start.

import { askNow } from "./poll.js";
import { api } from "../core/http.js";
import { toast } from "../core/toast.js";

/** Give what is chosen as the form would send it. @param {HTMLFormElement} form */
export const choicesOf = (form) => new URLSearchParams(new FormData(form));

/** Give the order as the API has it. All fields ticked means all that may be written. @param {HTMLFormElement} form */
function orderOf(form) {
  const typed = choicesOf(form);
  const ids = typed.get("ids");
  const filter = Object.fromEntries([...form.querySelectorAll("[data-filter]")].map(({ name, value }) => [name, value]));
  const fields = typed.getAll("fields");
  const all = form.querySelectorAll("[name=fields]").length;
  const cap = (typed.get("cap_usd") ?? "").trim().replace(/^\$\s*/, "");
  return {
    select: ids ? { ids: ids.split(",").map(Number) } : { filter },
    ...(fields.length === all ? {} : { fields }),
    only: typed.get("only"),
    approved_too: typed.get("only") === "ai" && typed.has("approved_too"),
    note: typed.get("note") ?? "",
    language: typed.get("language") ?? "",
    tier: typed.get("tier") ?? "standard",
    ...(cap ? { cap_usd: Number.isNaN(Number(cap)) ? cap : Number(cap) } : {}),
  };
}

/** Start what a form orders, and say so; raises HttpError. @param {HTMLFormElement} form */
export async function startBatch(form) {
  const batch = await api("POST", "/api/batches", orderOf(form));
  document.dispatchEvent(new CustomEvent("batches:started", { detail: { batch } }));
  const count = batch.total - batch.skipped;
  const text = `Writing words for ${count.toLocaleString("en")} picture${count === 1 ? "" : "s"}. You can go on, or close the page.`;
  toast(text, { action: { label: "Watch", run: () => location.assign(`/batches/${batch.id}`) } });
  askNow();
}
