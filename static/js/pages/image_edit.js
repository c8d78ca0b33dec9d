// What runs on the picture page for those who may change something. One entry, imported by nobody, like image.js.

import "../images/field_editor.js";
import "../fields/character_count.js";
import "../images/generate.js";
import "../images/refine.js";
import "../images/suggestion.js";
import "../images/history.js";
import "../images/image_collections.js";
import "../images/trash_image.js";
import "../picture/foot_acts.js";
import "../undo/panel.js";
