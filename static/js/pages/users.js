// What runs on the page of people: the link that is shown once can be copied.

import "../core/clipboard.js";
