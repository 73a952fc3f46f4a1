import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, issueCertificate, type ServerCertificate } from "../../lab/certificates.ts";

export interface Asked {
  readonly method: string;
  /** Path and query, as they came. */
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as JSON unless it is text. */
  readonly body?: unknown;
  /** "never": no answer; "cut": half a body and the connection ends. */
  readonly how?: "never" | "cut";
}

/** Answers over TLS with what the script says, and remembers what was asked. It knows nothing of Okta. */
export class ScriptedServer {
  readonly asked: Asked[] = [];
  readonly ca: string;
  readonly #folder: string;
  readonly #server: Server;
  #script: (asked: Asked) => Scripted = () => ({ status: 404 });

  private constructor(folder: string, ca: string, certificate: ServerCertificate) {
    this.#folder = folder;
    this.ca = ca;
    this.#server = createServer({
      key: readFileSync(certificate.key),
      cert: readFileSync(certificate.certificate),
    });
    this.#server.on("request", (request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += String(chunk);
      });
      request.on("end", () => {
        const url = request.url ?? "";
        const { pathname, searchParams } = new URL(url, this.origin);
        const { method = "", headers } = request;
        const asked = { method, url, path: pathname, query: searchParams, headers, body };
        this.asked.push(asked);
        const answer = this.#script(asked);
        if (answer.how === "never") return;
        const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? null);
        response.writeHead(answer.status ?? 200, {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(text),
          ...(answer.headers as Record<string, string>),
        });
        if (answer.how !== "cut") return void response.end(text);
        response.write(text.slice(0, text.length / 2), () => response.destroy());
      });
    });
  }

  static async start(names: readonly string[] = ["127.0.0.1"]): Promise<ScriptedServer> {
    const folder = await mkdtemp(join(tmpdir(), "rollcall-okta-"));
    const authority = await createAuthority(folder);
    const certificate = await issueCertificate(authority, "server", names);
    const server = new ScriptedServer(folder, authority.certificate, certificate);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get origin(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What is answered from now on; forgets what was asked. */
  script(answer: (asked: Asked) => Scripted): void {
    this.asked.length = 0;
    this.#script = answer;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true, force: true });
  }
}
