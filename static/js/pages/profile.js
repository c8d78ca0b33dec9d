// My account: a new token that is shown once and copied, and names that are kept while they are typed.

import "../core/clipboard.js";
import "../words/left_form_words.js";

// Reloading the page must not send the form again and make one more token.
if (document.querySelector("[data-shown-once]")) history.replaceState(null, "", "/account");
