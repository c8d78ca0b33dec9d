// What the selection bar does: write words one after another, mark ready, export, move to the trash.

import { openExport } from "./export.js";
import { few } from "./few.js";
import { refresh, save } from "./images.js";
import { generateRow } from "./row_generate.js";
import { toast, toastError } from "./toast.js";
import { trash } from "./trash.js";

const bar = document.querySelector("[data-selection]");
let stopper = null;

/** Do one of: generate, ready, export, trash, stop; with a list of ids. */
export async function act(what, ids) {
  if (what === "stop") return stopper?.abort();
  if (!ids.length) return undefined;
  if (what === "export") return openExport(`?ids=${ids.join(",")}`);
  if (what === "ready") return markReady(ids);
  if (what === "trash") return trash(ids);
  return generateAll(ids);
}

/** Mark pictures as ready. */
export async function markReady(ids) {
  const failed = await few(ids, async (id) => {
    await save(id, "status", "ready", "", { force: true });
    await refresh(id, ["status"]);
  });
  const done = ids.length - failed;
  if (done) toast(`${done} marked ready`);
}

async function generateAll(ids) {
  stopper = new AbortController();
  const { signal } = stopper;
  let written = 0;
  let failed = 0;
  running(true);
  for (const [place, id] of ids.entries()) {
    say(`Writing ${place + 1} of ${ids.length}`);
    const result = await generateRow(id, signal);
    if (result === "done") written += 1;
    if (result === "failed") failed += 1;
    if (signal.aborted || result === "hopeless") break;
  }
  running(false);
  const left = ids.length - written - failed;
  const parts = [written && `Words written for ${written}`, failed && `${failed} failed`, left && `${left} left as they were`];
  toast(parts.filter(Boolean).join(", "));
}

function running(is) {
  bar.toggleAttribute("data-running", is);
  bar.querySelector("[data-selection-run]").hidden = !is;
  bar.querySelector("[data-selection-do]").hidden = is;
  if (!is) stopper = null;
}

function say(text) {
  bar.querySelector("[data-selection-progress]").textContent = text;
}
