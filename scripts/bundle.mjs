// Puts modules together into few files: reading many small ones is most of what a short command costs.
import { isBuiltin } from "node:module";
import { join, relative, sep } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./steps.mjs";

const src = join(root, "src") + sep;

/**
 * Packages that go inside, with what they need: those that a cycle or a short command loads. The others stay as they are installed: a
 * native library, the few that find files beside themselves, and what is loaded only now and then.
 */
const inside = new Set([
  "@azure/identity",
  "@marcbachmann/cel-js",
  "@microsoft/microsoft-graph-client",
  "commander",
  "ldapts",
  "p-limit",
  "pino",
  "re2js",
  "undici",
  "yaml",
  "zod",
]);

/**
 * Writes the modules that are reached from `entry` into `folder`, all side by side. `together`: by the name of a file the modules that are in it
 * with everything they import; what is in an earlier one is in none of the later. Gives back the folders of the packages whose code is in them.
 */
export async function bundle({ entry, folder, together }) {
  const bundled = await rolldown({
    input: entry,
    platform: "node",
    tsconfig: false,
    external: (id, importer) => !isInside(id, importer),
    plugins: [ownAddresses, withoutGetters, withoutForms],
    onLog(level, log, handle) {
      // The program has lazy imports for those who do not need a module; who needs it anyway may import it as usual.
      if (log.code !== "INEFFECTIVE_DYNAMIC_IMPORT") handle(level === "info" ? "info" : "error", log);
    },
  });
  const { output } = await bundled.write({
    dir: folder,
    format: "esm",
    // A daemon whose files were replaced below it must not load a part of another version.
    chunkFileNames: "[name]-[hash].js",
    // Errors are told by the names of their classes.
    keepNames: true,
    comments: false,
    codeSplitting: { groups: Object.entries(together).map(([name, starts]) => groupOf(name, starts)) },
  });
  await bundled.close();
  const chunks = output.filter(({ type }) => type === "chunk");
  check(chunks);
  const modules = chunks.flatMap((chunk) => Object.keys(chunk.modules));
  return [...new Set(modules.map(packageOf).filter((each) => each !== undefined))].sort();
}

function isInside(id, importer) {
  if (isBuiltin(id)) return costly.test(id);
  if (/^[./]/.test(id) || importer === undefined) return true;
  // What a package inside needs goes inside with it.
  return packageOf(importer) !== undefined || inside.has(/^(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]);
}

/** Files beside our sources are found by the address of the module that reads them: as if it still stood where it was. */
const ownAddresses = {
  name: "own-addresses",
  transform: {
    filter: { code: "import.meta" },
    handler(code, id) {
      if (!id.startsWith(src)) return;
      const place = `./${relative(src, id).split(sep).join("/")}`.replace(/\.ts$/, ".js");
      return code.replaceAll("import.meta.url", `new URL(${JSON.stringify(place)}, import.meta.url).href`);
    },
  },
};

/**
 * An import of a module of Node's asks each of its exports for its value. Some are made when they are asked for: an import of node:http
 * makes another client of HTTP with everything it needs, which takes longer than all that it is imported for.
 */
const costly = /^(?:node:)?(?:http|process)$/;
const withoutGetters = {
  name: "without-getters",
  resolveId: {
    filter: { id: costly },
    handler: (id) => `\0without-getters:${id.replace(/^node:/, "")}`,
  },
  load: {
    filter: { id: /^\0without-getters:/ },
    handler: (id) => `module.exports = process.getBuiltinModule("node:${id.split(":")[1]}");`,
  },
};

/**
 * The login's library asks of each text that it sends whether it is a form as browsers send them, and with the name of that class alone Node loads that
 * same client. A text is none.
 */
const asked = 'typeof FormData !== "undefined" && body instanceof FormData';
const withoutForms = {
  name: "without-forms",
  transform: {
    filter: { id: /\/ts-http-runtime\/.*\/formData\.js$/ },
    handler(code, id) {
      if (!code.includes(asked)) throw new Error(`${id} asks something else of what it sends`);
      return code.replace(asked, `typeof body === "object" && ${asked}`);
    },
  },
};

/** Everything that `starts` import as they are loaded, in one file. */
function groupOf(name, starts) {
  let found;
  return {
    debugName: name,
    name(id, context) {
      found ??= reachedFrom(starts, context);
      return found.has(id) ? name : null;
    },
  };
}

function reachedFrom(starts, context) {
  const found = new Set();
  const left = [...starts];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    const info = found.has(id) ? null : context.getModuleInfo(id);
    if (info === null) continue;
    if (!info.isEntry) found.add(id);
    left.push(...info.importedIds);
  }
  return found;
}

/** What would only be noticed by whoever comes upon it. */
function check(chunks) {
  const entry = chunks.find(({ isEntry }) => isEntry)?.fileName;
  for (const { fileName, imports, modules } of chunks) {
    // The entry waits for what it has begun: if that waited for the entry, neither would ever go on.
    if (imports.includes(entry)) throw new Error(`${fileName} imports ${entry}`);
    for (const [id, { code }] of Object.entries(modules)) {
      if (packageOf(id) === undefined || code === null) continue;
      const found = /\b(?:__dirname|__filename|import\.meta|require\.resolve)\b/.exec(code)?.[0];
      if (found !== undefined && !harmless.some((each) => id.split(sep).join("/").endsWith(each)))
        throw new Error(`${id} asks where it stands (${found}): see whether it may go inside`);
    }
  }
}

/** Modules that ask where they stand for something that we do not use. */
const harmless = [
  // Opens a browser to log in.
  "/node_modules/open/index.js",
  // Logs from a thread of its own.
  "/node_modules/thread-stream/index.js",
  "/node_modules/pino/lib/transport.js",
  // Adds a line to the stack of an error.
  "/node_modules/undici/index.js",
];

/** The folder of the package that a module is of; undefined: it is one of ours. */
function packageOf(id) {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id.split(sep).join("/"))?.[0];
}
