import type { Config, ConnectionConfig } from "../config/config.ts";
import { type Connection, connectionNamed } from "../connection.ts";
import { ConfigurationError, CredentialsRefused, isRollcallError } from "../errors.ts";
import { expiriesIn, expiryText, noticeDue } from "../expiry.ts";
import { silent } from "../log.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { Finding } from "../scim/api.ts";
import { parsePath } from "../scim/path.ts";
import { noteExpiries } from "../sync/note-expiries.ts";
import { complain } from "./complain.ts";
import { type Invocation, isSet } from "./invocation.ts";
import { connectionsOf, openConfig, withConnection } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { wrap } from "./output/table.ts";
import { type Sample, sampleLines, samplePerson } from "./sample.ts";
import { createScreen, type Screen } from "./screen.ts";
import { testNotify } from "./test-notify.ts";

/** `rollcall test`: logs in to source and target, says what is missing and how to get it, and maps one person. Writes nothing to the target. */
export async function run(invocation: Invocation): Promise<number> {
  const config = await openConfig(invocation);
  if (isSet(invocation.flags, "notify")) return testNotify(invocation, config);
  const [name] = invocation.arguments;
  const connections = name === undefined ? connectionsOf(config, []) : [connectionNamed(config, name)];
  const codes: number[] = [];
  for (const connection of connections) codes.push(await testOne(invocation, config, connection));
  return [2, 1, 5, 75].find((code) => codes.includes(code)) ?? 0;
}

async function testOne(invocation: Invocation, config: Config, named: ConnectionConfig): Promise<number> {
  const screen = createScreen(invocation);
  try {
    return await withConnection(invocation, config, named, async (connection) => {
      const { signal } = invocation.io;
      const now = invocation.io.clock.now();
      const ends = (kind: "source" | "target") =>
        expiryFindings(named[kind].settings, `${kind}s.${named[kind].name}`, now);
      const source = withEnds(
        await withLimits(await check(() => connection.source.probe(signal)), connection, signal),
        ends("source"),
      );
      const target = withEnds(
        await check(async () =>
          (await connection.target.probe(signal)).map((each) => asNeeded(each, connection.mapping)),
        ),
        ends("target"),
      );
      if (source.code === 0)
        await noteExpiries(
          { ...connection, clock: invocation.io.clock, log: silent, signal },
          { askNow: true },
        );
      const sample =
        source.code === 0 ? await check(async () => samplePerson(connection, invocation.io)) : undefined;
      const code =
        [2, 1, 5].find((each) => [source, target, sample].some((part) => part?.code === each)) ?? 0;
      screen.document("Test", {
        connection: named.name,
        ok: code === 0,
        source: source.findings,
        target: target.findings,
        sample: sample?.found ?? null,
      });
      show(screen, connection, source, target, sample);
      return code;
    });
  } catch (error) {
    return complain(error, invocation.io, { json: screen.json, verbose: screen.verbose });
  }
}

interface Checked<Found = unknown> {
  readonly findings: readonly Finding[];
  readonly found?: Found;
  readonly code: number;
}

/** What a check found; one that could not even be made is a finding too. */
async function check<Found extends readonly Finding[] | Sample | undefined>(
  look: () => Promise<Found>,
): Promise<Checked<Found>> {
  try {
    const found = await look();
    const findings: readonly Finding[] = Array.isArray(found) ? found : [];
    const code = findings.some((finding) => finding.refused === true) ? 5 : 1;
    return { findings, found, code: findings.some((finding) => finding.ok === false) ? code : 0 };
  } catch (error) {
    if (!isRollcallError(error)) throw error;
    const { hint } = error as Error & { readonly hint?: string };
    const finding: Finding = {
      ok: false,
      check: "",
      message: error.message,
      ...(hint === undefined ? {} : { hint }),
    };
    const code = error instanceof ConfigurationError ? 2 : error instanceof CredentialsRefused ? 5 : 1;
    return { findings: [finding], code };
  }
}

/** Adds whether those whom the connection is limited to can be found out, as a sync would: it may take a right of its own. */
async function withLimits(source: Checked, connection: Connection, signal: AbortSignal): Promise<Checked> {
  const { assigned } = connection.config.scope;
  const isReached = source.findings.some(({ ok }) => ok === true);
  if (assigned === undefined || !isReached || source.code === 5) return source;
  const { findings, code } = await check(async (): Promise<readonly Finding[]> => {
    const ids = await connection.source.assigned(assigned, signal);
    if ("groups" in assigned) return [{ ok: true, check: "", message: `${ids.length} groups found` }];
    const message = `${ids.length} people or groups are assigned to the application ${assigned.app}`;
    return [
      { ok: ids.length > 0, check: "", message, hint: "assign somebody: nothing is synchronised for nobody" },
    ];
  });
  const named = findings.map((finding) => ({ ...finding, check: "assigned people" }));
  return {
    findings: [...source.findings, ...named],
    code: [2, 1, 5].find((each) => each === source.code || each === code) ?? 0,
  };
}

/** What the settings say by themselves of days that come; the servers' own certificates are among what the probes found. */
function expiryFindings(settings: unknown, place: string, now: number): readonly Finding[] {
  return expiriesIn(settings, place, now).map((each) => {
    const message = expiryText(each, now);
    const check = each.what === "secret" ? "end of the secret" : `end of the ${each.what}`;
    if (noticeDue(each, now) === undefined) return { ok: true, check, message };
    const hint = "make a new one and put it in place; from its end on nothing is synchronised";
    return { ok: "warning", check, message, hint };
  });
}

function withEnds(checked: Checked, ends: readonly Finding[]): Checked {
  return { ...checked, findings: [...checked.findings, ...ends] };
}

/** A look-up that does not work is in nobody's way while the mapping does not match by it. */
function asNeeded(finding: Finding, { match }: Mapping): Finding {
  const { ok, lookUp } = finding;
  if (ok !== false || lookUp === undefined) return finding;
  const path = (text: string) => parsePath(text).path?.text ?? text;
  const isNeeded = match[lookUp.kind].some((each) => path(each) === path(lookUp.attribute));
  if (isNeeded) return finding;
  const { hint: _, ...rest } = finding;
  return { ...rest, ok: "warning", hint: `the mapping does not match ${lookUp.kind}s by it: nothing to do` };
}

function show(
  screen: Screen,
  { config, mapping }: Connection,
  source: Checked,
  target: Checked,
  sample: Checked<Sample | undefined> | undefined,
): void {
  const { paint } = screen;
  screen.line(`${paint.strong(config.name)}  source ${escaped(config.source.name)} (${config.source.type})`);
  screen.lines(source.findings.flatMap((finding) => findingLines(finding, screen)));
  screen.lines([
    "",
    `${paint.strong(config.name)}  target ${escaped(config.target.name)} (${config.target.type})`,
  ]);
  screen.lines(target.findings.flatMap((finding) => findingLines(finding, screen)));
  if (sample === undefined)
    screen.lines(["", paint.faint("No sample person: the source cannot be read yet.")]);
  else if (sample.findings.length > 0)
    screen.lines(["", ...sample.findings.flatMap((finding) => findingLines(finding, screen))]);
  else screen.lines(["", ...sampleLines(sample.found, mapping, screen)]);
  screen.line();
}

/** ✓ / ! / ✗, what was checked and found; the hint below, line by line as it was written, because it may hold commands to type. */
function findingLines({ ok, check: what, message, hint }: Finding, { paint, width }: Screen): string[] {
  const mark = ok === "warning" ? paint.change("!") : ok ? paint.add("✓") : paint.remove("✗");
  const text = what === "" ? message : `${what}: ${message}`;
  const lines = text.split("\n").flatMap((line) => wrap(escaped(line), width - 4));
  const hints = hint === undefined || ok === true ? [] : hint.split("\n");
  return [
    ...lines.map((line, at) => `  ${at === 0 ? mark : " "} ${line}`),
    ...hints.map((line) => `      ${paint.note(escaped(line))}`),
  ];
}
