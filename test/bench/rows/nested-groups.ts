import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Cost, measure } from "../measure.ts";
import { inTurn, type Measured, type Row } from "../row.ts";

const script = fileURLToPath(new URL("../measured/nested-groups.ts", import.meta.url));

/** Changes, and how many memberships each of them brings or takes. */
const changes = {
  deep: { what: "somebody joins the innermost of ten", moves: 10 },
  top: { what: "somebody joins the outermost", moves: 1 },
  flat: { what: "somebody joins a flat group", moves: 1 },
  group: { what: "ten leave the innermost with their group", moves: 100 },
} as const;
type Change = keyof typeof changes;

/** One membership changes among nested groups. */
export const nestedGroups: Row = {
  id: "11",
  title: "one change in 1,000 nested groups, depth 10, 100,000 memberships flattened",
  beside: "the same change in a directory a tenth of the size",
  async run(bench) {
    const chains = bench.size(100, 20);
    let runs = 0;
    const change = (kind: Change, size: number) => async (): Promise<Cost> => {
      const folder = join(bench.directory, `${kind}-${size}-${runs++}`);
      const cost = await measure(script, [folder, String(size), kind]);
      rmSync(folder, { recursive: true });
      const { moves } = changes[kind];
      // Groups that leave come back: in the end as many are in as before.
      const due = kind === "group" ? 0 : moves;
      if (cost.said["brought"] !== due)
        throw new Error(`${changes[kind].what}: ${cost.said["brought"]} memberships instead of ${due}`);
      return cost;
    };
    const kinds = Object.keys(changes) as Change[];
    const works = await inTurn(
      bench,
      kinds.flatMap((kind) => [
        { name: `a tenth: ${changes[kind].what}`, run: change(kind, chains / 10) },
        { name: `whole: ${changes[kind].what}`, run: change(kind, chains) },
      ]),
    );
    const claims = kinds.map((kind, at) => {
      const [small, large] = works.slice(at * 2);
      return { what: changes[kind].what, measured: ratio(large, small), unit: "x", atMost: 1.5 } as const;
    });
    const memberships = works[1]?.said["memberships"] ?? Number.NaN;
    const each = kinds.map((kind, at) => {
      const ms = (works[at * 2 + 1]?.cpu ?? Number.NaN) * 1000;
      return `${changes[kind].what} (${changes[kind].moves}) ${ms.toFixed(1)} ms`;
    });
    return { works, claims, notes: [`${memberships} memberships; CPU of one change: ${each.join(", ")}`] };
  },
};

function ratio(large?: Measured, small?: Measured): number {
  return (large?.cpu ?? Number.NaN) / (small?.cpu ?? Number.NaN);
}
