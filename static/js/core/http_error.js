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
