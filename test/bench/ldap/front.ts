/**
 * Stands before slapd, in a process of its own: speaks TLS, as the client asks for, and takes the mark "critical" off the control that asks
 * for names in the form of Active Directory, which slapd does not know and would refuse. Nothing else is touched.
 *
 *   node front.ts SOCKET-OF-SLAPD KEY CERTIFICATE
 *
 * Says its port to its parent, and the bytes that it gave to clients since it was asked last.
 */
import { readFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { createServer } from "node:tls";

const [socketOfSlapd = "", key = "", certificate = ""] = process.argv.slice(2);
const EXTENDED_DN = Buffer.from("1.2.840.113556.1.4.529");
/** BER: a boolean that is true. */
const TRUE = Buffer.from([0x01, 0x01, 0xff]);

let bytes = 0;
const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (client) => {
  const slapd = connect(socketOfSlapd);
  client.on("data", (asked: Buffer) => slapd.write(tolerant(asked)));
  slapd.on("data", (answer: Buffer) => {
    bytes += answer.length;
    if (!client.write(answer)) slapd.pause();
  });
  client.on("drain", () => slapd.resume());
  for (const [one, other] of [
    [client, slapd],
    [slapd, client],
  ] as const) {
    one.on("end", () => other.end());
    one.on("error", () => other.destroy());
  }
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("message", () => {
  process.send?.({ bytes });
  bytes = 0;
});
process.on("disconnect", () => process.exit());

/** Requests are small: each comes in one piece. */
function tolerant(asked: Buffer): Buffer {
  for (let at = asked.indexOf(EXTENDED_DN); at >= 0; at = asked.indexOf(EXTENDED_DN, at + 1)) {
    const mark = at + EXTENDED_DN.length;
    if (asked.subarray(mark, mark + TRUE.length).equals(TRUE)) asked[mark + 2] = 0;
  }
  return asked;
}
