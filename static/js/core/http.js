// The only module that speaks to the server. Every failure becomes an HttpError with a sentence for the person.

import { HttpError, refusalOf, SIGNED_OUT } from "./http_error.js";
import { nodesOf } from "./local_time.js";
import { failureOf, toast } from "./toast.js";
import { tellChanged } from "./changes.js";
import { tellLost, tellReached } from "./connection.js";
import { noteUndo } from "../undo/links.js";

let writing = 0;
/** Tell whether a call is under way that changes something. */
export const isWriting = () => writing > 0;
// So long somebody who types waits for a word: a server that accepts the call and never answers is as good as away.
const SILENT_MS = 15_000;

/**
 * @param {string} method
 * @param {string | URL} url
 * @param {{ body?: any, accept?: string, signal?: AbortSignal, quiet?: boolean, keepalive?: boolean, mark?: string }} options
 */
async function call(method, url, { body, accept = "application/json", signal, quiet = false, keepalive = false, mark } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: accept };
  if (mark) headers["If-None-Match"] = mark;
  const plain = body === undefined || body instanceof URLSearchParams;
  if (!plain) headers["Content-Type"] = "application/json";
  const reads = method === "GET" || method === "HEAD";
  const silence = new AbortController();
  const limit = quiet ? setTimeout(() => silence.abort(), SILENT_MS) : 0;
  let response;
  if (!reads) writing += 1;
  try {
    body = plain ? body : JSON.stringify(body);
    response = await fetch(url, { method, headers, signal: signal ?? silence.signal, keepalive, body });
  } catch (error) {
    if (failureOf(error).name === "AbortError" && !silence.signal.aborted) throw error;
    throw await unreached();
  } finally {
    if (!reads) writing -= 1;
    clearTimeout(limit);
  }
  // A proxy answers, too, while the program behind it does not.
  if (response.status < 500) tellReached();
  // Pages lead whoever is not signed in to the door, and what is fetched follows.
  const turnedAway = response.redirected && new URL(response.url).pathname === "/sign-in";
  if (response.status === 401 || turnedAway) throw quiet ? new HttpError(401, null) : signedOut(!reads);
  if (!response.ok && response.status !== 304) throw await refusalOf(response);
  signedIn();
  if (!reads) tellChanged(url);
  return response;
}

/** Tell that a call did not reach the server. Whoever leaves the page is told nothing. */
async function unreached() {
  return (await tellLost()) ? new HttpError(0, null) : new DOMException("The page is left.", "AbortError");
}

/** @type {HTMLElement | null} */ let told = null; // the message that the session ended, from then on until a call succeeds

/** Show the way back in, in another tab: what was typed on this page stays. What a page asks by itself tells it once. */
function signedOut(/** @type {boolean} */ pressed) {
  if (pressed || !told) told = toast(SIGNED_OUT, { kind: "error", action: { label: "Sign in", href: "/sign-in" } });
  return new HttpError(401, null);
}

function signedIn() {
  told?.remove();
  told = null;
}

/**
 * Call the JSON API and give the parsed answer, or null when there is none.
 * @param {string} method @param {string | URL} url @param {unknown} [body] @param {AbortSignal} [signal] @returns {Promise<any>}
 */
export async function api(method, url, body, signal) {
  const response = await call(method, url, { body, signal });
  return response.status === 204 ? null : noteUndo(response, await response.json());
}

/**
 * The same for what is typed, which may be sent twice: who calls tells beside the field when the session has ended, and a
 * server that keeps silent counts as one that cannot be reached. With `keepalive` the call goes on when the page is left.
 * @param {string} method @param {string} url @param {unknown} [body] @returns {Promise<any>}
 */
export async function quietApi(method, url, body, keepalive = false) {
  const response = await call(method, url, { body, quiet: true, keepalive });
  return response.status === 204 ? null : noteUndo(response, await response.json());
}

/**
 * Fetch a piece of HTML that the server rendered and give its nodes; `form` is sent along, for what fits no address.
 * @param {string | URL} url @param {AbortSignal} [signal] @param {URLSearchParams} [form]
 */
export async function fragment(url, signal, form) {
  const response = await call(form ? "POST" : "GET", url, { body: form, accept: "text/html", signal });
  return nodesOf(await response.text());
}

/**
 * Fetch a whole page as it is now, with its title and its mark; null where it is the one of `mark`, or leads elsewhere.
 * @param {string} url @param {string} [mark]
 */
export async function pageAgain(url, mark) {
  const response = await call("GET", url, { accept: "text/html", mark });
  if (response.status === 304 || response.redirected) return null;
  const content = nodesOf(await response.text());
  const title = content.querySelector("title")?.textContent ?? document.title;
  return { content, title, mark: response.headers.get("ETag") ?? "" };
}

/** Give the status that the server answers at an address with; 0 when it cannot be reached. @param {string} url @returns {Promise<number>} */
export async function statusOf(url) {
  return call("HEAD", url).then(({ status }) => status, (error) => failureOf(error).status ?? 0);
}

/**
 * Open a stream of server-sent events; the caller reads `response.body`. Aborting `signal` cancels the call.
 * @param {string} url @param {object} body @param {AbortSignal} [signal]
 */
export function openStream(url, body, signal) {
  return call("POST", url, { body: body ?? {}, accept: "text/event-stream", signal });
}

/**
 * Send one form with files; only XMLHttpRequest tells how far an upload is. `onProgress` gets 0 to 1.
 * @param {string} url
 * @param {FormData} form
 * @param {{ onProgress?: (part: number) => void, signal?: AbortSignal }} options
 */
export function upload(url, form, { onProgress, signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress?.(event.loaded / event.total);
    request.onload = () => {
      if (request.status < 500) tellReached();
      if (request.status < 300 && request.response) resolve(request.response);
      else if (request.status === 401) reject(signedOut(true));
      else reject(new HttpError(request.status, request.response, Number(request.getResponseHeader("Retry-After")) || null));
    };
    request.onerror = async () => reject(await unreached());
    request.onabort = () => reject(new DOMException("Cancelled", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
