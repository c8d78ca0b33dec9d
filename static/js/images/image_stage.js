// A picture that cannot be shown says why in words instead of as a broken icon, and is tried again where that may help.

import { statusOf } from "../core/http.js";

const FIRST_MS = 5000;
const LONGEST_MS = 60_000;

/** Watch the picture of one stage. @param {HTMLElement} stage */
export function watchStage(stage) {
  const picture = stage.querySelector("[data-stage-picture]");
  let pause = FIRST_MS;
  let tried = false;
  const again = () => {
    document.removeEventListener("connection:back", again);
    // A picture that failed is asked for again when its address is set.
    picture.src = String(picture.src);
  };
  const missing = async () => {
    // What the stage can do without is the larger copy.
    if (picture.srcset) return picture.removeAttribute("srcset");
    const why = await reasonOf(picture.src);
    // The line was down for a moment only.
    if (why === "broken" && !tried) {
      tried = true;
      return again();
    }
    show(stage, why);
    if (why === "lost") document.addEventListener("connection:back", again);
    if (why !== "busy") return undefined;
    setTimeout(again, pause);
    pause = Math.min(pause * 2, LONGEST_MS);
    return undefined;
  };
  picture.addEventListener("error", missing);
  picture.addEventListener("load", () => show(stage, ""));
  // The error may have come before this module was read.
  if (picture.complete && !picture.naturalWidth) missing();
}

/** Say why a picture did not come, as templates/images/_stage.html has a sentence for it. @param {string} address */
async function reasonOf(address) {
  const status = await statusOf(address);
  if (status === 0) return "lost";
  if (status === 401) return "out";
  if (status < 400) return "broken";
  return status === 429 || status >= 500 ? "busy" : "gone";
}

/** @param {HTMLElement} stage @param {string} why */
function show(stage, why) {
  stage.querySelector("[data-stage-picture]").parentElement.hidden = Boolean(why);
  stage.querySelector("[data-stage-missing]").hidden = !why;
  for (const reason of stage.querySelectorAll("[data-stage-why]")) reason.hidden = reason.dataset.stageWhy !== why;
}

document.querySelectorAll("[data-stage]").forEach(watchStage);
