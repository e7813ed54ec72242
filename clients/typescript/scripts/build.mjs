// Writes dist/: ES modules, the same as CommonJS for jest, and their types. `npm run check` checks the types.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const SOURCES = fileURLToPath(new URL("../src/", import.meta.url));
const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const ESM = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022, verbatimModuleSyntax: true };
const CJS = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, esModuleInterop: true };

function write(file, text) {
  mkdirSync(dirname(DIST + file), { recursive: true });
  writeFileSync(DIST + file, text);
}

function translate(translator, text, compilerOptions) {
  const { outputText, diagnostics } = translator(text, { compilerOptions, reportDiagnostics: true });
  for (const { messageText } of diagnostics) {
    console.error(ts.flattenDiagnosticMessageText(messageText, "\n"));
    process.exitCode = 1;
  }
  return outputText;
}

rmSync(DIST, { recursive: true, force: true });
for (const file of readdirSync(SOURCES, { recursive: true }).filter((name) => name.endsWith(".ts"))) {
  const text = readFileSync(SOURCES + file, "utf8");
  const script = file.replace(/\.ts$/, ".js");
  const declaration = translate(ts.transpileDeclaration, text, ESM);
  for (const [format, options] of Object.entries({ esm: ESM, cjs: CJS })) {
    write(`${format}/${script}`, translate(ts.transpileModule, text, options));
    write(`${format}/${file.replace(/\.ts$/, ".d.ts")}`, declaration);
  }
}
write("cjs/package.json", '{ "type": "commonjs" }\n');
