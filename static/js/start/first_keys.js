// The words of a picture's own fields from the first key on, kept in this browser until the script is there that saves them
// (images/field_editor.js): it goes on with the same text, and after a tab that died they are put in as ever. Those of forms
// are kept by form_words.js.

import "../words/form_words.js";
import { openTypings } from "../words/open_typings.js";
import { dropText, keepText } from "../words/kept_texts.js";
import { nextNumber, tab } from "../words/tab.js";

addEventListener("input", ({ target }) => {
  const control = target?.closest?.("[data-panel] [data-edit-control]");
  if (!control || openTypings().some((typing) => typing.control === control)) return;
  const { editControl: field = "" } = control.dataset;
  const id = control.closest("[data-panel]").dataset.imageId;
  const typed = { id, field, tab, number: nextNumber(), was: control.defaultValue, text: control.value, at: Date.now() };
  if (typed.text === typed.was) dropText(typed);
  else keepText(typed);
}, true);
