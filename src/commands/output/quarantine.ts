import type { FailedExchange } from "../../errors.ts";
import type { Quarantine, QuarantineReason } from "../../store/quarantines.ts";
import { isoTime } from "./json.ts";
import { counted, relative, span } from "./numbers.ts";

const words: Readonly<Record<QuarantineReason, string>> = {
  EncounteredQuarantineException: "the login or the protocol fails",
  EncounteredBaseEscrowThreshold: "too many people and groups fail",
  EncounteredTotalEscrowThreshold: "too much fails, references and memberships among it",
  EncounteredEscrowProportionThreshold: "too large a share fails",
};

/** What goes on meanwhile. */
function meanwhile({ reason }: Quarantine): string {
  return reason === "EncounteredQuarantineException"
    ? "until then nothing is asked"
    : "until then only access is taken away";
}

/** Since when and why, what goes on, and the first request that failed: each a line. */
export function quarantineTexts(quarantine: Quarantine, now: number): string[] {
  const { reason, message, since, seriesBegan, seriesCount, nextAttempt, failure } = quarantine;
  const series =
    seriesCount < 2
      ? ""
      : `${counted(seriesCount, "attempt")} in ${span(now - seriesBegan)} left it as it is; `;
  return [
    `in quarantine since ${relative(since, now)} (${reason}: ${words[reason]}): ${message}`,
    `${series}next attempt by itself ${relative(nextAttempt, now)}, ${meanwhile(quarantine)}`,
    ...(failure === undefined ? [] : [`first failed request: ${exchangeText(failure)}`]),
  ];
}

/** "POST /Users, answered 400 invalidValue: Attribute 'department' is required" */
function exchangeText({ method, path, status, code, detail }: FailedExchange): string {
  const answer = [status, code].filter((each) => each !== undefined).join(" ");
  return `${method} ${path}, answered ${answer}${detail === undefined ? "" : `: ${detail}`}`;
}

/** The same for other programs; null where there is none. */
export function quarantineFields(quarantine: Quarantine | undefined): Record<string, unknown> | null {
  if (quarantine === undefined) return null;
  const { since, seriesBegan, evaluatedAt, nextAttempt, failure, ...rest } = quarantine;
  return {
    ...rest,
    why: words[quarantine.reason],
    since: isoTime(since),
    seriesBegan: isoTime(seriesBegan),
    evaluatedAt: isoTime(evaluatedAt),
    nextAttempt: isoTime(nextAttempt),
    failure: failure ?? null,
  };
}
