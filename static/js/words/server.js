// What the server is told of words: to keep what is typed for whoever types it, and to publish one field of a picture
// over the version that this page has seen.

import { api, quietApi } from "../core/http.js";
import { failureOf } from "../core/toast.js";
import { asText, learn, newest, shownVersion } from "../images/image_store.js";
import { nameOf, provide } from "./kept_texts.js";
import { person } from "./tab.js";

const queues = new Map(); // id -> the last save, so that saves of one picture follow each other
/** @type {Map<string, Set<string>>} */
const unanswered = new Map(); // id and field -> texts that were sent without an answer: one of them may be saved

/** @param {Typed} typed */
const address = ({ id, field }) => `/api/images/${id}/autosaves/${field}`;

/** Have a text kept; gives the number of the one that is kept then. @param {Typed} typed @returns {Promise<{ number: number }>} */
export function keepOnServer(typed, keepalive = false) {
  const { text, was } = typed;
  return quietApi("PUT", address(typed), { ...nameOf(typed), text, was }, keepalive);
}

/** Have nothing kept of a text and those before it. @param {Typed} typed */
export function dropFromServer(typed) {
  const query = new URLSearchParams({ tab: typed.tab, number: String(typed.number) });
  if (person) query.set("person", person);
  return quietApi("DELETE", `${address(typed)}?${query}`);
}

/** List what is kept in all tabs of this person. @returns {Promise<Typed[]>} */
export async function listOnServer() {
  const { autosaves } = await quietApi("GET", "/api/autosaves");
  return autosaves.map((/** @type {any} */ one) => ({ ...one, id: String(one.image_id), at: Date.now() - 1000 * one.seconds }));
}

/** Raised when a field was changed elsewhere; `theirs` is the text that is saved now. */
export class Clash extends Error {
  constructor(/** @type {string} */ theirs) {
    super("This was changed somewhere else.");
    this.theirs = theirs;
  }
}

/**
 * Save one field. `was` is the text the person started from: only when that very field was changed elsewhere is it
 * a Clash; a newer version of other fields is taken along quietly. `force` overwrites; `autosave` is the typing that
 * ends with it; `shown` the version in which the page showed `was`: it may show a newer one by its turn, or nothing of the picture.
 * @param {string | number} id @param {string} field @param {string} value @param {string} was
 * @param {{ force?: boolean, autosave?: object, shown?: string }} [options] @returns {Promise<{ image: ImageJson, merged: boolean }>}
 */
export function save(id, field, value, was, { force = false, autosave, shown = shownVersion(id) } = {}) {
  const before = queues.get(id) ?? Promise.resolve();
  const mine = before.catch(() => null).then(() => saveNow(id, field, value, was, force, shown, autosave));
  queues.set(id, mine);
  return mine;
}

/**
 * Give a text as the server stores it, as far as that tells one's own again: without spaces around it, and of names,
 * which it spells as they are spelled already, the letters and signs alone.
 * @param {string} field @param {string} text
 */
function asStored(field, text) {
  const stored = text.normalize("NFC").trim();
  return ["category", "hashtags"].includes(field) ? stored.normalize("NFKC").replace(/[\s#,;/_.-]+/g, "").toLowerCase() : stored;
}

/** @param {string | number} id @param {string} field @param {string} value @param {string} was @param {boolean} force @param {string | undefined} shown @param {object | undefined} autosave */
async function saveNow(id, field, value, was, force, shown, autosave) {
  const key = `${id} ${field}`;
  const sent = unanswered.get(key) ?? new Set();
  unanswered.set(key, sent.add(value));
  const done = (/** @type {ImageJson} */ image) => (unanswered.delete(key), learn(image));
  const own = [was, ...sent].map((text) => asStored(field, text));
  const differs = (/** @type {ImageJson} */ image) => !own.includes(asStored(field, asText(image[field])));
  const seen = newest(id);
  if (seen && !force && differs(seen)) throw new Clash(asText(seen[field]));
  const version = seen?.version ?? Number(shown);
  const url = `/api/images/${id}`;
  const change = { [field]: value, autosave };
  // Beside a field that is typed into stands what went wrong.
  const send = autosave ? quietApi : api;
  try {
    return { image: done(await send("PATCH", url, { version, ...change })), merged: false };
  } catch (error) {
    const { status, body } = failureOf(error);
    if (status !== 409 || !body?.current) throw error;
    const current = learn(body.current);
    if (!force && differs(current)) throw new Clash(asText(current[field]));
    return { image: done(await send("PATCH", url, { version: current.version, ...change })), merged: true };
  }
}

provide({ dropFromServer, keepOnServer, save });
