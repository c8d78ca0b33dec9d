// What runs on every page for those who may change something.

import "./grow.js";
import "./inline_edit.js";
import "./upload.js";
import "./batch_ring.js";
