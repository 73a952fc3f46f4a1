/** An answer that refuses, in the form that Okta gives it: only the code may steer a client. */
export class OktaError extends Error {
  readonly status: number;
  readonly code: string;
  readonly causes: readonly string[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    summary: string,
    causes: readonly string[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(summary);
    this.status = status;
    this.code = code;
    this.causes = causes;
    this.headers = headers;
  }
}

export function validationFailed(what: string, causes: readonly string[] = [what]): OktaError {
  return new OktaError(400, "E0000001", `Api validation failed: ${what}`, causes);
}

export function accessDenied(headers: Readonly<Record<string, string>> = {}): OktaError {
  return new OktaError(
    403,
    "E0000006",
    "You do not have permission to perform the requested action",
    [],
    headers,
  );
}

/** `kind` is the name that the service prints: User, UserGroup, AppInstance, AppUser. */
export function notFound(id: string, kind: string): OktaError {
  return new OktaError(404, "E0000007", `Not found: Resource not found: ${id} (${kind})`);
}

export function invalidToken(headers: Readonly<Record<string, string>> = {}): OktaError {
  return new OktaError(401, "E0000011", "Invalid token provided", [], headers);
}

export function invalidSearch(cause: string): OktaError {
  return new OktaError(400, "E0000031", "Invalid search criteria.", [cause]);
}

export function tooManyRequests(): OktaError {
  return new OktaError(429, "E0000047", "API call exceeded rate limit due to too many requests.");
}

/** The body of an error; `errorId` names the incident. */
export function errorBody(error: OktaError, errorId: string): unknown {
  return {
    errorCode: error.code,
    errorSummary: error.message,
    errorLink: error.code,
    errorId,
    errorCauses: error.causes.map((errorSummary) => ({ errorSummary })),
  };
}
