import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Station } from "./station.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const staff = "connections:\n  staff: { source: people }\n";

function cyclesOf(station: Station, connection: string): number {
  return station.events.filter((event) => event.type === "began" && event.connection === connection).length;
}

async function running(configuration = staff): Promise<Station> {
  const station = new Station();
  station.configure(configuration);
  await station.start();
  await station.pass(minute);
  return station;
}

test("a changed file is taken within half a minute: connections come, change and go, and the clocks of the others are not touched", async () => {
  await using station = await running(
    "connections:\n  staff: { source: people }\n  crew: { source: people }\n  guild: { source: people }\n",
  );
  await station.pass(9 * minute);
  const before = station.worker.status().connections.find(({ connection }) => connection === "staff");
  station.configure(
    "connections:\n  staff: { source: people }\n  crew: { source: people, every: 10m }\n  bureau: { source: people }\n",
  );
  await station.pass(32 * second);
  const status = station.worker.status();
  expect(status.refused).toBeUndefined();
  expect(status.connections.map(({ connection }) => connection)).toEqual(["staff", "crew", "bureau"]);
  expect(status.connections.find(({ connection }) => connection === "staff")).toEqual(before);
  const cycles = { crew: cyclesOf(station, "crew"), guild: cyclesOf(station, "guild") };
  await station.pass(hour);
  expect(cyclesOf(station, "guild")).toBe(cycles.guild);
  expect(cyclesOf(station, "crew") - cycles.crew).toBe(6);
  expect(cyclesOf(station, "bureau")).toBe(2);
  expect(station.log.map(({ msg }) => msg)).toContain("the changed configuration is in use");
});

test("one that is not sound is not taken, which is said once and shown until it is mended", async () => {
  await using station = await running();
  const before = station.worker.config;
  station.configure("connections:\n  staff: { source: people, evry: 10m }\n");
  await station.pass(5 * minute);
  expect(station.worker.config).toBe(before);
  expect(station.worker.status().refused?.message).toContain("evry");
  const said = () =>
    station.log.filter(({ msg }) => msg.startsWith("the changed configuration is not taken"));
  expect(said()).toHaveLength(1);
  expect(station.events.filter(({ type }) => type === "refused")).toHaveLength(1);
  await station.pass(40 * minute);
  expect(cyclesOf(station, "staff")).toBe(2);

  station.configure("connections:\n  staff: { source: nobody }\n");
  await station.pass(minute);
  expect(said()).toHaveLength(2);

  station.configure(staff);
  await station.pass(minute);
  expect(station.worker.status().refused).toBeUndefined();
  expect(station.log.at(-1)?.msg).toBe("the configuration is again the one that is in use");
});

test("a mapping file counts as well, also one that is missing at first", async () => {
  await using station = await running();
  const mapping = join(station.folder, "staff.yaml");
  station.configure("connections:\n  staff: { source: people, mapping: staff.yaml }\n");
  await station.pass(minute);
  expect(station.worker.status().refused?.message).toContain("staff.yaml");
  writeFileSync(mapping, "extends: default\nusers:\n  attributes:\n    title: user.title\n");
  await station.pass(minute);
  const taken = station.worker.config;
  expect(taken.connections[0]?.mapping?.text).toContain("user.title");
  writeFileSync(mapping, "extends: default\nusers:\n  attributes:\n    title: user.name\n");
  await station.pass(minute);
  expect(station.worker.config.digest).not.toBe(taken.digest);
});

test("a mapping whose own tests fail is not taken, and no value of an example is logged", async () => {
  await using station = await running();
  const rows = "extends: default\nusers:\n  attributes:\n    title: user.title\n";
  const example = "tests:\n  - given: { login: ann, title: Secretary }\n    expect: { title: Boss }\n";
  writeFileSync(join(station.folder, "staff.yaml"), `${rows}${example}`);
  station.configure("connections:\n  staff: { source: people, mapping: staff.yaml }\n");
  await station.pass(minute);
  expect(station.worker.status().refused?.message).toContain("mapping tests fail");
  expect(JSON.stringify(station.log)).not.toContain("Secretary");
});

test("a file that is gone is no configuration without connections", async () => {
  await using station = await running();
  rmSync(station.file);
  await station.pass(hour);
  expect(station.worker.status().refused?.message).toContain("rollcall.yaml");
  expect(cyclesOf(station, "staff")).toBe(2);
});

test("another state folder needs a restart, and nothing of such a file is taken", async () => {
  await using station = await running();
  const text = `state: ./other\n${staff.replace("people }", "people, every: 10m }")}`;
  writeFileSync(station.file, `${text}sources:\n  people: { type: ${station.type} }\n`);
  const reloaded = await station.worker.reload();
  expect(reloaded).toMatchObject({
    type: "refused",
    error: { message: expect.stringContaining("state changed, which only a restart puts into use") },
  });
  expect(station.worker.config.connections[0]?.everyMs).toBe(40 * minute);
});

test("a cycle under way goes on with the configuration that it began with, and the next one has the new one", async () => {
  await using station = new Station();
  station.configure(staff);
  station.readSlowly(10 * minute);
  await station.start();
  await station.pass(minute);
  station.configure("connections:\n  staff: { source: people, mode: dry-run }\n");
  expect(await station.worker.reload()).toMatchObject({ type: "taken" });
  await station.pass(hour);
  const reports = station.events.flatMap((event) => (event.type === "report" ? [event.report.mode] : []));
  expect(reports).toEqual(["sync", "dry-run"]);
});

test("what is written in several steps is read when it is finished", async () => {
  await using station = await running();
  await station.pass(28.5 * second);
  station.configure("connections:\n  staff: { source: people, ");
  await station.pass(1 * second);
  station.configure(staff.replace("people }", "people, every: 10m }"));
  await station.pass(5 * second);
  expect(station.events.filter(({ type }) => type === "refused")).toEqual([]);
  expect(station.worker.config.connections[0]?.everyMs).toBe(10 * minute);
});

test("a file that is being read when the daemon stops is not taken any more: no clock starts that nobody ends", async () => {
  await using station = await running();
  const { worker } = station;
  station.configure(`${staff}  crew: { source: people }\n`);
  const reloaded = worker.reload();
  const stopped = station.stop();
  expect(await reloaded).toMatchObject({ type: "refused", error: { name: "BusyError" } });
  expect(await stopped).toBe(true);
  await station.pass(minute);
  expect(worker.status().connections.map(({ connection }) => connection)).toEqual(["staff"]);
  expect(station.clock.sleepers).toBe(0);
  expect(await worker.reload()).toMatchObject({ type: "refused" });
});
