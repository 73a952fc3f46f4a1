import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";
import { ConfigurationError } from "../../errors.ts";
import type { ScimApi } from "../../scim/api.ts";
import type { Secret } from "../../secret.ts";
import { SecretInUse } from "../../secret-in-use.ts";
import type { TargetContext } from "../target.ts";
import { normalised } from "./base-url.ts";
import { capabilitiesOf, deactivationFindings } from "./capabilities.ts";
import { Client } from "./client.ts";
import { Exchange } from "./exchange.ts";
import { groupApi } from "./groups.ts";
import { ownAccount } from "./own-account.ts";
import { probe } from "./probe.ts";
import { RateLimit } from "./rate-limit.ts";
import { resourceApi } from "./resources.ts";
import { publishedSchema } from "./schemas.ts";
import { profileOf, type Settings } from "./settings.ts";

/** A service with its client: what is loaded once a connection writes to one. */
export function openService(
  given: Settings,
  { name, clock, log, times, meter, refusals }: TargetContext,
): ScimApi {
  const profile = profileOf(given);
  const place = `targets.${name}`;
  const token = new SecretInUse(given.token, { place: `${place}.token`, clock, refusals, check: isWord });
  // A token that cannot be read is said before anything is asked.
  void token.value;
  const exchange = new Exchange({
    baseUrl: new URL(normalised(given.baseUrl)),
    token,
    headers: profile.headers,
    ca: given.ca && [...getCACertificates("default"), readAuthority(given.ca.file, name)],
    timeoutMs: given.timeout,
    connections: given.concurrency,
  });
  const client = new Client({
    service: name,
    exchange,
    rate: new RateLimit(limitsOf(profile), clock, times),
    concurrency: given.concurrency,
    maxBodyBytes: profile.maxBodyBytes,
    clock,
    log,
    meter,
  });
  const context = { client, profile, log, clock };
  return {
    capabilities: capabilitiesOf(profile, given),
    users: resourceApi("user", context),
    groups: groupApi(context),
    me: (signal) => ownAccount(client, signal),
    schema: (signal) => publishedSchema(client, signal),
    expiries: () => {
      const { host, certificateEnd: endsAt } = exchange;
      if (endsAt === undefined || Number.isNaN(endsAt)) return [];
      return [{ place, what: "server certificate", name: host, endsAt }];
    },
    probe: async (signal) => [
      ...(await probe({ client, profile, exchange, clock }, signal)),
      ...deactivationFindings(profile, given),
    ],
    close: () => exchange.close(),
  };
}

function isWord(token: Secret): void {
  if (/^[\x21-\x7e]+$/.test(token.reveal())) return;
  throw new ConfigurationError("a token is one word of printable ASCII characters", {
    hint: "check for a line break or a copied space",
  });
}

function limitsOf({ rate }: ReturnType<typeof profileOf>): ConstructorParameters<typeof RateLimit>[0] {
  const { userWrites, groupWrites, reads, userWritesPerHour } = rate;
  // A tenth at once and nine tenths over the hour stay below the limit whenever the hour is taken to begin.
  const hourly =
    userWritesPerHour === undefined
      ? []
      : [
          {
            perMinute: (userWritesPerHour * 0.9) / 60,
            burst: Math.max(1, Math.floor(userWritesPerHour / 10)),
          },
        ];
  const given = (limit: typeof reads) => (limit === undefined ? [] : [limit]);
  return {
    userWrites: [...given(userWrites), ...hourly],
    groupWrites: given(groupWrites),
    reads: given(reads),
  };
}

function readAuthority(file: string, name: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigurationError(`targets.${name}.ca: ${file} cannot be read`, {
      cause: error,
      hint: "correct the path, or its mode",
    });
  }
}
