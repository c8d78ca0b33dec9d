// What is typed, kept on the server for whoever types it.

import { quietApi } from "../core/http.js";
import { person } from "./tab.js";

/** Say which text it is, and whose: over another person's session nothing is kept. @param {Typed} typed */
export const nameOf = ({ tab, number }) => ({ tab, number, person: Number(person) || null });

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
