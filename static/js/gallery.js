// What runs on the page of one picture of a shared gallery.

import "./arrow_keys.js";
