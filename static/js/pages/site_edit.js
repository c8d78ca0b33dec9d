// What runs on every page for those who may change something.

import "../fields/enter_sends.js";
import "../fields/text_area_height.js";
import "../images/inline_edit.js";
import "../words/left_form_words.js";
import "../words/left_words.js";
import "../words/sign_out.js";
import "../upload/upload.js";
import "../batches/progress_ring.js";
import "../navigation/place_counts.js";
import "../undo/listen.js";
