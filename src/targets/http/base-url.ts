/** Where a service may be: https anywhere, http on this machine alone. */
import { lookup as resolve } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** What is wrong with a base URL, or undefined. */
export function problemOf(text: string): string | undefined {
  if (!URL.canParse(text)) return "expected a URL such as https://app.example.com/scim/v2";
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (url.username !== "" || url.password !== "")
    return "expected a URL without user name and password; the login goes into token";
  if (url.search !== "" || url.hash !== "") return "expected a URL without ? and #";
  if (url.protocol === "https:") return undefined;
  if (url.protocol === "http:" && (host === "localhost" || isLoopback(host))) return undefined;
  return "expected an https URL; http is for addresses of this machine (localhost, 127.0.0.1, ::1)";
}

/** The base URL in one spelling: lower-case host, no slash at the end. */
export function normalised(text: string): string {
  const url = new URL(text);
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** Name resolution for plain http: "localhost" may be written in a hosts file to mean another machine. */
export const loopbackOnly: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, found) => {
    const outside = found?.find(({ address }) => !isLoopback(address));
    if (error !== null) callback(error, []);
    else if (outside !== undefined)
      callback(Object.assign(new Error(`${hostname} is not this machine`), { code: "ERR_NOT_LOOPBACK" }), []);
    else if (options.all) callback(null, found);
    else callback(null, found[0]?.address ?? "", found[0]?.family ?? 0);
  });
};
