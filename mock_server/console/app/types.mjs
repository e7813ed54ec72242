/* Generates the types of both documents, and records the documents' hashes, by which a test sees that they changed. */

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..", "..");
const documents = { control: join(root, "clients", "control-openapi.json"), platform: join(root, "openapi.yaml") };
const hashes = {};
for (const [name, path] of Object.entries(documents)) {
  const content = readFileSync(path);
  const types = astToString(await openapiTS(content));
  writeFileSync(join(here, "src", "types", `${name}.ts`), `${COMMENT_HEADER}${types}`);
  hashes[name] = createHash("sha256").update(content).digest("hex");
}
writeFileSync(join(here, "src", "types", "documents.json"), `${JSON.stringify(hashes, null, 1)}\n`);
