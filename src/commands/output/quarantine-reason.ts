/** Codes as the snapshot and JSON have them: those of Microsoft Graph's synchronizationQuarantine, which admins may know. */
const words: Readonly<Record<string, string>> = {
  EncounteredQuarantineException: "the login was refused",
  EncounteredBaseEscrowThreshold: "too many objects fail",
  EncounteredTotalEscrowThreshold: "too many objects fail, references among them",
  EncounteredEscrowProportionThreshold: "too large a share of all objects fails",
  TooManyDeletes: "too many deletions at once",
  IngestionInterrupted: "reading the directory was interrupted",
  QuarantinedOnDemand: "somebody asked for it",
};

/** Why a connection is in quarantine, in words. */
export function quarantineReason(code: string): string {
  return words[code] ?? code;
}
