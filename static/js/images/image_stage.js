// A picture whose file cannot be shown says so in words instead of as a broken icon.

/** Watch the picture of one stage. @param {HTMLElement} stage */
export function watchStage(stage) {
  const picture = stage.querySelector("[data-stage-picture]");
  const missing = () => {
    picture.parentElement.hidden = true;
    stage.querySelector("[data-stage-missing]").hidden = false;
  };
  // The error may have come before this module was read.
  if (picture.complete && !picture.naturalWidth) missing();
  else picture.addEventListener("error", missing);
}

document.querySelectorAll("[data-stage]").forEach(watchStage);
