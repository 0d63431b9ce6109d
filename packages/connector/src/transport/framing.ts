/** The bytes before each message: one byte that is 1 if the message is compressed, and its length. */
export const FRAME_HEAD_BYTES = 5

/** Requests up to this size are copied after their head; larger ones are written in two pieces. */
const COPIED_BYTES = 16_384

/** The maximum memory allocated on the strength of a claimed length; beyond it, memory grows as bytes arrive. */
const TRUSTED_BYTES = 64 << 20

/** Returns a message as the pieces to send. */
export function frame(message: Uint8Array, isCompressed: boolean): [head: Buffer, rest?: Buffer] {
  const isCopied = message.byteLength <= COPIED_BYTES
  const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES + (isCopied ? message.byteLength : 0))
  head[0] = isCompressed ? 1 : 0
  head.writeUInt32BE(message.byteLength, 1)
  if (isCopied) head.set(message, FRAME_HEAD_BYTES)
  return isCopied ? [head] : [head, Buffer.from(message.buffer, message.byteOffset, message.byteLength)]
}

/** The fault of an answer's bytes. */
export interface FrameFault {
  readonly cause: 'message-too-large' | 'bad-answer'
  readonly reason: string
}

export const tooLarge = (size: string, limitBytes: number): FrameFault => ({
  cause: 'message-too-large',
  reason: `the answer ${size} than the limit of ${limitBytes} bytes`,
})

/**
 * Assembles the single message of an answer from the data in which it arrives. Its memory is allocated once, from the
 * length in its head, after a check against the limit.
 */
export class MessageReader {
  readonly #limitBytes: number
  /** The first bytes, while the head is incomplete. */
  #partOfHead: Buffer | undefined
  #isCompressed = false
  /** The length of the message in bytes; `undefined` until its head has arrived. */
  #length: number | undefined
  #message: Buffer | undefined
  #received = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get isCompressed(): boolean {
    return this.#isCompressed
  }

  /** Adds the next bytes. Returns their fault, if any. */
  push(chunk: Buffer): FrameFault | undefined {
    if (this.#length !== undefined) return this.#append(chunk, this.#length)
    const bytes = this.#partOfHead === undefined ? chunk : Buffer.concat([this.#partOfHead, chunk])
    if (bytes.byteLength < FRAME_HEAD_BYTES) {
      this.#partOfHead = bytes
      return undefined
    }
    const length = bytes.readUInt32BE(1)
    this.#length = length
    this.#isCompressed = bytes[0] === 1
    if (bytes[0]! > 1) return { cause: 'bad-answer', reason: 'the answer is not a gRPC message' }
    if (length > this.#limitBytes) return tooLarge(`has ${length} bytes, which is more`, this.#limitBytes)
    return this.#append(bytes.subarray(FRAME_HEAD_BYTES), length)
  }

  /** Returns the message after all of it has arrived. */
  finish(): { readonly bytes: Uint8Array } | FrameFault {
    const message = this.#message
    if (message !== undefined && this.#received === this.#length) {
      return { bytes: message.byteLength === this.#length ? message : message.subarray(0, this.#length) }
    }
    const isBegun = this.#length !== undefined || this.#partOfHead !== undefined
    const reason = isBegun ? 'the answer ended in the middle of its message' : 'the answer has no message'
    return { cause: 'bad-answer', reason }
  }

  #append(chunk: Buffer, length: number): FrameFault | undefined {
    const after = this.#received + chunk.byteLength
    if (after > length) return { cause: 'bad-answer', reason: 'the answer has more than one message' }
    // A message that arrived in one piece is used without copying.
    if (this.#message === undefined && chunk.byteLength === length) this.#message = chunk
    else {
      const room = this.#room(after, length)
      if (room === undefined) return { cause: 'message-too-large', reason: `no memory for an answer of ${after} bytes` }
      chunk.copy(room, this.#received)
    }
    this.#received = after
    return undefined
  }

  /** Returns memory for at least `neededBytes` of the message, or `undefined` when the process has none left. */
  #room(neededBytes: number, length: number): Buffer | undefined {
    const message = this.#message
    if (message !== undefined && message.byteLength >= neededBytes) return message
    const claimed = Math.max(message === undefined ? TRUSTED_BYTES : message.byteLength * 2, neededBytes)
    try {
      this.#message = Buffer.allocUnsafeSlow(Math.min(length, claimed))
    } catch {
      return undefined
    }
    message?.copy(this.#message, 0, 0, this.#received)
    return this.#message
  }
}
