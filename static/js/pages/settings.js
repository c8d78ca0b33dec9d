// The page of the settings: fields that save themselves, the key, the models and time zones that there are, a trial.

import "../settings/fields.js";
import "../settings/key.js";
import "../settings/logo.js";
import "../settings/models.js";
import "../settings/time_zones.js";
import "../settings/trial.js";
