// Cuts a style sheet to what some words stand for, with PurgeCSS; scripts/build_css.py says which. Reads {css, words, variables}
// as JSON from standard input, and writes what is left of the style sheet.

import { text } from "node:stream/consumers";

import { PurgeCSS } from "purgecss";

const { css, words, variables } = JSON.parse(await text(process.stdin));
const [{ css: cut }] = await new PurgeCSS().purge({
  content: [{ raw: words.join(" "), extension: "txt" }],
  css: [{ raw: css }],
  keyframes: true,
  variables: true,
  safelist: { variables },
});
process.stdout.write(cut);
