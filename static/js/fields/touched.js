// Which fields hold something else than the server drew into them: what a person typed or chose, and nobody has saved.

export const FIELDS = "input, select, textarea";
const TICKED = "[type=checkbox], [type=radio]";

/** Ticks choose rows of a list and are nothing that is saved. @param {HTMLFormElement} form @returns {any[]} */
const fieldsOf = (form) => [...form.querySelectorAll(FIELDS)].filter((field) => !field.matches("[data-tag]"));

/** The option that a list of choices was drawn with. @param {HTMLSelectElement} list */
const drawn = (list) => Math.max(0, [...list.options].findLastIndex((option) => option.defaultSelected));

/** @param {any} field */
function isTouchedField(field) {
  if (field.matches("select")) return field.options.length > 0 && field.selectedIndex !== drawn(field);
  if (field.matches(TICKED)) return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue;
}

/** Tell whether a form holds what nobody has saved. @param {HTMLFormElement} form */
export const isTouched = (form) => fieldsOf(form).some(isTouchedField);

/** Take what a form holds for what the server has. @param {HTMLFormElement} form */
export function markSaved(form) {
  for (const field of fieldsOf(form)) {
    if (field.matches("select")) for (const option of field.options) option.defaultSelected = option.selected;
    else if (field.matches(TICKED)) field.defaultChecked = field.checked;
    else if (!field.matches("[type=hidden], [type=file]")) field.defaultValue = field.value;
  }
}

/**
 * Fill a form as another one was drawn, and tell it ("form:filled") when that is something else than it held.
 * @param {HTMLFormElement} form @param {HTMLFormElement} like
 */
export function fill(form, like) {
  const named = (/** @type {HTMLFormElement} */ of) => fieldsOf(of).filter(({ name }) => name);
  const others = named(like);
  const changed = named(form).filter((field, place) => others[place]?.name === field.name && copy(field, others[place]));
  if (changed.length) form.dispatchEvent(new CustomEvent("form:filled"));
}

/** Give a field what another one was drawn with, and tell whether that is something else. @param {any} field @param {any} like */
export function copy(field, like) {
  if (field.matches("[type=file]")) return false;
  if (field.matches(TICKED)) {
    const before = field.checked;
    field.checked = field.defaultChecked = like.defaultChecked;
    return field.checked !== before;
  }
  const before = field.value;
  if (field.matches("select")) {
    field.replaceChildren(...[...like.options].map((option) => option.cloneNode(true)));
    field.selectedIndex = drawn(like);
  } else {
    field.defaultValue = like.defaultValue;
    if (field.value !== like.defaultValue) field.value = like.defaultValue;
  }
  return field.value !== before;
}
