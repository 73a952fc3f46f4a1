import { expect, test } from "vitest";
import { ConnectionError, TransientError } from "../../../src/errors.ts";
import { networkFailure } from "../../../src/targets/http/network-failure.ts";

const failed = (code: string) => Object.assign(new Error("low-level words"), { code });

test("a secure connection that breaks in the middle of a write leaves the write in doubt", () => {
  const error = networkFailure(failed("EPROTO"), "app.example.com", "unknown");
  expect(error).toBeInstanceOf(TransientError);
  expect(error).toMatchObject({ outcome: "unknown" });
  expect(networkFailure(failed("EPROTO"), "app.example.com", "none")).toBeInstanceOf(ConnectionError);
});

test.each(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT"])(
  "%s comes before anything is sent, also when several addresses were tried",
  (code) => {
    for (const error of [failed(code), new AggregateError([failed(code)])])
      expect(networkFailure(error, "app.example.com", "unknown")).toMatchObject({
        outcome: "none",
        message: expect.stringMatching(/^app.example.com /),
      });
  },
);

test("a name of this machine that means another one is refused", () => {
  const error = networkFailure(failed("ERR_NOT_LOOPBACK"), "localhost", "none");
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error.message).toMatch(/http is for this machine alone/);
});

test("what went wrong below is kept as the cause and stays out of the sentence", () => {
  const cause = failed("ECONNRESET");
  const error = networkFailure(cause, "app.example.com", "unknown");
  expect(error.cause).toBe(cause);
  expect(error.message).toBe("app.example.com broke the connection (ECONNRESET)");
});
