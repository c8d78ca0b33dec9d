// The way to server.js, which is loaded with the first key that is typed: until it is there the words are kept in this browser.

/** @type {typeof import("./server.js") | null} */
let server = null;

/** Give what speaks to the server, or null while it is not loaded. Whoever leaves the page can wait for nothing. */
export const reached = () => server;

/** Load it. Rejects with a failure like those of calls that do not reach the server. */
export async function reach() {
  server ??= await import("./server.js").catch(() => {
    throw Object.assign(new Error("The server could not be reached."), { status: 0, temporary: true });
  });
  return server;
}
