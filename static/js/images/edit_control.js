// The control that stands in for a text while it is edited, and the small state beside it.

const LONG = new Set(["description", "key_points", "alt_text", "hashtags"]);
const SAVES_ON_ENTER = new Set(["post_title", "category", "hashtags"]);
const LABELS = {
  post_title: "Title",
  description: "Description",
  hashtags: "Hashtags",
  category: "Category",
  key_points: "Key points",
  alt_text: "Alt text",
  status: "Status",
};
const STATUSES = { new: "New", draft: "Draft", ready: "Ready" };

/** Give the text that an element shows, or null when it shows only the first words of it. */
export function shownText(element) {
  if ("cut" in element.dataset) return null;
  if ("empty" in element.dataset) return "";
  if (element.dataset.value !== undefined) return element.dataset.value;
  if (element.dataset.edit !== "hashtags") return element.textContent;
  return [...element.children].map((chip) => chip.textContent).join(" ");
}

/** Make an input, text area or list for a field, holding `value`. */
export function makeControl(field, value) {
  /** @type {any} */
  const control = document.createElement(field === "status" ? "select" : LONG.has(field) ? "textarea" : "input");
  control.className = "editor";
  control.name = field;
  control.setAttribute("aria-label", LABELS[field] ?? field);
  control.dir = "auto";
  if (field === "status") for (const [key, label] of Object.entries(STATUSES)) control.add(new Option(label, key));
  if (field === "category") control.setAttribute("list", "category-names");
  if (field === "hashtags") control.rows = 2;
  control.autocomplete = "off";
  control.value = value;
  return control;
}

/** True when this key press means "save". Enter that ends a composition (Chinese, Japanese …) does not. */
export function meansSave(event, field) {
  if (event.key !== "Enter" || event.isComposing || event.shiftKey) return false;
  return SAVES_ON_ENTER.has(field) || event.ctrlKey || event.metaKey;
}

/** Give the element beside a text that says "saving", "saved" and the like. */
export function stateOf(wrapper) {
  const found = wrapper.querySelector(".edit-state");
  if (found) return found;
  const state = document.createElement("small");
  state.className = "edit-state";
  state.setAttribute("role", "status");
  wrapper.append(state);
  return state;
}
