// A list that changes while somebody reads it stays where they read.

// A pointer that only rests where the list came to be reads nothing there.
let pointed = false;
addEventListener("pointermove", (event) => (pointed = Boolean(event.target?.closest?.("[data-tray-list]"))), { passive: true });

/**
 * Change a list without moving what somebody reads: what the pointer went to or the focus is on, else what is first in
 * sight. At the very top nothing is held, so that what is refused meanwhile comes into sight.
 * @param {HTMLElement} list @param {() => void} change
 */
export function keepPlace(list, change) {
  const focused = list.contains(document.activeElement) ? document.activeElement?.closest("li") : null;
  const hovered = pointed ? list.querySelector("li:hover") : null;
  const held = hovered ?? focused ?? (list.scrollTop > 0 ? firstInSight(list) : null);
  const before = held?.getBoundingClientRect().top;
  change();
  if (held?.isConnected) list.scrollTop += held.getBoundingClientRect().top - Number(before);
}

/** @param {HTMLElement} list */
function firstInSight(list) {
  const { top } = list.getBoundingClientRect();
  return [...list.querySelectorAll(":scope > ul > li")].find((row) => row.getBoundingClientRect().bottom > top);
}
