// What went wrong with a call to the server, with a sentence for the person.

import { sentenceOf } from "./toast.js";

export const SIGNED_OUT = "You were signed out. Sign in in a new tab, then try again.";

export class HttpError extends Error {
  constructor(/** @type {number} */ status, /** @type {FailureBody | null} */ body, /** @type {number | null} */ retryAfter = null) {
    super(status === 401 ? SIGNED_OUT : sentenceOf(body?.error) || plainWords(status));
    this.status = status;
    this.code = body?.error?.code || "unavailable";
    this.body = body;
    this.retryAfter = retryAfter;
  }

  /** True when the same call may succeed later: after signing in, or when the line or the server works again. */
  get temporary() {
    return [0, 401, 408, 429].includes(this.status) || this.status >= 500;
  }
}

function plainWords(/** @type {number} */ status) {
  if (status === 0) return "The server could not be reached.";
  if (status === 413) return "That is more than the server takes.";
  return "Something went wrong on the server.";
}

/** Give a refusal as an error with the sentence for the person. @param {Response} response */
export async function refusalOf(response) {
  const retryAfter = Number(response.headers.get("Retry-After")) || null;
  const said = await response.text().catch(() => "");
  return new HttpError(response.status, read(said), retryAfter);
}

/** Read what a refusal says: the answer of the API, or the page that says the same sentence to a person. @param {string} said */
function read(said) {
  try {
    return JSON.parse(said);
  } catch {
    const page = new DOMParser().parseFromString(said, "text/html");
    const message = page.querySelector(".error-message")?.textContent;
    return message ? { error: { message } } : null;
  }
}
