import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { Desk } from "./desk.ts";

test.each([
  ["an unknown command", "snyc", "unknown command 'snyc'", "Did you mean sync?"],
  ["an unknown option", "sync --ful", "unknown option '--ful'", "Did you mean --full?"],
  ["an option of another command", "status --full", "unknown option '--full'", ""],
  ["too many arguments", "plan a b", "too many arguments", ""],
  ["a missing argument", "explain", "missing required argument 'person-or-group'", ""],
  ["a number that is none", "plan --limit many", '--limit expects a whole number, got "many"', ""],
  ["a duration that is none", "log --since yesterday", "--since expects a duration", ""],
  ["a connection that does not exist", "plan stuff", 'there is no connection "stuff"', "there are: staff"],
])("%s is said in a sentence, and the exit code is 2", async (_, line, message, hint) => {
  using desk = new Desk();
  const { code, err } = await desk.run(line);
  expect(code).toBe(2);
  expect(err).toContain(`rollcall: ${message}`);
  expect(err).toContain(hint);
});

test("what was typed is shown, not obeyed", async () => {
  using desk = new Desk();
  for (const argv of [["\u001b[2J"], ["plan", "--\u202ex"], ["explain", "\u001b]0;x\u0007"]]) {
    const { code, err } = await desk.run(argv);
    expect(code).toBe(2);
    expect(err.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
});

test("the version and the help go to standard output", async () => {
  using desk = new Desk();
  expect(await desk.run("--version")).toEqual({ code: 0, out: `${packageJson.version}\n`, err: "" });
  const help = await desk.run("held approve --help");
  expect(help).toMatchObject({ code: 0, err: "" });
  expect(help.out).toContain("--reason <text>");
  expect(help.out).toContain("--config <file>");
});

test("a configuration that does not exist is named", async () => {
  using desk = new Desk();
  desk[Symbol.dispose]();
  const { code, err } = await desk.run("status");
  expect(code).toBe(2);
  expect(err).toMatch(/rollcall\.yaml does not exist/);
});
