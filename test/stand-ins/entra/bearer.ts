import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { Refusal } from "./answer.ts";

export interface Claims {
  readonly aud: string;
  readonly iss: string;
  readonly tid: string;
  readonly appid: string;
  readonly roles: readonly string[];
  /** Seconds since 1970. */
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly uti: string;
}

/** Access tokens: JWTs that a client may look into, and cannot make. */
export class Bearers {
  readonly #key = randomBytes(32);

  issue(claims: Omit<Claims, "uti">): string {
    const head = encode({ typ: "JWT", alg: "HS256", kid: "entra" });
    const body = encode({ ...claims, uti: randomUUID() } satisfies Claims);
    return `${head}.${body}.${this.#sign(`${head}.${body}`)}`;
  }

  /** The claims of the token in an Authorization header, or why Graph does not take it. */
  check(header: string | undefined, audience: string, now: number): Claims {
    const token = /^Bearer (.+)$/i.exec(header ?? "")?.[1];
    if (token === undefined) throw invalid("Access token is empty.");
    const [head, body, signature] = token.split(".");
    if (head === undefined || body === undefined || signature !== this.#sign(`${head}.${body}`))
      throw invalid("CompactToken parsing failed with error code: 80049217");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Claims;
    if (claims.aud !== audience) throw invalid("Access token validation failure. Invalid audience.");
    if (claims.exp * 1000 <= now) throw invalid("Lifetime validation failed, the token is expired.");
    return claims;
  }

  #sign(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("base64url");
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

function invalid(message: string): Refusal {
  return new Refusal(401, "InvalidAuthenticationToken", message, {
    headers: {
      "WWW-Authenticate":
        'Bearer realm="", authorization_uri="https://login.example/common/oauth2/authorize"',
    },
  });
}
