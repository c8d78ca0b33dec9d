// What scripts alone answer or say in a row or card: the tick, the names of links, the buttons at its end, the marks of who wrote its
// texts. A page has fifty of them, each byte fifty times, so the server says it in short (templates/library/_row.html).

const LONGEST = 32;
const FIELDS = ["post_title", "category", "description", "hashtags"];
/** Who may have written a text, with the word for it, in the order of the server's numbers. @returns {[string, string][]} */
const writers = () => JSON.parse(document.querySelector("[data-writers]")?.dataset.writers ?? "[]");

/** Give the name of a row's picture: its title, else that of its file. @param {Element} row */
function nameOf(row) {
  const title = row.querySelector("[data-edit=post_title]:not([data-empty]), .title") ?? row.querySelector(".file-name");
  return (title?.textContent ?? "").slice(0, LONGEST);
}

/** @param {string} tag @param {object} properties @param {Record<string, string>} [attributes] @returns {any} */
function make(tag, properties, attributes = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** @param {HTMLElement} row @param {string} name */
function tick(row, name) {
  const box = make("input", { type: "checkbox", className: "form-check-input", name: `tick-${row.dataset.imageId}` }, { "data-tick": "", "aria-label": `Tick ${name}` });
  if (row.tagName !== "TR") return row.prepend(box);
  const cell = make("td", { className: "tick" });
  cell.append(box);
  return row.prepend(cell);
}

/** @param {HTMLElement} row @param {string} name @param {HTMLAnchorElement} link */
function buttons(row, name, link) {
  const generate = make("button", {}, { "data-generate": "", "aria-label": `Write words for ${name}` });
  const more = make("a", {}, { href: link.getAttribute("href") ?? "", "data-row-more": "", "aria-label": `More for ${name}` });
  const place = make(row.tagName === "TR" ? "td" : "span", { className: "actions" });
  place.append(generate, more);
  (row.querySelector(".picture-card-foot") ?? row).append(place);
}

/** Put a text and the mark of who wrote it into one element, which is replaced as a whole. @param {HTMLElement} row @param {string} field @param {string} by */
function mark(row, field, by) {
  const text = row.querySelector(`[data-edit=${field}]`);
  if (!text) return;
  const cell = text.parentElement;
  if (cell.matches(".names, .picture-card-text, .picture-card-foot")) {
    const wrapper = make("div", { className: "field" });
    text.replaceWith(wrapper);
    wrapper.append(text);
  }
  const [writer, word] = writers()[Number(by)] ?? [];
  if (writer) text.after(make("i", { className: `origin-${writer}`, textContent: word }));
}

/** @param {HTMLElement} row */
function complete(row) {
  if (row.querySelector("[data-tick]")) return;
  const name = nameOf(row);
  const { by } = row.dataset;
  tick(row, name);
  if (by === undefined) return;
  const link = row.querySelector(":is(.image > a, .picture-card-image)");
  link.setAttribute("aria-label", `Open ${name}`);
  link.firstElementChild.alt = "";
  buttons(row, name, link);
  for (const [place, field] of FIELDS.entries()) mark(row, field, by[place]);
  mark(row, "status", "-");
}

/** Put in what is missing in the rows and cards below a node. @param {ParentNode} root */
export function completeRows(root) {
  for (const row of root.querySelectorAll("tr[data-image-id], .picture-card[data-image-id]")) complete(row);
}

completeRows(document);
