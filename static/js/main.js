// What runs on every page. Each module binds itself to data-* attributes and does nothing where they are absent.

import "./theme.js";
import "./menus.js";
import "./search_hints.js";
import "./shortcuts.js";
import "./inline_edit.js";
import "./upload.js";
import "./batch_ring.js";
