import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Desk } from "../commands/desk.ts";
import { Serving } from "./serving.ts";

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
  desk.directory.person("ann").person("ben").person("cem").group("team", ["ann", "ben"]);
});
afterEach(() => {
  desk[Symbol.dispose]();
});

const socket = () => join(desk.folder, "state", "control.sock");

test("a command is run by the daemon, and says the same as without it", async () => {
  await using serving = await Serving.of(desk);
  const turns: string[] = [];
  serving.worker.watch((event) => {
    if (event.type === "began") turns.push(event.doing.what);
  });
  const synced = await desk.run("sync");
  expect(synced).toMatchObject({ code: 0, err: "" });
  expect(synced.out).toContain("3 people created");
  expect(turns).toEqual([`sync by ${userInfo().username}`]);
  await serving.close();
  expect((await desk.run("sync")).out).toContain("Nothing changed");
  expect(turns).toHaveLength(1);
});

test("files that a command names are read and written by whoever types it", async () => {
  await using _serving = await Serving.of(desk);
  const plan = join(desk.folder, "plan.json");
  expect((await desk.run(["plan", "--out", plan])).code).toBe(0);
  expect(statSync(plan).mode & 0o777).toBe(0o600);
  const again = await desk.run(["plan", "--out", plan]);
  expect(again).toMatchObject({ code: 2 });
  expect(again.err).toContain("exists already");
  expect((await desk.run(["sync", "--plan", plan])).out).toContain("3 people created");
  const csv = join(desk.folder, "links.csv");
  expect((await desk.run(["links", "export", csv])).code).toBe(0);
  expect(readFileSync(csv, "utf8").split("\r\n")).toHaveLength(6);
  expect(readdirSync(desk.folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  const missing = await desk.run([
    "links",
    "import",
    join(desk.folder, "nothing.csv"),
    "--yes",
    "--reason",
    "x",
  ]);
  expect(missing).toMatchObject({ code: 2 });
  expect(missing.err).toContain("(ENOENT)");
});

test("a question is asked where the command was typed, and the answer stands in the audit trail with the name", async () => {
  await using _serving = await Serving.of(desk);
  await desk.run("sync");
  const questions: string[] = [];
  const ask = async (question: string) => {
    questions.push(question);
    return "maintenance";
  };
  expect((await desk.run("pause", { ask })).code).toBe(0);
  expect(questions).toEqual(["Why is nothing more to be written (staff)? "]);
  const { out } = await desk.run("status --json");
  expect(JSON.parse(out)).toMatchObject({
    connections: [{ pause: { actor: userInfo().username, reason: "maintenance" } }],
  });
});

test("a question that is broken off ends the command as it does without a daemon", async () => {
  await using _serving = await Serving.of(desk);
  const ask = () => Promise.reject(Object.assign(new Error("no"), { name: "AbortError" }));
  expect(await desk.run("pause", { ask })).toMatchObject({ code: 130, err: "rollcall: stopped\n" });
});

test("whoever came by sudo is named as a claim", async () => {
  await using _serving = await Serving.of(desk);
  await desk.run("pause --reason x", { environment: { SUDO_USER: "ann" } });
  const { out } = await desk.run("status --json");
  const [staff] = JSON.parse(out).connections;
  expect(staff.pause.actor).toBe(`${userInfo().username} (claimed: ann)`);
});

test("another configuration is not the daemon's: the command works itself", async () => {
  await using serving = await Serving.of(desk);
  const other = join(desk.folder, "other.yaml");
  writeFileSync(other, readFileSync(desk.file));
  const { file } = desk;
  let began = 0;
  serving.worker.watch(() => {
    began += 1;
  });
  desk.place = other;
  expect((await desk.run("sync")).code).toBe(0);
  expect(began).toBe(0);
  desk.place = file;
  expect((await desk.run("sync")).code).toBe(0);
  expect(began).toBeGreaterThan(0);
});

test("a socket that a killed daemon left is taken away, one that is listened on is not", async () => {
  await using serving = await Serving.of(desk);
  await expect(Serving.of(desk)).rejects.toThrow(`another daemon listens on ${socket()}`);
  await serving.close();
  expect(existsSync(socket())).toBe(false);
  // What is there and is no socket is somebody's.
  writeFileSync(socket(), "mine");
  await expect(Serving.of(desk)).rejects.toThrow("is no socket");
});

test("a path that no socket can have is refused in a sentence", async () => {
  const long = `/tmp/${"x".repeat(120)}/control.sock`;
  writeFileSync(desk.file, `control: ${long}\n${readFileSync(desk.file, "utf8")}`);
  await expect(Serving.of(desk)).rejects.toThrow("the path of the control socket is too long");
});
