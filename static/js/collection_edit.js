// What runs on the page of one collection for those who may change it.

import { waitFor } from "./collection_more.js";
import { settled } from "./collection_order.js";
import "./collection_drag.js";
import "./collection_keys.js";
import "./collection_pictures.js";

waitFor(settled);
