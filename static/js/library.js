// What runs on the library page only, for everybody.

import "./side.js";
import "./load_more.js";
import "./place.js";
import "./selection.js";
import "./export.js";
