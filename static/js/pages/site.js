// What runs on every page, for everybody. Each module binds itself to data-* attributes and does nothing where they are
// absent. What changes something has an entry of its own (site_edit.js), for those who may.

import "../core/theme.js";
import { tellTimes } from "../core/local_time.js";
import "../core/menus.js";
import "../library/search_suggestions.js";
import "../keys/listen.js";
import "../upload/block_stray_drop.js";
import "../images/missing_image.js";
import "../core/download.js";
import "../navigation/look_again.js";
import "../undo/flashes.js";

tellTimes();
