// My account: a new token that is shown once and copied.

import "../core/clipboard.js";

// Reloading the page must not send the form again and make one more token.
if (document.querySelector("[data-shown-once]")) history.replaceState(null, "", "/account");
