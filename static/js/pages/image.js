// What runs on the picture page, for everybody. One entry, imported by nobody: its address carries a mark (?v=…), and a
// module reached by two addresses would run twice.

import "../core/clipboard.js";
import "../navigation/prev_next_keys.js";
import "../images/image_stage.js";
import "../navigation/way_back.js";
import "../picture/strip.js";
import "../viewer/opener.js";
