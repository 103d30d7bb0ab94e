/** What the stub writes on the status descriptor: 16 bytes a message, u32 step, u32 what, i64 value. Pure. */

export const MESSAGE_BYTES = 16;
const FAILED = 1;
const REPORTED = 2;

export type Message =
  | { readonly what: 'failed'; readonly step: number; readonly errno: number }
  | { readonly what: 'reported'; readonly step: number; readonly value: number };

/** The whole messages in `bytes`, and what is left of one that has not come as a whole. */
export function parseMessages(bytes: Buffer): { readonly messages: Message[]; readonly rest: Buffer } {
  const messages: Message[] = [];
  let at = 0;
  for (; at + MESSAGE_BYTES <= bytes.length; at += MESSAGE_BYTES) messages.push(parseMessage(bytes, at));
  return { messages, rest: bytes.subarray(at) };
}

function parseMessage(bytes: Buffer, at: number): Message {
  const step = bytes.readUInt32LE(at);
  const what = bytes.readUInt32LE(at + 4);
  const value = Number(bytes.readBigInt64LE(at + 8));
  if (what === FAILED) return { what: 'failed', step, errno: value };
  if (what === REPORTED) return { what: 'reported', step, value };
  throw new Error(`the launcher's stub said ${what}, which means nothing`);
}
