// Validates JSON documents against a JSON Schema (draft 2020-12) with ajv: {schema, documents} in, a list of booleans out.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const Ajv = require("ajv/dist/2020.js").default;
const { schema, documents } = JSON.parse(readFileSync(0, "utf8"));
const validate = new Ajv({ strict: true }).compile(schema);
process.stdout.write(JSON.stringify(documents.map((document) => validate(document))));
