// What runs on the page of one picture of a shared gallery.

import "../navigation/prev_next_keys.js";
import "../navigation/way_back.js";
import "../viewer/opener.js";
import { watchSwipe } from "../core/swipe.js";

watchSwipe(document.querySelector("[data-hung]"), (way) => document.querySelector(`[data-go="${way}"]`)?.click());
