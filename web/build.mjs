// Bundles each page into one file: node build.mjs NODE_MODULES OUTPUT_FOLDER
//
// A page is a folder with page.html, page.css and page.js. In page.html, {{style}} and {{script}} become the
// bundled texts, and {{policy}} the Content-Security-Policy that allows these two and nothing else.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const [packages, folder] = process.argv.slice(2);
const esbuild = createRequire(join(packages, "/"))("esbuild");

// Each page: what its policy allows beside its own style and script.
const pages = [
  { name: "report", allows: ["img-src data:"] },
  { name: "serve", allows: ["img-src data:", "connect-src 'self'"] },
];

function bundle(file) {
  const built = esbuild.buildSync({
    entryPoints: [join(here, file)],
    nodePaths: [packages],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2020",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    write: false,
  });
  return built.outputFiles[0].text.trim();
}

function hash(text) {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

// Plot puts one constant style element into each chart; with the class name "plot" its text is this.
function plotStyle() {
  const source = readFileSync(join(packages, "@observablehq/plot/src/plot.js"), "utf8");
  const found = source.match(/append\("style"\)\.text\(\s*`([^`]*)`/);
  if (!found) throw new Error("Plot's style element is not where it is expected");
  return found[1].replaceAll("${className}", "plot");
}

function page({ name, allows }) {
  const style = bundle(`${name}/page.css`);
  const script = bundle(`${name}/page.js`).replaceAll("</script", "<\\/script");
  const policy = [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `style-src ${hash(style)} ${hash(plotStyle())}`,
    `script-src ${hash(script)}`,
    ...allows,
  ].join("; ");
  const parts = { style, script, policy };
  return readFileSync(join(here, name, "page.html"), "utf8").replace(
    /\{\{(style|script|policy)\}\}/g,
    (_, part) => parts[part],
  );
}

try {
  mkdirSync(folder, { recursive: true });
  for (const each of pages) writeFileSync(join(folder, `${each.name}.html`), page(each));
} catch (error) {
  if (!error.errors) console.error(error.message); // esbuild has said what is wrong
  process.exit(1);
}
