// What runs on the picture page. One entry, imported by nobody: its address carries a mark (?v=…), and a module
// reached by two addresses would run twice.

import "./edit_words.js";
import "./counter.js";
import "./copy.js";
import "./generate.js";
import "./refine.js";
import "./suggestion.js";
import "./history.js";
import "./collection_picture.js";
import "./trash_picture.js";
import "./arrow_keys.js";
import "./stage.js";
