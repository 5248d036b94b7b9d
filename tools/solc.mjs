#!/usr/bin/env node
// The Solidity compiler as a program: npm's `solc` (WebAssembly) behind the few options of the
// native `solc` that ape, forge, slither, halmos and build_artifacts.py use. Same version, same
// bytecode as the native compiler; npm's own `solcjs` has other options and prints a banner.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const require = createRequire(import.meta.url);

function load() {
  return require("solc/wrapper.js")(require("solc/soljson.js"));
}

function fail(message) {
  process.stderr.write(`solc.mjs: ${message}\n`);
  process.exit(1);
}

const flags = new Set(process.argv.slice(2).filter((a) => a.startsWith("--")));
const roots = []; // where imports are looked up: the base path, then include paths
const files = [];
const args = process.argv.slice(2);
for (let i = 0; i < args.length; i++) {
  const [name, inline] = args[i].split(/=(.*)/s, 2);
  const value = () => inline ?? args[++i];
  if (name === "--base-path") roots.unshift(resolve(value()));
  else if (name === "--include-path") roots.push(resolve(value()));
  else if (name === "--allow-paths") value(); // the compiler reads what it is told to
  else if (name === "--standard-json" || name === "--version") continue;
  else if (name.startsWith("-") && name !== "-") fail(`option not supported: ${name}`);
  else files.push(args[i]);
}

if (flags.has("--version")) {
  const version = load().version().replace(".clang", "");
  process.stdout.write(
    `solc, the solidity compiler commandline interface\nVersion: ${version}\n`,
  );
  process.exit(0);
}

if (![...flags].some((f) => f.startsWith("--standard-json"))) {
  fail("use --version or --standard-json");
}

if (roots.length === 0) roots.push(process.cwd());
const input = readFileSync(files.length && files[0] !== "-" ? files[0] : 0, "utf8");

function readImport(path) {
  const bare = path.replace(/^file:\/\//, "");
  for (const root of roots) {
    for (const candidate of [join(root, bare), resolve(root, bare)]) {
      try {
        return { contents: readFileSync(candidate, "utf8") };
      } catch {
        // try the next place
      }
    }
  }
  return { error: `File not found: ${path}` };
}

const output = load().compile(input, { import: readImport });
process.stdout.write(output.endsWith("\n") ? output : `${output}\n`);
