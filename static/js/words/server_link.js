// The way to server.js, which is loaded with the first key that is typed: until it is there the words are kept in this browser.

/** @typedef {Pick<typeof import("./server.js"), "dropFromServer" | "keepOnServer" | "save">} Server */
/** @type {Server | null} */
let server = null;

/** It is there. @param {Server} module */
export function provide(module) {
  server = module;
}

/** Give what speaks to the server, or null while it is not loaded. Whoever leaves the page can wait for nothing. */
export const reached = () => server;

/** Load it. Rejects with a failure like those of calls that do not reach the server. @returns {Promise<Server>} */
export async function reach() {
  if (server) return server;
  return import("./server.js").catch(() => {
    throw Object.assign(new Error("The server could not be reached."), { status: 0, temporary: true });
  });
}
