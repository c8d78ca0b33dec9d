// Lists of words as chips. The text area stays the truth, one word to a line; the chips are drawn from it.

/** @type {Record<string, RegExp>} */
const PARTS = { words: /[\n\r,;，、；،؛]+/, tags: /[\s,;，、；،؛]+/ };

/** What parts the words of a text area. @param {HTMLTextAreaElement} area */
const partsOf = (area) => PARTS[area.dataset.chipList ?? ""];

for (const area of document.querySelectorAll("[data-chip-list]")) enhance(area);

/** @param {HTMLTextAreaElement} area */
function enhance(area) {
  const box = document.createElement("div");
  box.className = "chip-field";
  const list = document.createElement("ul");
  const input = document.createElement("input");
  Object.assign(input, { className: "chip-input", id: area.id, autocomplete: "off", dir: "auto" });
  input.setAttribute("aria-describedby", area.getAttribute("aria-describedby") ?? "");
  input.dataset.placeholder = area.placeholder;
  // Half a word is kept, too (words/form_words.js).
  input.dataset.keepWords = "";
  box.append(list, input);
  area.removeAttribute("id");
  area.hidden = true;
  area.after(box);
  draw(area, list, input);
  listen(area, box, list, input);
}

/** @param {HTMLTextAreaElement} area @param {HTMLElement} box @param {HTMLUListElement} list @param {HTMLInputElement} input */
function listen(area, box, list, input) {
  /** @param {string} text */
  const add = (text) => put(area, [...wordsOf(area), ...split(area, text)]);
  input.addEventListener("keydown", (event) => {
    const last = wordsOf(area).at(-1);
    if (event.key === "Enter" && input.value.trim()) {
      event.preventDefault();
      take();
    } else if (event.key === "Backspace" && input.value === "" && last) {
      event.preventDefault();
      put(area, wordsOf(area).slice(0, -1));
      input.value = last;
    }
  });
  const take = () => {
    const text = input.value;
    input.value = "";
    input.dispatchEvent(new Event("input"));
    if (text.trim()) add(text);
  };
  // A comma, or a whole list pasted in, ends what stands before it; the rest is still being typed.
  input.addEventListener("input", (event) => {
    event.stopPropagation();
    if (event.isComposing || !partsOf(area).test(input.value)) return;
    take();
  });
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    // A one-line field would run the lines of a list together.
    if (!partsOf(area).test(text.trim())) return;
    event.preventDefault();
    add(`${input.value}${text}`);
    input.value = "";
  });
  input.addEventListener("blur", take);
  input.addEventListener("compositionend", () => partsOf(area).test(input.value) && take());
  box.addEventListener("click", (event) => {
    const button = event.target?.closest("[data-chip-remove]");
    if (button) put(area, wordsOf(area).filter((_, place) => place !== [...list.children].indexOf(button.parentElement)));
    input.focus();
  });
  for (const name of ["input", "voice:filled"]) area.addEventListener(name, () => draw(area, list, input));
}

/** List the words of a text area. @param {HTMLTextAreaElement} area */
export function wordsOf(area) {
  return split(area, area.value);
}

/** @param {HTMLTextAreaElement} area @param {string} text */
function split(area, text) {
  const words = text.split(partsOf(area)).map((word) => word.trim().replace(/\s+/g, " ")).filter(Boolean);
  return area.dataset.chipList === "tags" ? words.flatMap((word) => word.split(/(?=[#＃])/)).map(asTag).filter((tag) => tag !== "#") : words;
}

/** @param {string} word */
function asTag(word) {
  return `#${word.replace(/^[#＃]+/, "")}`;
}

/** @param {HTMLTextAreaElement} area @param {string[]} words */
function put(area, words) {
  const first = new Map();
  for (const word of words) if (!first.has(word.toLowerCase())) first.set(word.toLowerCase(), word);
  area.value = [...first.values()].join("\n");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

/** @param {HTMLTextAreaElement} area @param {HTMLUListElement} list @param {HTMLInputElement} input */
function draw(area, list, input) {
  const template = document.getElementById("chip-template").content.firstElementChild;
  const words = wordsOf(area);
  list.replaceChildren(
    ...words.map((word) => {
      const chip = template.cloneNode(true);
      chip.querySelector("[data-chip-text]").textContent = word;
      chip.querySelector("[data-chip-remove]").setAttribute("aria-label", `Remove ${word}`);
      return chip;
    }),
  );
  list.hidden = words.length === 0;
  input.placeholder = words.length ? "" : (input.dataset.placeholder ?? "");
}
