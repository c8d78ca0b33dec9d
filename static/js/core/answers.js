// What answers of the server hold: the nodes of a page or a piece of one, and the words of a refusal.

import { HttpError } from "./http_error.js";
import { tellTimes } from "./local_time.js";

/** Give the nodes of HTML that the server rendered, with times as the person's clock has them. @param {Response} response */
export async function nodesOf(response) {
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  tellTimes(template.content);
  return template.content;
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
