// What runs on the page of one collection.

import "./collection_drag.js";
import "./collection_keys.js";
import "./collection_pictures.js";
