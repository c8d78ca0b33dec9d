// A button that says when it can be used again.

/**
 * Hold buttons back for `seconds` and count down on their [data-draft-label] (or on the button itself).
 *
 * They stay reachable by keyboard and are marked aria-disabled; `isWaiting` tells whether one is held back.
 * @param {Iterable<HTMLElement>} buttons
 * @param {number} seconds
 */
export function countDown(buttons, seconds) {
  const until = Date.now() + seconds * 1000;
  for (const button of buttons) tick(button, until);
}

/** True while a button counts down. @param {HTMLElement} button */
export function isWaiting(button) {
  return "waiting" in button.dataset;
}

/** @param {HTMLElement} button @param {number} until */
function tick(button, until) {
  const label = button.querySelector("[data-draft-label]") ?? button;
  const left = Math.ceil((until - Date.now()) / 1000);
  button.dataset.waiting = button.dataset.waiting ?? label.textContent;
  if (left > 0 && button.isConnected) {
    button.setAttribute("aria-disabled", "true");
    label.textContent = left > 90 ? `In ${Math.ceil(left / 60)} min` : `In ${left} s`;
    setTimeout(tick, 250, button, until);
    return;
  }
  label.textContent = button.dataset.waiting;
  delete button.dataset.waiting;
  button.removeAttribute("aria-disabled");
}
