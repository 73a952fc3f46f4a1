import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, expect, test } from "vitest";
import { ConnectionError, CredentialsRefused, TransientError } from "../../src/errors.ts";
import { LetterRefused } from "../../src/observe/delivery.ts";
import { type MailOptions, mail } from "../../src/observe/mail.ts";
import { Secret } from "../../src/secret.ts";
import { sharedTls } from "../stand-ins/entra/authority.ts";

const servers: SMTPServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise<void>((resolve) => void server.close(resolve));
});

interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly user: string | undefined;
  readonly secure: boolean;
}

/** A mail server with a certificate of its own authority; `starttls` unless said otherwise. */
async function mailServer(more: SMTPServerOptions = {}) {
  const { certificate: cert, key, ca } = await sharedTls();
  const taken: Taken[] = [];
  const server = new SMTPServer({
    cert,
    key,
    authOptional: true,
    onAuth: ({ username, password }, _session, done) => {
      if (username === "rollcall" && password === "right") done(null, { user: "rollcall" });
      else done(Object.assign(new Error(`no: ${password}`), { responseCode: 535 }));
    },
    onData(stream, session, done) {
      let text = "";
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8");
      });
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? "" : mailFrom.address;
        const to = rcptTo.map(({ address }) => address);
        taken.push({ from, to, text, user: session.user, secure: session.secure });
        done();
      });
    },
    ...more,
  });
  server.on("error", () => {});
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  const options: MailOptions = {
    server: "localhost",
    port,
    tls: more.secure === true ? "implicit" : "starttls",
    user: undefined,
    passwords: undefined,
    from: "rollcall@corp.example",
    to: ["it@corp.example", "boss@corp.example"],
    authorities: [ca],
  };
  return { taken, options };
}

const letter = {
  id: "4f1c",
  title: "staff: in quarantine",
  text: "The login was refused.\n\n.a line that begins with a dot",
  body: '{"event":"quarantined"}',
};
const deliver = (options: MailOptions) => mail(options).deliver(letter, AbortSignal.timeout(10_000));

async function refusal(options: MailOptions): Promise<Error> {
  const error = await deliver(options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("expected a refusal");
  return error;
}

test.each([
  ["STARTTLS", false],
  ["implicit TLS", true],
])("a mail goes by %s, with login", async (_, secure) => {
  const { taken, options } = await mailServer({ secure });
  await deliver({ ...options, user: "rollcall", passwords: () => [new Secret("right")] });
  expect(taken).toMatchObject([
    { from: "rollcall@corp.example", to: options.to, user: "rollcall", secure: true },
  ]);
  const [{ text } = { text: "" }] = taken;
  expect(text).toContain("Subject: [rollcall] staff: in quarantine");
  expect(text).toContain("Message-ID: <4f1c@corp.example>");
  expect(text).toContain("Auto-Submitted: auto-generated");
  expect(text).toContain("The login was refused.");
});

test("a server without STARTTLS gets nothing, not even the login", async () => {
  const { taken, options } = await mailServer({ hideSTARTTLS: true, disabledCommands: ["STARTTLS"] });
  const error = await refusal({ ...options, user: "rollcall", passwords: () => [new Secret("right")] });
  expect(error).toBeInstanceOf(ConnectionError);
  expect(taken).toEqual([]);
});

test("a certificate that nobody trusts ends it", async () => {
  const { taken, options } = await mailServer();
  const error = await refusal({ ...options, authorities: undefined });
  expect(error.message).toMatch(
    /^localhost (has a certificate that is not trusted here|broke the connection)$/,
  );
  expect(taken).toEqual([]);
});

test("a refused login is said with its code, and neither password nor answer is in it", async () => {
  const { options } = await mailServer();
  const error = await refusal({ ...options, user: "rollcall", passwords: () => [new Secret("hunter2")] });
  expect(error).toBeInstanceOf(CredentialsRefused);
  expect(error.message).toBe("localhost refuses the login (535)");
  expect(JSON.stringify(error)).not.toContain("hunter2");
});

test("while a login is refused the next password of a list is tried, in order, and each once", async () => {
  const tried: unknown[] = [];
  const { taken, options } = await mailServer({
    onAuth: ({ password }, _session, done) => {
      tried.push(password);
      if (password === "right") done(null, { user: "rollcall" });
      else done(Object.assign(new Error("no"), { responseCode: 535 }));
    },
  });
  const secrets = (...texts: string[]) => texts.map((text) => new Secret(text));
  await deliver({ ...options, user: "rollcall", passwords: () => secrets("new", "right", "older") });
  expect(tried).toEqual(["new", "right"]);
  expect(taken).toHaveLength(1);
  const error = await refusal({ ...options, user: "rollcall", passwords: () => secrets("new", "old") });
  expect(error).toBeInstanceOf(CredentialsRefused);
  expect(tried.slice(2)).toEqual(["new", "old"]);
});

test("greylisting is for later, a refused receiver is for a person", async () => {
  const refuse = (responseCode: number): SMTPServerOptions => ({
    onRcptTo: (_address, _session, done) => done(Object.assign(new Error("no"), { responseCode })),
  });
  const grey = await refusal((await mailServer(refuse(451))).options);
  expect(grey).toBeInstanceOf(TransientError);
  expect(grey.message).toBe("localhost asks us to come later (451)");
  const never = await refusal((await mailServer(refuse(550))).options);
  expect(never).toBeInstanceOf(LetterRefused);
  expect(never.message).toBe("localhost refuses the message (550)");
});

test("a server that wants a login first refuses every mail, and not this one", async () => {
  const { options } = await mailServer({
    onMailFrom: (_address, _session, done) => done(Object.assign(new Error("no"), { responseCode: 530 })),
  });
  const error = await refusal(options);
  expect(error.message).toBe("localhost refuses the message (530)");
  expect(error).not.toBeInstanceOf(LetterRefused);
});

test("nobody there is said so", async () => {
  const { options } = await mailServer();
  await new Promise<void>((resolve) => void servers.splice(0)[0]?.close(resolve));
  expect((await refusal(options)).message).toBe("localhost refuses connections");
});
