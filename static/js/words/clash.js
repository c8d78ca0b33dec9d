// The line beside a field whose text was changed elsewhere: by whom, and when, as the history of the picture has it.

import { quietApi } from "../core/http.js";
import { inWords } from "../core/local_time.js";
import { asText } from "../images/image_store.js";
import { say } from "./edit_state.js";

// What the history calls those who have no name; without accounts nobody has one.
const NAMES = new Map([["ai", "AI"], ["placeholder", "The placeholder writer"], ["person", ""], ["import", ""], ["update", ""]]);

/**
 * Say beside a field that its text was changed elsewhere, then who did it and when.
 * @param {import("./typing.js").Typing} typing @param {string} theirs
 */
export function sayClash(typing, theirs) {
  const place = typing.place();
  say(place, "clash", "Changed elsewhere.", { act: { label: "See both", run: () => typing.choose(theirs) } });
  const { said } = place.dataset;
  findSentence(typing, theirs).then((sentence) => {
    // The text alone: the button beside it may be about to be pressed.
    if (sentence && place.dataset.said === said) place.firstChild?.replaceWith(sentence);
  }).catch((error) => console.debug("Who changed it is not known.", error));
}

/** @param {import("./typing.js").Typing} typing @param {string} theirs */
async function findSentence({ id, field }, theirs) {
  const { revisions } = await quietApi("GET", `/api/images/${id}/revisions`);
  const last = revisions.find((/** @type {{ changes: object }} */ { changes }) => field in changes);
  // A merged tag or a renamed category changes words without a line of its own.
  if (!last || asText(last.changes[field][1]) !== theirs) return "";
  const who = NAMES.get(last.by) ?? last.by;
  const when = inWords(new Date(last.at)).replace("today", "at").replace(/^(?=\d)/, "on ");
  return who ? `${who} changed this ${when}.` : `Changed elsewhere ${when}.`;
}
