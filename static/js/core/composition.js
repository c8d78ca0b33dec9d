// Keys that belong to a composition (Chinese, Japanese, Korean …) mean something to the input method alone: no script
// of ours hears them, so no Enter that ends one saves, and no Escape that gives one up closes anything.
// Safari sends the last key of a composition after its end, without isComposing: the key code tells it (WebKit 165004).

const TO_THE_INPUT_METHOD = 229;

addEventListener(
  "keydown",
  (event) => {
    if (event.isComposing || event.keyCode === TO_THE_INPUT_METHOD) event.stopImmediatePropagation();
  },
  true,
);
