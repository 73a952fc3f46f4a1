import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { plantedBugs } from "./index.ts";

const src = new URL("../../../src/", import.meta.url);

/**
 * Plants a bug in the product as it is loaded by this process; call before anything of the product is imported. Throws when the text that is to be
 * replaced is no longer there: then the bug has to be written anew for the product of today.
 */
export function plant(name: string): void {
  const bug = plantedBugs.find((each) => each.name === name);
  if (bug === undefined)
    throw new RangeError(
      `there is no bug "${name}"; there are: ${plantedBugs.map((each) => each.name).join(", ")}`,
    );
  const texts = new Map<string, string>();
  for (const { file, replace, by } of bug.edits) {
    const url = new URL(file, src).href;
    const text = texts.get(url) ?? readFileSync(fileURLToPath(url), "utf8");
    if (text.split(replace).length !== 2)
      throw new Error(
        `"${name}" cannot be planted: src/${file} does not hold its text exactly once: ${replace}`,
      );
    texts.set(
      url,
      text.replace(replace, () => by),
    );
  }
  registerHooks({
    load(url, context, next) {
      const source = texts.get(url);
      if (source === undefined) return next(url, context);
      return { format: "module-typescript", source, shortCircuit: true };
    },
  });
}
