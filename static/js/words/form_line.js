// The line below a control of a form that says what became of words from before.

let lines = 0;

/** Make the line below a control, which goes with what is sent; `end` takes it away before. @param {TextControl} control */
export function lineOf(control) {
  const place = Object.assign(document.createElement("small"), { className: "edit-state", id: `kept-words-${(lines += 1)}` });
  place.dataset.keptWords = "";
  boxOf(control).after(place);
  const described = control.getAttribute("aria-describedby");
  control.setAttribute("aria-describedby", [described, place.id].filter(Boolean).join(" "));
  const end = () => {
    // A menu that hears of a click in what is no longer in it would close.
    setTimeout(() => place.remove());
    if (described) control.setAttribute("aria-describedby", described);
    else control.removeAttribute("aria-describedby");
  };
  control.addEventListener("words:taken", end, { once: true });
  return { place, end };
}

/** Give what a line can stand below: a control in a row has others beside it. @param {HTMLElement} control */
function boxOf(control) {
  let box = control;
  for (let around = box.parentElement; around && isRow(around); around = box.parentElement) box = around;
  return box;
}

/** @param {HTMLElement} element */
function isRow(element) {
  const { display, flexDirection } = getComputedStyle(element);
  return display.endsWith("flex") && flexDirection.startsWith("row");
}
