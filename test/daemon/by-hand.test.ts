import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { SecretInUse } from "../../src/secret-in-use.ts";
import { sources } from "../../src/sources/index.ts";
import type { SourceContext, SourceDefinition } from "../../src/sources/source.ts";
import { Desk } from "../commands/desk.ts";
import { directoryDefinition } from "../directory.ts";
import { Serving } from "./serving.ts";

const registry = sources as Record<string, () => Promise<SourceDefinition>>;
const type = "by-hand";
let desk: Desk;
/** What sources were opened with, and the passwords that they tried. */
let opened: SourceContext[];
let tried: string[];

beforeEach(() => {
  desk = new Desk();
  desk.directory.person("ann");
  opened = [];
  tried = [];
  const file = join(desk.folder, "password");
  writeFileSync(file, "wrong", { mode: 0o600 });
  const definition: SourceDefinition = {
    ...directoryDefinition,
    type,
    settings: z.looseObject({}),
    mapping: new URL("../commands/mapping.yaml", import.meta.url),
    open(_, context) {
      opened.push(context);
      const { clock, refusals } = context;
      return {
        ...desk.directory.source(),
        async identity() {
          const use = { place: "sources.people.bindPassword", clock, refusals, locksAccounts: true };
          const secret = new SecretInUse({ file }, use);
          const { value } = secret;
          tried.push(value.reveal());
          secret.refused(value);
          return secret.value.reveal();
        },
      };
    },
  };
  registry[type] = async () => definition;
  writeFileSync(
    desk.file,
    `state: ./state
sources:
  people: { type: ${type} }
connections:
  one: { source: people }
  two: { source: people }
`,
  );
});
afterEach(() => {
  delete registry[type];
  desk[Symbol.dispose]();
});

test("a sync by hand stands in the log of the daemon that did it, and is counted by its meter", async () => {
  const meter = { retried: () => {} };
  await using serving = await Serving.of(desk, { meter });
  await desk.run("sync one");
  expect(serving.said).toContain("cycle ended");
  expect(opened.map((context) => context.meter)).toEqual([meter]);
});

test("a wrong password is tried once by a command for several connections, in a daemon and without one", async () => {
  expect((await desk.run("sync")).code).toBe(5);
  expect(opened).toHaveLength(2);
  expect(tried).toEqual(["wrong"]);
  await using serving = await Serving.of(desk);
  await desk.run("sync");
  expect(serving.served).toBe(1);
  expect(tried).toEqual(["wrong", "wrong"]);
});
