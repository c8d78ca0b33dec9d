// What runs on the page of one picture of a shared gallery.

import "./arrow_keys.js";
import { watchSwipe } from "./swipe.js";

watchSwipe(document.querySelector("[data-hung]"), (way) => document.querySelector(`[data-go="${way}"]`)?.click());
