// What runs on the page of one collection for those who may change it.

import { waitFor } from "../collections/load_more.js";
import { settled } from "../collections/order.js";
import "../collections/added.js";
import "../collections/drag.js";
import "../collections/keyboard.js";
import "../collections/remove_images.js";

waitFor(settled);
