// What runs on the picture page for those who may change something. One entry, imported by nobody, like picture.js.

import "./edit_words.js";
import "./counter.js";
import "./generate.js";
import "./refine.js";
import "./suggestion.js";
import "./history.js";
import "./collection_picture.js";
import "./trash_picture.js";
