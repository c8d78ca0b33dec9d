// The pictures of this review in their order. One card is on the page; the next ones are fetched before they are wanted,
// their words first. A card that left the page is kept, with whatever is still on its way to it.

import { fragment } from "../core/http.js";
import { refreshPanel } from "../images/panel.js";
import { Card } from "./card.js";
import { loadAhead, showPicture, startWith } from "./pictures.js";
import { toastError } from "../core/toast.js";

// With fewer cards ahead more are fetched: on a slow line that takes as long as several presses.
const ENOUGH = 8;
const OLD_MS = 60_000;
const SUFFIX = "Review · Artwork Image Manager";
const place = document.querySelector("[data-review]");
const bar = document.querySelector("[data-review-bar]");
const number = new Intl.NumberFormat("en");

const deck = [new Card(place.firstElementChild)];
startWith(deck[0]);
let [at, first, total] = [0, Number(place.dataset.index), Number(place.dataset.total)];
/** @type {Element | null} */
let end = null;
let begins = false; // nothing waits before the first card
/** @type {object | null} */
let moving = null; // the step that waits for its card
/** @type {Promise<void> | null} */
let fetching = null;

/** Give the card on the page, or null at the end. */
export const current = () => deck[at] ?? null;

/** Give every card that was fetched. */
export const cards = () => deck;

/** Give the card that a panel belongs to. */
export const cardOf = (/** @type {HTMLElement} */ panel) => deck.find((card) => card.panel === panel);

/** Write the address of a piece of this review. */
export function address(/** @type {Record<string, string | number>} */ pairs) {
  const url = new URL(place.dataset.home, location.href);
  for (const [name, value] of Object.entries(pairs)) url.searchParams.set(name, String(value));
  return url.pathname + url.search;
}

const has = (/** @type {number} */ index) => index >= 0 && (index < deck.length || (index === deck.length && end !== null));

/** Go one picture on (1) or back (-1). What is there already is shown at once, before this returns. */
export async function go(/** @type {number} */ step) {
  if (moving) return;
  if (!has(at + step)) {
    const wait = (moving = {});
    await (step > 0 ? more() : earlier()).catch(toastError);
    if (moving !== wait) return;
    moving = null;
  }
  if (has(at + step)) show(at + step);
}

/** Show a card again that was on the page before. A step that still waits for its card is not made any more. */
export function goTo(/** @type {Card} */ card) {
  moving = null;
  if (card !== current()) show(deck.indexOf(card));
}

/** Replace what stands at the end by what is true now. */
export function setEnd(/** @type {Element} */ node) {
  end = document.adoptNode(node);
  if (!current()) draw(end);
}

function show(/** @type {number} */ index) {
  at = index;
  const card = current();
  if (card) showPicture(card, deck.slice(at + 1));
  draw(card?.node ?? end);
  scrollTo({ top: 0, behavior: "instant" });
  tell(card);
  if (card?.stale) freshen(card);
  // Somebody else may have changed the next one's words since they were fetched.
  if (Date.now() - (deck[at + 1]?.drawnAt ?? Infinity) > OLD_MS) freshen(deck[at + 1]);
  prepare();
  document.dispatchEvent(new CustomEvent("review:shown", { detail: { card } }));
}

function draw(/** @type {Element} */ node) {
  const { activeElement: focused, body } = document;
  const inside = focused !== null && place.contains(focused);
  const button = inside && focused.closest("[data-review-do]")?.dataset.reviewDo;
  // Leaving a field saves it. A browser need not say that a field was left when it is taken off the page.
  if (inside) focused.blur();
  place.replaceChildren(node);
  if (!inside && focused !== body) return;
  (node.querySelector(`[data-review-do="${button}"]`) ?? node.querySelector("h1")).focus({ preventScroll: true });
}

function tell(/** @type {Card} */ card) {
  total = Math.max(total, first + deck.length - 1);
  const shown = card ? first + at : total;
  const plus = place.dataset.exact === "yes" ? "" : "+";
  document.querySelector("[data-review-progress]").textContent = `${number.format(shown)} of ${number.format(total)}${plus}`;
  Object.assign(bar, { max: total, value: card ? shown - 1 : total });
  document.title = card ? `${card.panel.dataset.name} · ${SUFFIX}` : SUFFIX;
  history.replaceState(null, "", card?.node.dataset.url ?? place.dataset.home);
}

/** Draw a card's words again, after all that is on its way to the server. */
export async function freshen(/** @type {Card} */ card) {
  card.stale = false;
  card.drawnAt = Date.now();
  await card.line;
  await refreshPanel(card.panel).catch((error) => {
    card.stale = true;
    toastError(error);
  });
}

/** Have the next cards ready. When that fails now, it is tried again with the next step. */
export function prepare() {
  if (end || deck.length - at > ENOUGH) return;
  more().catch((error) => console.debug("The next pictures are not here yet.", error));
}

function more() {
  fetching ??= fetchMore().finally(() => (fetching = null));
  return fetching;
}

async function fetchMore() {
  const content = await fragment(address({ fragment: "cards", after: deck[deck.length - 1].id }));
  for (const node of [...content.children]) {
    if ("reviewEnd" in node.dataset) end = document.adoptNode(node);
    else if (!deck.some((card) => card.id === node.dataset.reviewCard)) deck.push(new Card(node));
  }
  loadAhead(deck.slice(at + 1));
}

async function earlier() {
  if (begins) return;
  const content = await fragment(address({ fragment: "cards", before: deck[0].id }));
  const node = content.firstElementChild;
  begins = !node;
  if (!node) return;
  deck.unshift(new Card(node));
  at += 1;
  first = Math.max(1, first - 1);
}
