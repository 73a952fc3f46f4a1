/** Why the login service refuses, by the number that it gives. https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
import { type ConnectionError, CredentialsRefused, TransientError } from "../../../errors.ts";

export interface Identified {
  readonly tenantId: string;
  readonly clientId?: string | undefined;
}

type Explanation = readonly [what: string, hint: string];

function explanations({ tenantId, clientId }: Identified): Readonly<Record<string, Explanation>> {
  const app = `the application ${clientId ?? "of this identity"}`;
  const roles = "Entra admin center > App registrations > the application > Certificates & secrets";
  const federated: Explanation = [
    `no federated credential of ${app} fits the token`,
    "compare issuer, subject and audience of the federated credential with the workload's",
  ];
  return {
    7000215: [
      `the client secret of ${app} is wrong`,
      `give the secret's value, not its id: make a new one under ${roles}`,
    ],
    7000222: [
      `the client secret of ${app} has expired`,
      `make a new one under ${roles}, and put it in place`,
    ],
    700016: [
      `${app} is not known in the tenant ${tenantId}`,
      "correct clientId or tenantId; the application must be registered in, or consented to by, this tenant",
    ],
    90002: [`there is no tenant ${tenantId}`, "correct tenantId, or cloud: it may live in another cloud"],
    900023: [`${tenantId} is no valid tenant id`, "correct tenantId"],
    700027: [
      `the certificate of ${app} is not registered with it, or its key does not fit`,
      `upload the certificate (not the key) under ${roles}, or name the right file`,
    ],
    1000502: [
      `the certificate of ${app} has expired, or is not valid yet`,
      `upload a new one under ${roles}, and put it in place; or set this machine's clock`,
    ],
    700021: [
      `the federated token of ${app} is refused`,
      "correct the federated credential of the application",
    ],
    70021: federated,
    700211: federated,
    700212: federated,
    700213: federated,
    700024: [
      `the login of ${app} is outside of its time`,
      "set this machine's clock; a federated token may be too old",
    ],
    7000112: [`${app} is disabled`, "enable its enterprise application in the tenant"],
    7000229: [
      `${app} has no service principal in the tenant ${tenantId}`,
      "have an administrator consent to the application",
    ],
    53003: ["a conditional access policy blocks the login", "exclude the workload identity from the policy"],
    500011: ["Microsoft Graph is not known under this address in the tenant", "correct cloud or endpoints"],
  };
}

/** Another secret or certificate may be taken: the old one while the new one is on its way, or the other way round. */
const OF_THE_VALUE: ReadonlySet<string> = new Set(["7000215", "7000222", "700027", "1000502"]);

/** The service itself says that these pass. */
const PASSING: ReadonlySet<string> = new Set(["90033", "90006", "90024", "90036", "50053", "90025"]);

/** The error for what the login service said; undefined when it gave no number. */
export function loginRefusal(
  message: string,
  who: Identified,
  cause: unknown,
): ConnectionError | TransientError | undefined {
  const code = /AADSTS(\d{4,8})/.exec(message)?.[1];
  if (code === undefined) return undefined;
  if (PASSING.has(code)) {
    return new TransientError(`Entra ID cannot log us in for the moment (AADSTS${code})`, {
      outcome: "none",
      cause,
    });
  }
  const [what, hint] = explanations(who)[code] ?? [
    `Entra ID refuses the login of ${who.clientId ?? "this identity"} in the tenant ${who.tenantId}`,
    `look up AADSTS${code} at https://login.microsoftonline.com/error?code=${code}`,
  ];
  const exchange = {
    method: "POST",
    path: "/{id}/oauth2/v2.0/token",
    status: undefined,
    code: `AADSTS${code}`,
  };
  return new CredentialsRefused(`${what} (AADSTS${code})`, {
    cause,
    hint,
    exchange,
    isOfTheValue: OF_THE_VALUE.has(code),
  });
}
