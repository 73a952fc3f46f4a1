import fc from "fast-check";
import { expect, test } from "vitest";
import { ItemError, TransientError } from "../../src/errors.ts";
import { createLog, type Level } from "../../src/observe/log.ts";
import { Secret } from "../../src/secret.ts";

function logTo(level: Level, isTerminal = false) {
  let written = "";
  const log = createLog(level, {
    isTerminal,
    write: (text) => {
      written += text;
    },
  });
  return { log, written: () => written, record: () => JSON.parse(written) as Record<string, unknown> };
}

test("what is below the level is not said", () => {
  const { log, written } = logTo("warn");
  log.info({}, "cycle ended");
  log.debug({}, "detail");
  expect(written()).toBe("");
  log.warn({ connection: "staff" }, "reading everything");
  expect(JSON.parse(written())).toMatchObject({
    level: "warn",
    connection: "staff",
    msg: "reading everything",
  });
});

test("a record is one line for any value, and comes back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const { log, written, record } = logTo("info");
      log.info({ text }, "said");
      expect(written().match(/\n/g)).toHaveLength(1);
      expect(written().trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(record()["text"]).toBe(JSON.parse(JSON.stringify(text)));
    }),
  );
});

test("of a library's error only harmless fields are logged", () => {
  const canary = "hunter2-canary";
  const foreign = Object.assign(new Error(`401 for token ${canary}`, { cause: new Error(canary) }), {
    code: "ERR_BAD_RESPONSE",
    config: { headers: { Authorization: `Bearer ${canary}` } },
    body: canary,
    status: canary,
  });
  const { log, written, record } = logTo("info");
  log.error(
    {
      error: new TransientError("the target did not answer", {
        outcome: "unknown",
        cause: foreign,
        detail: canary,
      }),
      nested: { again: foreign },
      secret: new Secret(canary),
    },
    "failed",
  );
  expect(written()).not.toContain(canary);
  expect(record()["error"]).toMatchObject({
    type: "TransientError",
    message: "the target did not answer",
    outcome: "unknown",
    cause: { type: "Error", code: "ERR_BAD_RESPONSE" },
  });
});

test("an error of ours is logged with its sentence and code", () => {
  const { log, record } = logTo("info");
  log.warn({ error: new ItemError("uniqueness", "the name is taken", { status: 409 }) }, "refused");
  expect(record()["error"]).toEqual({
    type: "ItemError",
    message: "the name is taken",
    code: "uniqueness",
    status: 409,
  });
});

test("on a terminal a record is a short line that nothing in it can break", () => {
  const { log, written } = logTo("debug", true);
  log.debug({ server: "dc1\u001b[2J\nfake" }, "bound");
  expect(written()).toMatch(/^\d\d:\d\d:\d\d debug bound server="dc1/);
  expect(written().trimEnd()).not.toMatch(/[\p{Cc}]/u);
});
