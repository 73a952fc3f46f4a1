/** What is wrong with the address of an organisation, or undefined. */
export function orgUrlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return "expected a URL such as https://example.okta.com";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return "expected a URL without user name and password";
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "")
    return "expected only the address of the organisation, such as https://example.okta.com";
  if (/-admin\.(okta|oktapreview|okta-emea|okta-gov|okta\.mil)\b/.test(url.hostname))
    return "expected the address of the organisation, not that of its admin console (leave out -admin)";
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol === "https:" || (url.protocol === "http:" && isHere)) return undefined;
  return "expected an https URL; http is for addresses of this machine (localhost, 127.0.0.1, ::1)";
}
