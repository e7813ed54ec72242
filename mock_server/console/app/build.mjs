/* Builds the console from its sources into a folder, ../dist unless another one is named: `node build.mjs [FOLDER]`. */

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(here, "..", "dist"));
const SWAGGER = ["swagger-ui-bundle.js", "swagger-ui.css"];

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, "swagger"), { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx" },
  outdir: target,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
});
for (const name of ["index.html", "icon.svg"]) cpSync(join(here, name), join(target, name));
cpSync(join(here, "src", "types", "rules.json"), join(target, "rules.json"));
for (const name of SWAGGER) {
  const text = readFileSync(join(here, "node_modules", "swagger-ui-dist", name), "utf8");
  writeFileSync(join(target, "swagger", name), text.replace(/\n?\/[/*]# sourceMappingURL=.*$/m, ""));
}
cpSync(join(here, "node_modules", "swagger-ui-dist", "LICENSE"), join(target, "swagger", "LICENSE"));

const sources = ["build.mjs", "icon.svg", "index.html", "package-lock.json", "package.json", "tsconfig.json"];
const lines = [`sources ${hashAll(here, [...sources, ...list(join(here, "src")).map((path) => join("src", path))])}`];
for (const path of list(target)) lines.push(`${path.split(sep).join("/")} ${hash(readFileSync(join(target, path)))}`);
writeFileSync(join(target, "manifest"), `${lines.join("\n")}\n`);

/** The files below a folder, in the order of their names. */
function list(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** One hash of several files: of a line with the name and the hash of each. */
function hashAll(folder, names) {
  const parts = names.map((name) => `${name.split(sep).join("/")} ${hash(readFileSync(join(folder, name)))}\n`);
  return hash(parts.sort().join(""));
}

function hash(content) {
  return createHash("sha256").update(content).digest("hex");
}
