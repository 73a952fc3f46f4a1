/** Of characters; less than that is a word like any other. */
const pieceLength = 8;

/** Every piece of a secret in the forms in which somebody may repeat it: as it is, escaped for a URL, in hex, in base64 wherever it stands there. */
export function piecesOf(secret: string): readonly string[] {
  const last = Math.max(0, secret.length - pieceLength);
  return Array.from({ length: last + 1 }, (_, at) => secret.slice(at, at + pieceLength)).flatMap((piece) => {
    const bytes = Buffer.from(piece, "utf8");
    const inBase64 = [0, 1, 2].map((offset) =>
      // The first and last characters also hold bits of what stands around.
      Buffer.concat([Buffer.alloc(offset), bytes])
        .toString("base64url")
        .slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6)),
    );
    const escaped = piece.isWellFormed() ? [encodeURIComponent(piece)] : [];
    return [piece, bytes.toString("hex"), ...inBase64, ...inBase64.map(standardBase64), ...escaped];
  });
}

function standardBase64(url: string): string {
  return url.replaceAll("-", "+").replaceAll("_", "/");
}
