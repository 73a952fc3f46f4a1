import type { Answer } from "./exchange.ts";

/** An answer that says no, on its way to whoever decides what that means. */
export class Refused extends Error {
  readonly answer: Answer;
  readonly endpoint: "api" | "token";
  /** Read by Okta's client, which asks for a new token once after a 401 of the API. */
  readonly status: number | undefined;

  constructor(answer: Answer, endpoint: "api" | "token") {
    super(`HTTP ${answer.status}`);
    this.name = "Refused";
    this.answer = answer;
    this.endpoint = endpoint;
    this.status = endpoint === "api" ? answer.status : undefined;
  }
}
