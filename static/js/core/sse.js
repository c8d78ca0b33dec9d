/**
 * Read the words of a draft as they are written (server-sent events of a POST).
 *
 * http.js opens the connection; this module only reads it. EventSource is no help here: it cannot POST, and it
 * connects again by itself, which would pay for a second draft.
 */

import { tellLost } from "./connection.js";
import { openStream } from "./http.js";
import { failureOf, sentenceOf } from "./toast.js";

const LOST = "The connection broke before the words were finished. Try again.";

/**
 * POST `body` as JSON and pass on what comes back.
 *
 * `onPartial(fields)` is called with the fields as far as they are written, then exactly one of
 * `onDone(answer)` and `onError({code, message, field, status, retryAfter})`; `retryAfter` is in seconds or null.
 * Aborting `signal` closes the connection, which cancels the call to the service; neither is called then.
 * Resolves to "done", "error" or "cancelled"; rejects only when a callback throws.
 *
 * @param {string} url
 * @param {object} body
 * @param {{ onPartial?: (fields: DraftFields) => void, onDone?: (answer: DraftAnswer) => void, onError?: (error: Failure) => void, signal?: AbortSignal }} options
 */
export async function streamDraft(url, body, { onPartial, onDone, onError, signal } = {}) {
  const result = await read(url, body, signal, (fields) => signal?.aborted || onPartial?.(fields));
  if (signal?.aborted) return "cancelled";
  if (result.answer) onDone?.(result.answer);
  else if (result.error) onError?.(result.error);
  return result.answer ? "done" : "error";
}

/** @param {string} url @param {object} body @param {AbortSignal | undefined} signal @param {(fields: DraftFields) => void} onPartial */
async function read(url, body, signal, onPartial) {
  let response;
  try {
    response = await openStream(url, body, signal);
  } catch (error) {
    const { body: said, code, message, status, retryAfter } = failureOf(error);
    return { error: { code, message, field: said?.error?.field ?? null, status, retryAfter } };
  }
  try {
    const type = response.headers.get("Content-Type") ?? "";
    // A server (or a proxy that cannot stream) may answer with the whole body at once.
    if (type.startsWith("application/json")) return { answer: await response.json() };
    return await follow(response, onPartial);
  } catch (error) {
    // Whoever leaves the page ends the stream, which is nobody's failure.
    if (failureOf(error).name === "AbortError" || !(await tellLost())) return {};
    console.debug("The stream broke.", error);
    return { error: failure({ message: LOST }) };
  }
}

/**
 * Read events until one ends the draft; a stream that just stops is an error.
 * @param {Response} response
 * @param {(fields: DraftFields) => void} onPartial
 */
async function follow(response, onPartial) {
  /** @type {{ answer?: DraftAnswer, error?: Failure } | null} */
  let result = null;
  const parse = eventParser((name, data) => {
    const content = result ? null : readJson(data);
    if (!content) return;
    if (name === "partial") onPartial(content.fields ?? {});
    else if (name === "done") result = { answer: content };
    else if (name === "error") result = { error: failure({ ...content.error, retry_after: content.retry_after }) };
  });
  if (!response.body) return { error: failure({ message: LOST }) };
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  while (!result) {
    const { value, done } = await reader.read();
    parse(done ? decoder.decode() : decoder.decode(value, { stream: true }));
    if (done) break;
  }
  reader.cancel().catch(() => console.debug("The stream had already ended."));
  return result ?? { error: failure({ message: LOST }) };
}

/**
 * Make a parser of server-sent events that takes text in pieces cut anywhere.
 *
 * Lines end with LF, CR LF or CR; several data lines are joined by LF; comments and ids are skipped.
 * See https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 * @param {(name: string, data: string) => void} onEvent
 */
export function eventParser(onEvent) {
  let rest = "";
  let name = "message";
  /** @type {string[]} */
  let data = [];
  /** @param {string} text */
  const line = (text) => {
    if (text === "") {
      if (data.length) onEvent(name, data.join("\n"));
      name = "message";
      data = [];
      return;
    }
    const colon = text.indexOf(":");
    const key = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (key === "event") name = value;
    if (key === "data") data.push(value);
  };
  return (/** @type {string} */ chunk) => {
    rest += chunk;
    // A CR at the very end may be half of a CR LF, so it waits for the next piece.
    const ends = /\r\n|\n|\r(?!$)/g;
    let start = 0;
    for (let end = ends.exec(rest); end; end = ends.exec(rest)) {
      line(rest.slice(start, end.index));
      start = ends.lastIndex;
    }
    rest = rest.slice(start);
  };
}

/** @param {{ code?: string, message?: string, field?: string, details?: string, retry_after?: number }} error */
function failure({ code, message, field, details, retry_after: retryAfter } = {}) {
  const said = sentenceOf({ message, details }) || "Something went wrong. Try again in a moment.";
  return { code: code ?? "unavailable", message: said, field: field ?? null, status: 0, retryAfter: retryAfter ?? null };
}

/** @param {string} text */
function readJson(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    console.error("An event could not be read.", error);
    return null;
  }
}
