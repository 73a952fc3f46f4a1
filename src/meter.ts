/** What every part is handed to count what it had to do again. Hosts are those of the configuration, never of an answer. */
export interface Meter {
  /** A request to the host is sent again: the service asked us to wait or failed (its HTTP status), or nothing came back ("network"). */
  retried(host: string, status: number | "network"): void;
}
