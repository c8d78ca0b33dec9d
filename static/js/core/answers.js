// What answers of the server hold: the nodes of a page or a piece of one, and the words of a refusal.

import { tellTimes } from "./local_time.js";

/** Give the nodes of HTML that the server rendered, with times as the person's clock has them. @param {Response} response */
export async function nodesOf(response) {
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  tellTimes(template.content);
  return template.content;
}

/** Read what a refusal says: the answer of the API, or the page that says the same sentence to a person. @param {string} said */
export function refusalOf(said) {
  try {
    return JSON.parse(said);
  } catch {
    const page = new DOMParser().parseFromString(said, "text/html");
    const message = page.querySelector(".error-message")?.textContent;
    return message ? { error: { message } } : null;
  }
}
