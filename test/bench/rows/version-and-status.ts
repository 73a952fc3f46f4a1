import { fileURLToPath } from "node:url";
import { GraphServer } from "../graph/server.ts";
import { million } from "../graph/shapes.ts";
import { rollcall, siteFor } from "../graph/snapshot.ts";
import { measure } from "../measure.ts";
import { inTurn, type Measured, type Row } from "../row.ts";

const nothing = fileURLToPath(new URL("../nothing.mjs", import.meta.url));

/** What it takes to be told the version and how things stand. */
export const versionAndStatus: Row = {
  id: "10",
  title: "`rollcall --version`, and `rollcall status` on the snapshot of 1,000,000 people",
  beside: "an empty script",
  async run(bench) {
    const shape = million(bench);
    const server = await GraphServer.start(shape);
    bench.atEnd(() => server.stop());
    const { config } = await siteFor(bench, server, shape, "site");
    await server.stop();
    const people = (out: string) => ({ people: Number(/"inScope":(\d+)/.exec(out)?.[1]) });
    const status = async () => {
      const cost = await measure(rollcall, ["status", "--json", "--config", config], { read: people });
      if (cost.said["people"] !== shape.people)
        throw new Error(`status tells of ${cost.said["people"]} people instead of ${shape.people}`);
      return cost;
    };
    // Short works, of which each round takes several.
    const works = await inTurn({ ...bench, rounds: bench.rounds * (bench.isQuick ? 1 : 5) }, [
      { name: "an empty script", run: () => measure(nothing, []) },
      { name: "rollcall --version", run: () => measure(rollcall, ["--version"]) },
      { name: "rollcall status", run: status },
    ]);
    const [floor, version, looked] = works;
    const more = (work?: Measured) => ((work?.wall ?? Number.NaN) - (floor?.wall ?? Number.NaN)) * 1000;
    const cpu = (work?: Measured) => ((work?.cpu ?? Number.NaN) - (floor?.cpu ?? Number.NaN)) * 1000;
    return {
      works,
      claims: [
        { what: "--version takes longer by", measured: more(version), unit: "ms", atMost: 60 },
        { what: "status takes longer by", measured: more(looked), unit: "ms", atMost: 150 },
      ],
      notes: [
        `CPU more than that of an empty script: --version ${Math.round(cpu(version))} ms, status ${Math.round(cpu(looked))} ms`,
      ],
    };
  },
};
