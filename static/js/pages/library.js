// What runs on the library page only, for everybody.

import "../library/filter_drawer.js";
import "../library/live_search.js";
import "../library/load_more.js";
import "../library/restore_position.js";
import "../library/selection.js";
import "../library/export_dialog.js";
import "../keys/list_keys.js";
import "../pointer/listen.js";

if (document.querySelector("[data-size]")) import("../wall/size.js");
if (matchMedia("(pointer: coarse)").matches) import("../selection/long_press.js");
