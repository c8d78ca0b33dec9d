// What runs on the library page only.

import "./side.js";
import "./load_more.js";
import "./place.js";
import "./library_live.js";
import "./row_generate.js";
import "./selection.js";
import "./row_menu.js";
import "./export.js";
import "./batch_dialog.js";
import "./batch_rows.js";
