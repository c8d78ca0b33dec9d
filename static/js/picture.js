// What runs on the picture page, for everybody. One entry, imported by nobody: its address carries a mark (?v=…), and a
// module reached by two addresses would run twice.

import "./copy.js";
import "./arrow_keys.js";
import "./stage.js";
