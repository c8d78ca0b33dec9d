// What runs on every page, for everybody. Each module binds itself to data-* attributes and does nothing where they are
// absent. What changes something has an entry of its own (main_edit.js), for those who may.

import "./theme.js";
import "./menus.js";
import "./search_hints.js";
import "./shortcuts.js";
import "./no_drop.js";
import "./no_picture.js";
import "./download.js";
