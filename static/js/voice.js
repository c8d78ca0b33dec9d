// The page of the voice: chips, samples, saving, trying.

import "./counter.js";
import "./voice_chips.js";
import "./voice_samples.js";
import "./voice_form.js";
import "./voice_try.js";
import { tellTimes } from "./local_time.js";

tellTimes();
