import type { Bench } from "../row.ts";
import type { Shape } from "./crowd.ts";

/** A million people: what all rows about so many share, so that it is made once. Group 0 is the big one. */
export function million(bench: Bench): Shape {
  return {
    people: bench.size(1_000_000, 5_000),
    groups: bench.size(1_000, 10),
    members: 100,
    bigGroups: 1,
    bigMembers: bench.size(200_000, 2_000),
  };
}

/** Three million memberships: a hundred groups of 10,100, the others of 100. */
export function manyMembers(bench: Bench): Shape {
  return {
    people: bench.size(100_000, 3_000),
    groups: bench.size(20_000, 200),
    members: 100,
    bigGroups: bench.size(100, 5),
    bigMembers: bench.size(10_100, 2_000),
  };
}
