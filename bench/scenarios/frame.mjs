// WebSocket frames as clients write them (RFC6455§5.2), right ones and wrong ones.

export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/**
 * One frame. A mask of zeros leaves the payload as it is: only that it be unforeseeable is wanted of it.
 * @param payload bytes or text
 * @param as `length` is what the header says of the payload, a number or a BigInt below 2^64
 */
export function frame(type, payload = '', { final = true, masked = true, length } = {}) {
  const bytes = Buffer.from(payload);
  const said = length ?? bytes.length;
  const extra = said < 126 ? 0 : said < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + extra + (masked ? 4 : 0));
  head[0] = (final ? 0x80 : 0) | type;
  head[1] = (masked ? 0x80 : 0) | (extra === 0 ? Number(said) : extra === 2 ? 126 : 127);
  if (extra === 2) head.writeUInt16BE(Number(said), 2);
  if (extra === 8) head.writeBigUInt64BE(BigInt(said), 2);
  return Buffer.concat([head, bytes]);
}
