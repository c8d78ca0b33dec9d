// A page that is marked as [data-fresh] takes up what others changed, when it comes to the front: it is asked for again, and what
// the server draws otherwise by now is taken over (merge.js), without moving what one reads.

import { isWriting, pageAgain } from "../core/http.js";
import { drawnFirst, titleFirst } from "../start/start.js";
import { tellTimes } from "../core/local_time.js";
import { failureOf } from "../core/toast.js";
import { isBusy, lookSoon } from "./look_again.js";
import { isHeld, merge } from "./merge.js";

const LEFT_OUT = [403, 404, 410];
// More of a long list is not followed.
const MOST_PAGES = 10;
const page = document.querySelector("main[data-fresh]");
let drawn = drawnFirst; // as the server drew it last
let title = titleFirst; // of the page that was drawn last, whatever scripts make of it
let mark = ""; // of the same
let writes = 0; // how often this tab changed something since then
let asking = false;

/** Ask for the page again and take it over. */
async function refresh() {
  const { pathname, search } = location;
  const known = writes;
  const found = await pageAgain(pathname + search, writes ? "" : mark);
  const now = found?.content.querySelector("main[data-fresh]");
  if (!found || !now) return;
  await loadAsMuch(now);
  // What was asked for may be older than what this tab did meanwhile, and whoever began to type is left alone.
  if (known !== writes || isWriting() || isBusy() || search !== location.search) return lookSoon();
  if (document.hidden) return;
  page.querySelector(":scope > [data-gone]")?.remove();
  if (found.title !== title) document.title = title = found.title;
  const came = now.innerHTML;
  holdStill(() => {
    if (writes) takeWhatIsAsBefore(now);
    merge(drawn, page, now, sayItemGone);
  });
  // With something left for the next time the same page has to come again.
  [drawn, mark, writes] = [now, came === now.innerHTML ? found.mark : "", 0];
  document.dispatchEvent(new CustomEvent("page:fresh"));
}

/** That the rest of a list is not there says nothing of the page. @param {unknown} error @returns {never} */
function notAll(error) {
  throw new Error(`The rest of the list could not be fetched: ${failureOf(error).message}`);
}

/** Have as much of a list in what came as is shown of it here. @param {any} now */
async function loadAsMuch(now) {
  const [shown, list] = [page, now].map((root) => root.querySelector("[data-fresh-list]"));
  for (let pages = 1; pages < MOST_PAGES && list && shown.children.length > list.children.length; pages += 1) {
    const link = now.querySelector("[data-fresh-more]");
    if (!link) return;
    const next = (await pageAgain(link.getAttribute("href")).catch(notAll))?.content;
    const more = next?.querySelector("[data-fresh-more]");
    const holder = link.parentElement;
    const rows = [...(next?.querySelector("[data-fresh-list]")?.children ?? [])];
    // It stands below the list, or as the last one in it.
    if (!list.contains(holder) && more) holder.replaceWith(more.parentElement);
    else holder.remove();
    list.append(...rows);
  }
}

/** Of what this tab changed: take what others have made again as it was drawn before. @param {any} now */
function takeWhatIsAsBefore(now) {
  for (const old of drawn.querySelectorAll("li[id], li[data-key]")) {
    const selector = old.id ? `#${CSS.escape(old.id)}` : `[data-key="${CSS.escape(old.dataset.key)}"]`;
    const [here, fresh] = [page, now].map((root) => root.querySelector(selector));
    if (here && fresh?.isEqualNode(old) && here.textContent !== fresh.textContent && !isHeld(here)) here.replaceWith(fresh.cloneNode(true));
  }
}

/** Change the page without moving what one reads, or losing where one is. @param {() => void} change */
function holdStill(change) {
  const focused = page.contains(document.activeElement) ? document.activeElement : null;
  const again = focused && findAgain(focused);
  const seen = scrollY > 0 ? [...page.querySelectorAll("[id], [data-key]")].find(isInView) : null;
  const before = seen?.getBoundingClientRect().top;
  change();
  if (seen?.isConnected) scrollBy({ top: seen.getBoundingClientRect().top - before, behavior: "instant" });
  if (again && document.activeElement !== focused) again()?.focus({ preventScroll: true });
}

/** @param {Element} node */
function isInView(node) {
  const { top, height } = node.getBoundingClientRect();
  return height > 0 && top >= 0 && top < innerHeight;
}

/** Give what finds an element that was drawn anew: it is the same one of its kind in what has a name. @param {any} node */
function findAgain(node) {
  if (node.id) return () => document.getElementById(node.id);
  const holder = node.closest("[id], [data-key]");
  const place = [...holder.querySelectorAll(node.localName)].indexOf(node);
  return () => (holder.isConnected ? holder : page).querySelectorAll(node.localName)[place];
}

/** @param {string} what */
const goneNote = (what) => document.getElementById("gone-template").content.querySelector(`[data-gone="${what}"]`).cloneNode(true);

/** Say that something is not there any more, instead of taking it from under the hand: in what is open of it. @param {Element} node */
function sayItemGone(node) {
  if (node.querySelector("[data-gone]")) return;
  const open = node.querySelector("details[open] > :not(summary)");
  if (open) return open.prepend(goneNote("item"));
  node.classList.add("is-gone");
  return node.append(goneNote("item"));
}

/** The same of all that the page is about. */
function sayPageGone() {
  if (!page.querySelector(":scope > [data-gone]")) page.prepend(goneNote("page"));
}

async function refreshOnce() {
  if (asking) return;
  asking = true;
  try {
    await refresh();
  } catch (error) {
    const failure = failureOf(error);
    if (LEFT_OUT.includes(failure.status ?? 0)) sayPageGone();
    else console.debug("The page could not be asked for again.", failure);
  } finally {
    asking = false;
  }
}

if (page) {
  tellTimes(drawn);
  document.addEventListener("server:changed", () => (writes += 1));
  document.addEventListener("page:returned", refreshOnce);
}
