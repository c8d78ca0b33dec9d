// A style sheet of what is not on every page, linked when it is first opened.

/** @type {Map<string, Promise<unknown>>} */
const linked = new Map();

/** Link a sheet of static/css by its name and wait until it is there; without it things work and look plain. @param {string} name */
export function linkStyles(name) {
  if (!linked.has(name)) {
    const { href } = new URL(`../../css/${name}.css`, import.meta.url);
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    linked.set(name, new Promise((resolve) => ["load", "error"].forEach((end) => link.addEventListener(end, resolve))));
    document.head.append(link);
  }
  return linked.get(name);
}
