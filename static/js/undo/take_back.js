// Taking an act back: by its address, and on the page that it was done on with what that page knows of it.

import { api } from "../core/http.js";
import { failureOf, toast, toastError } from "../core/toast.js";
import { putBack, take, told } from "./acts.js";
import { pictures } from "./plural.js";
import { useStorage } from "../words/storage.js";

/** @type {Map<string, UndoHere>} */
const here = new Map(); // the id of an act -> what this page adds to it, until the page is left
// Names in quotation marks may hold anything, and file names have a full stop in them.
const FIRST_SENTENCE = /^(?:“[^”]*”|[^.“]|\.(?! ))+/;
const SAY_LATER = "said after a reload";
let line = Promise.resolve();

/** Say how this page takes an act back, or what it draws anew afterwards. @param {string} id @param {UndoHere} how */
export const knowHere = (id, how) => here.set(id, how);

/** Take an act back, the last one without an id. One after the other, in the order in which it was asked for. @param {string} [id] */
export function takeBack(id) {
  line = line.then(() => run(id)).catch(toastError);
  return line;
}

/** @param {string | undefined} id */
async function run(id) {
  await told();
  const act = take(id);
  if (!act) return void (id || toast("There is nothing to take back."));
  document.dispatchEvent(new CustomEvent("undo:begun", { detail: { id: act.id } }));
  const how = here.get(act.id) ?? {};
  try {
    if (how.run) return void (await how.run());
    if (!act.undo) return void toast("This cannot be taken back any more.");
    const answer = await call(act.undo);
    await drawAnew(act, how, answer, outcome(act.text, answer));
  } catch (error) {
    const failure = failureOf(error);
    if (failure.temporary) putBack(act);
    toastError(failure);
  }
  return undefined;
}

/** @param {string | UndoCall} undo */
function call(undo) {
  const { method = "POST", url, body } = typeof undo === "string" ? { url: undo } : undo;
  return api(method, url, body);
}

/** Say what became of it; of many pictures some may have been changed since. @param {string} text @param {any} answer */
function outcome(text, answer) {
  const { undone = 0, left = 0, partly = 0, also = "" } = answer ?? {};
  if (also && !left) return `Taken back. ${also}`;
  const said = FIRST_SENTENCE.exec(text)?.[0].replace(/\.$/, "");
  if (left && !undone && !partly) return `${said}: changed since, so nothing was taken back.`;
  const rest = left - partly;
  const parts = [`Taken back: ${said}`];
  if (partly) parts.push(`${pictures(partly)} changed since: that stays, and the rest is as before`);
  if (rest) parts.push(`${pictures(rest)} changed since, and left as ${rest === 1 ? "it is" : "they are"}`);
  return [`${parts.join(". ")}.`, also].filter(Boolean).join(" ");
}

/** Show what is true now: by what the page knows of the act, by whoever shows it here, or by the page itself. */
async function drawAnew(/** @type {UndoAct} */ act, /** @type {UndoHere} */ how, /** @type {any} */ answer, /** @type {string} */ said) {
  if (how.done) {
    toast(said);
    return void (await how.done(answer));
  }
  const shown = new CustomEvent("undo:done", { cancelable: true, detail: { act, answer } });
  const isDrawn = !document.dispatchEvent(shown);
  if (isDrawn || act.page !== location.pathname) return void toast(said);
  useStorage("sessionStorage", (storage) => storage.setItem(SAY_LATER, said));
  return location.reload();
}

/** Give what is to be said on a page that was loaded again, once. */
export function takeSaidLater() {
  return useStorage("sessionStorage", (storage) => {
    const said = storage.getItem(SAY_LATER);
    storage.removeItem(SAY_LATER);
    return said;
  });
}
