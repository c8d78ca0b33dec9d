/**
 * Read the words of a draft as they are written (server-sent events of a POST).
 *
 * The one module besides http.js that knows fetch: EventSource can neither POST nor be told apart from a
 * lost connection, and http.js answers only when a body is whole, while here each piece matters as it comes.
 */

const LOST = "The connection broke before the words were finished. Try again.";
const UNREACHABLE = "The server cannot be reached. Check the connection, then try again.";

/**
 * POST `body` as JSON and pass on what comes back.
 *
 * `onPartial(fields)` is called with the fields as far as they are written, then exactly one of
 * `onDone(answer)` and `onError({code, message, field, status, retryAfter})`; `retryAfter` is in seconds or null.
 * Aborting `signal` closes the connection, which cancels the call to the service; neither is called then.
 * Resolves to "done", "error" or "cancelled" and never rejects.
 */
export async function streamDraft(url, body, { onPartial, onDone, onError, signal } = {}) {
  const finish = (result) => {
    if (signal?.aborted) return "cancelled";
    if (result.answer) onDone?.(result.answer);
    else onError?.(result.error);
    return result.answer ? "done" : "error";
  };
  let begun = false;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { Accept: "text/event-stream", "Content-Type": "application/json" },
      body: JSON.stringify(body ?? {}),
      credentials: "same-origin",
      signal,
    });
    begun = true;
    if (!response.ok) return finish({ error: await errorOf(response) });
    const type = response.headers.get("Content-Type") ?? "";
    // A server (or a proxy that cannot stream) may answer with the whole body at once.
    if (type.startsWith("application/json")) return finish({ answer: await response.json() });
    return finish(await follow(response, (fields) => signal?.aborted || onPartial?.(fields)));
  } catch (reason) {
    if (reason?.name !== "AbortError") console.error(reason);
    return finish({ error: failure("unavailable", begun ? LOST : UNREACHABLE) });
  }
}

/** Read events until one ends the draft; a stream that just stops is an error. */
async function follow(response, onPartial) {
  let result = null;
  const parse = eventParser((name, data) => {
    const content = result ? null : readJson(data);
    if (!content) return;
    if (name === "partial") onPartial(content.fields ?? {});
    else if (name === "done") result = { answer: content };
    else if (name === "error") result = { error: failureFrom(content, response.status, null) };
  });
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  while (!result) {
    const { value, done } = await reader.read();
    parse(done ? decoder.decode() : decoder.decode(value, { stream: true }));
    if (done) break;
  }
  reader.cancel().catch(() => console.debug("The stream had already ended."));
  return result ?? { error: failure("unavailable", LOST) };
}

/**
 * Make a parser of server-sent events that takes text in pieces cut anywhere.
 *
 * Lines end with LF, CR LF or CR; several data lines are joined by LF; comments and ids are skipped.
 * See https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function eventParser(onEvent) {
  let rest = "";
  let name = "message";
  let data = [];
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
  return (chunk) => {
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

/** Read a refused answer; the seconds come from Retry-After (a number or a date). */
async function errorOf(response) {
  const text = await response.text();
  return failureFrom(readJson(text) ?? {}, response.status, secondsUntil(response.headers.get("Retry-After")));
}

function failureFrom(content, status, retryAfter) {
  const { code, message, field, retry_after: seconds } = content.error ?? {};
  const said = message || `Something went wrong (${status}). Try again in a moment.`;
  return failure(code ?? "unavailable", said, { field, status, retryAfter: retryAfter ?? seconds ?? null });
}

function failure(code, message, more = {}) {
  return { code, message, field: null, status: 0, retryAfter: null, ...more };
}

function secondsUntil(header) {
  if (!header) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const moment = Date.parse(header);
  return Number.isNaN(moment) ? null : Math.max(0, (moment - Date.now()) / 1000);
}

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // An answer of a proxy in HTML, say: the caller then speaks in its own words.
  }
}
