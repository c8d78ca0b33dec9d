// How long a text is, while it is typed, shown from nine tenths of its limit on. Counts as the server does: code points
// after NFC and trimming.

const SHOWN_FROM = 0.9;
const number = new Intl.NumberFormat("en");

/** @param {TextControl} control @param {string} unit */
function measure(control, unit) {
  const text = control.value.normalize("NFC").trim();
  return unit === "tags" ? text.split(/[\s,]+/).filter(Boolean).length : [...text].length;
}

/** @param {TextControl} control */
function count(control) {
  const counter = document.querySelector(`[data-counter="${control.id}"]`);
  if (!counter) return;
  const limit = Number(counter.dataset.limit);
  const length = measure(control, counter.dataset.unit);
  const over = length - limit;
  counter.hidden = length < SHOWN_FROM * limit;
  counter.toggleAttribute("data-over", over > 0);
  const more = over > 0 ? `, ${number.format(over)} too many` : "";
  counter.textContent = `${number.format(length)} / ${number.format(limit)}${more}`;
}

document.addEventListener("input", (event) => {
  if (event.target?.matches("[data-edit-control]")) count(event.target.closest("[data-edit-control]"));
});
