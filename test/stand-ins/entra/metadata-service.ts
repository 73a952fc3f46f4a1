import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { EntraTenant } from "./tenant.ts";

export interface MetadataService {
  /** `http://127.0.0.1:PORT`; the Azure clients find it by AZURE_POD_IDENTITY_AUTHORITY_HOST. */
  readonly url: string;
  readonly requests: string[];
  stop(): Promise<void>;
}

/** The instance metadata service of an Azure machine with a managed identity, which is the tenant's application: plain HTTP, no secret. */
export async function startMetadataService(tenant: EntraTenant): Promise<MetadataService> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://metadata.invalid");
    requests.push(url.pathname);
    const say = (status: number, body: object): void => {
      response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
      response.end(JSON.stringify(body));
    };
    if (url.pathname !== "/metadata/identity/oauth2/token") return say(404, { error: "not_found" });
    // The client's first question comes without the header, only to see whether anybody is there.
    if (request.headers["metadata"] !== "true")
      return say(400, {
        error: "invalid_request",
        error_description: "Required metadata header not specified",
      });
    const resource = url.searchParams.get("resource");
    if (resource === null || !url.searchParams.has("api-version"))
      return say(400, { error: "invalid_request", error_description: "resource or api-version missing" });
    const token = JSON.parse(tenant.issueToken(resource.replace(/\/$/, ""))) as {
      readonly access_token: string;
      readonly expires_in: number;
    };
    say(200, {
      access_token: token.access_token,
      client_id: tenant.clientId,
      expires_in: String(token.expires_in),
      expires_on: String(Math.floor(Date.now() / 1000) + token.expires_in),
      resource,
      token_type: "Bearer",
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
