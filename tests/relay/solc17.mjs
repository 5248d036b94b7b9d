// The compiler that Permit2 was deployed with: standard JSON in, standard JSON out. All sources are in the input.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const solc = require("solc-0.8.17/wrapper.js")(require("solc-0.8.17/soljson.js"));
process.stdout.write(solc.compile(readFileSync(0, "utf8")));
