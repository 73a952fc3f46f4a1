/** The clouds that Microsoft runs Entra ID in: each has its own login and its own Graph, and tokens of one are worth nothing in another. */

/** Roots without a slash at the end. https://learn.microsoft.com/graph/deployments */
export interface Endpoints {
  readonly login: string;
  readonly graph: string;
}

export const clouds = {
  public: { login: "https://login.microsoftonline.com", graph: "https://graph.microsoft.com" },
  usgov: { login: "https://login.microsoftonline.us", graph: "https://graph.microsoft.us" },
  "usgov-dod": { login: "https://login.microsoftonline.us", graph: "https://dod-graph.microsoft.us" },
  china: {
    login: "https://login.chinacloudapi.cn",
    graph: "https://microsoftgraph.chinacloudapi.cn",
  },
} as const satisfies Readonly<Record<string, Endpoints>>;

/** What is wrong with a custom endpoint, or undefined. */
export function endpointProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:") return "expected an address that begins with https://";
  const isBare = url.pathname === "/" && url.search === "" && url.hash === "";
  if (!isBare || url.username !== "" || url.password !== "")
    return "expected scheme, host and port only, such as https://graph.microsoft.com";
  return undefined;
}
