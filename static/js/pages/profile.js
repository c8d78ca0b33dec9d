// My account: times by the person's own clock, and a new token that is shown once and copied.

import "../core/clipboard.js";
import { tellTimes } from "../core/local_time.js";

tellTimes();
// Reloading the page must not send the form again and make one more token.
if (document.querySelector("[data-shown-once]")) history.replaceState(null, "", "/account");
