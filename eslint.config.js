// The rules for static/js; `make lint` applies them.

import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**", "!static", "!static/js", "!static/js/**"] },
  js.configs.recommended,
  {
    languageOptions: { globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      // Mistakes that the recommended rules let through.
      "array-callback-return": "error",
      eqeqeq: "error",
      "no-constructor-return": "error",
      "no-self-compare": "error",
      "no-unreachable-loop": "error",
      "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
      "no-shadow": ["error", { builtinGlobals: false }],
      // Ways to run text as code, and what our Content-Security-Policy refuses anyway.
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-script-url": "error",
      // One way to write it.
      "no-console": ["error", { allow: ["debug", "warn", "error"] }],
      "no-duplicate-imports": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
      "max-lines": ["error", 150],
      // Modules are imported by name, at the top or, when first needed, as `import("./x.js")`: artworks/web/assets.py reads out of that what a page has to preload.
      "no-restricted-syntax": ["error", "ImportExpression > :not(Literal)", "ExportAllDeclaration", "ExportNamedDeclaration[source]"],
      // One module speaks to the server.
      "no-restricted-globals": ["error", "fetch", "XMLHttpRequest", "EventSource", "WebSocket"],
    },
  },
  { files: ["static/js/core/http.js", "static/js/core/connection.js", "static/js/gallery/send.js", "static/js/start/start.js"], rules: { "no-restricted-globals": "off" } },
];
