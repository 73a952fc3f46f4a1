import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createAuthority, issueCertificate } from "../../lab/certificates.ts";
import { run, startServer, stopServer } from "../../lab/children.ts";
import type { Bench } from "../row.ts";
import { DOMAIN_SID, domainLdif, ROOT, SERVICE } from "./people-ldif.ts";
import { schema } from "./schema.ts";

const front = fileURLToPath(new URL("./front.ts", import.meta.url));
const password = "correct horse";

/** An OpenLDAP server with people as Active Directory has them, and what a client has to know of it. */
export interface Slapd {
  readonly url: string;
  /** PEM file. */
  readonly ca: string;
  readonly root: string;
  readonly bindDn: string;
  readonly password: string;
  /** Bytes that went to clients since this was asked last. */
  bytes(): Promise<number>;
}

/** Why there is no such server here, and what would help; undefined when there is. */
export function whyNoSlapd(): string | undefined {
  const programs = ["/usr/sbin/slapd", "/usr/sbin/slapadd", "/usr/bin/ldapsearch"];
  if (programs.every((path) => existsSync(path))) return undefined;
  return "OpenLDAP is not installed: sudo apt-get install --no-install-recommends slapd ldap-utils";
}

/** Fills and starts the server; it ends with the benchmark. */
export async function startSlapd(bench: Bench, people: number): Promise<Slapd> {
  const folder = join(bench.directory, "slapd");
  await mkdir(join(folder, "data"), { recursive: true });
  const socket = join(folder, "ldapi");
  const bindDn = `CN=rollcall,${ROOT}`;
  await writeFile(join(folder, "ad.schema"), schema);
  await writeFile(join(folder, "root.ldif"), rootDse());
  await writeFile(join(folder, "slapd.conf"), configuration(folder, bindDn));
  await pipeline(domainLdif(people), createWriteStream(join(folder, "people.ldif")));
  const settings = join(folder, "slapd.conf");
  await run("/usr/sbin/slapadd", ["-q", "-f", settings, "-l", join(folder, "people.ldif")]);
  const server = startServer(
    "/usr/sbin/slapd",
    ["-f", settings, "-h", `ldapi://${encodeURIComponent(socket)}`, "-d", "0"],
    { log: join(folder, "slapd.log") },
  );
  bench.atEnd(() => stopServer(server));
  await answers(server, socket);
  const authority = await createAuthority(folder);
  const { key, certificate } = await issueCertificate(authority, "front", ["127.0.0.1"]);
  const before = fork(front, [socket, key, certificate]);
  bench.atEnd(() => before.kill());
  const { port } = await told(before);
  return {
    url: `ldaps://127.0.0.1:${port}`,
    ca: authority.certificate,
    root: ROOT,
    bindDn,
    password,
    async bytes() {
      before.send("bytes");
      return (await told(before))["bytes"] ?? Number.NaN;
    },
  };
}

async function told(child: ChildProcess): Promise<Readonly<Record<string, number>>> {
  const [message] = (await once(child, "message")) as [Record<string, number>];
  return message;
}

async function answers(server: ChildProcess, path: string): Promise<void> {
  while (server.exitCode === null) {
    const socket = connect(path);
    const isThere = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    await pause(20);
  }
  throw new Error("slapd did not start");
}

function configuration(folder: string, bindDn: string): string {
  return `
modulepath /usr/lib/ldap
moduleload back_mdb
include ${join(folder, "ad.schema")}
rootDSE ${join(folder, "root.ldif")}
pidfile ${join(folder, "pid")}
sizelimit unlimited
database mdb
suffix "${ROOT}"
rootdn "${bindDn}"
rootpw "${password}"
directory ${join(folder, "data")}
maxsize 1073741824
index objectClass eq
`;
}

/** What a domain controller says to everybody, with the domain's SID in its name. */
function rootDse(): string {
  return `dn:
defaultNamingContext: <GUID=7a7e1e9f-93a4-4c2c-8a35-0f7b1c9e2d55>;<SID=${DOMAIN_SID}>;${ROOT}
dsServiceName: ${SERVICE}
dnsHostName: dc1.lab.example
highestCommittedUSN: 100000
isSynchronized: TRUE
`;
}
