// Cuts a style sheet to what some words stand for, with PurgeCSS; scripts/build_css.py says which. Reads {css, classes, others, variables}
// as JSON from standard input, and writes what is left of the style sheet.

import { text } from "node:stream/consumers";

import { PurgeCSS } from "purgecss";

const { css, classes, others, variables } = JSON.parse(await text(process.stdin));
const [{ css: cut }] = await new PurgeCSS().purge({
  content: [{ raw: "", extension: "txt" }],
  // A table is an element here, and not a class.
  extractors: [{ extractor: () => ({ classes, tags: others, attributes: { names: others, values: others }, ids: [], undetermined: [] }), extensions: ["txt"] }],
  css: [{ raw: css }],
  keyframes: true,
  variables: true,
  safelist: { variables },
});
process.stdout.write(cut);
