// The page of the voice: chips, samples, saving, trying.

import "../fields/character_count.js";
import "../voice/chips.js";
import "../voice/samples.js";
import "../voice/form.js";
import "../voice/preview.js";
