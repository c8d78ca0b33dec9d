// The strip below the stage begins with the present picture in its middle.

const strip = document.querySelector("[data-stage-strip]");
const here = strip?.querySelector("[aria-current]");
if (here) strip.scrollLeft = here.offsetLeft + here.offsetWidth / 2 - strip.clientWidth / 2;
