// Takes over into a page what the server draws otherwise by now. Three trees are compared: what it drew `before`, what
// stands `here`, what it draws `now`. Where before and now are alike everything stays, with all that scripts and people made
// of it: what is open, ticked, typed or loaded further down.

import { copy, fill, FIELDS, isTouched } from "../fields/touched.js";

// What people open by themselves, and what is taken over otherwise.
const OWN = new Set(["open", "class"]);
const OF_A_FIELD = new Set(["value", "checked", "selected"]);
const OPEN = "details[open], dialog[open]";

/** @param {Element} node */
const tokens = (node) => (node.getAttribute("class") ?? "").split(/\s+/).filter(Boolean);

/** What an element is found again by among its neighbours: a field by its name, as scripts may give its id away. @param {any} node */
function nameOf(node) {
  const key = node.matches(FIELDS) ? "" : node.id || node.dataset.key || node.dataset.part;
  return key ? `#${key}` : [node.tagName, node.getAttribute("name"), ...tokens(node).filter((one) => !one.startsWith("is-"))].join(" ");
}

/** Give the children of an element by their names; of those that are called alike the first, the second… @param {Element} parent */
function childrenOf(parent) {
  /** @type {Map<string, any>} */
  const named = new Map();
  for (const child of parent.children) {
    let name = nameOf(child);
    while (named.has(name)) name += " +";
    named.set(name, child);
  }
  return named;
}

/** An element with words of its own is one thing, and so is one without elements. @param {Element} node */
const isWhole = (node) => !node.children.length || [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.nodeValue?.trim());

/** Tell whether somebody is at something: in a field or button of it, in a menu of it, with something typed. @param {Element} node */
export function isHeld(node) {
  const forms = node.matches("form") ? [node] : [...node.querySelectorAll("form")];
  return node.contains(document.activeElement) || node.matches(OPEN) || Boolean(node.querySelector(OPEN)) || forms.some(isTouched);
}

/**
 * Take over into `here` what is another in `now` than in `before`. What cannot be taken over yet, as somebody is at it, is put
 * into `now` as it was before, so that the next comparison finds it; `gone` is told of what is not there any more.
 * @param {any} before @param {any} here @param {any} now @param {(node: Element) => void} gone
 */
export function merge(before, here, now, gone) {
  if (before.isEqualNode(now)) return;
  if (here.matches("form") && isTouched(here)) return void now.replaceWith(before.cloneNode(true));
  takeAttributes(before, here, now);
  if (here.matches(FIELDS)) return void (here.form || copy(here, now));
  if (![before, here, now].some(isWhole)) takeChildren(before, here, now, gone);
  else if (before.innerHTML !== now.innerHTML) here.replaceChildren(...now.cloneNode(true).childNodes);
  if (here.matches("form")) fill(here, now);
  return undefined;
}

/** @param {Element} before @param {Element} here @param {Element} now */
function takeAttributes(before, here, now) {
  for (const name of new Set([...before.getAttributeNames(), ...now.getAttributeNames()])) {
    const value = now.getAttribute(name);
    if (OWN.has(name) || value === before.getAttribute(name) || (OF_A_FIELD.has(name) && here.matches(FIELDS))) continue;
    if (value === null) here.removeAttribute(name);
    else here.setAttribute(name, value);
  }
  const [old, fresh] = [tokens(before), tokens(now)];
  here.classList.remove(...old.filter((one) => !fresh.includes(one)));
  here.classList.add(...fresh.filter((one) => !old.includes(one)));
}

/** @param {any} before @param {any} here @param {any} now @param {(node: Element) => void} gone */
function takeChildren(before, here, now, gone) {
  const [old, mine, fresh] = [before, here, now].map(childrenOf);
  for (const [name, node] of old) {
    const shown = mine.get(name);
    if (!shown || fresh.has(name)) continue;
    if (!isHeld(shown)) {
      shown.remove();
      continue;
    }
    now.append(node.cloneNode(true));
    // With the last one the list goes, too.
    if (name.startsWith("#")) gone(shown);
    else [...shown.querySelectorAll("li[id], li[data-key]")].filter(isHeld).forEach(gone);
  }
  let last = null;
  for (const [name, node] of fresh) {
    const shown = takeChild(old.get(name), mine.get(name), node, gone);
    if (!shown) continue;
    if (!shown.parentElement) last ? last.after(shown) : here.prepend(shown);
    // Only what stands before its place is moved: whoever looks at the others keeps them where they are.
    else if (last && shown.compareDocumentPosition(last) & Node.DOCUMENT_POSITION_FOLLOWING) last.after(shown);
    last = shown;
  }
}

/** Give the child as it is now; null for one that a script has done away with. @param {any} before @param {any} here @param {any} now @param {(node: Element) => void} gone */
function takeChild(before, here, now, gone) {
  if (!here) return before && !nameOf(now).startsWith("#") ? null : now.cloneNode(true);
  if (before) merge(before, here, now, gone);
  // A script put it in since, perhaps as it was meanwhile.
  else if (here.textContent !== now.textContent && !isHeld(here)) {
    const drawn = now.cloneNode(true);
    here.replaceWith(drawn);
    return drawn;
  }
  return here;
}
