import { fileURLToPath } from "node:url";
import { measure } from "../measure.ts";
import { inTurn, type Row } from "../row.ts";

const rollcall = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const nothing = fileURLToPath(new URL("../nothing.mjs", import.meta.url));

/** What it takes to be told the version and how things stand. */
export const versionAndStatus: Row = {
  id: "10",
  title: "`rollcall --version` and `rollcall status`",
  beside: "an empty script",
  async run(bench) {
    const works = await inTurn(bench, [
      { name: "an empty script", run: () => measure(nothing, []) },
      { name: "rollcall --version", run: () => measure(rollcall, ["--version"]) },
    ]);
    const [floor, version] = works;
    const more = ((version?.wall ?? Number.NaN) - (floor?.wall ?? Number.NaN)) * 1000;
    return { works, claims: [{ what: "--version takes longer by", measured: more, unit: "ms", atMost: 60 }] };
  },
};
