/** What precedes each message: one byte that is 1 when it is compressed, and its length. */
export const FRAME_HEAD_BYTES = 5

/** Requests up to this size are copied behind their head; larger ones are written as two pieces. */
const COPIED_BYTES = 16_384

/** A length that a peer claims is believed up to here; beyond it, memory grows as bytes arrive. */
const TRUSTED_BYTES = 64 << 20

/** A message as the pieces that go over the wire. */
export function frame(message: Uint8Array, isCompressed: boolean): [head: Buffer, rest?: Buffer] {
  const isCopied = message.byteLength <= COPIED_BYTES
  const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES + (isCopied ? message.byteLength : 0))
  head[0] = isCompressed ? 1 : 0
  head.writeUInt32BE(message.byteLength, 1)
  if (isCopied) head.set(message, FRAME_HEAD_BYTES)
  return isCopied ? [head] : [head, Buffer.from(message.buffer, message.byteOffset, message.byteLength)]
}

/** What is wrong with the bytes of an answer. */
export interface FrameFault {
  readonly cause: 'message-too-large' | 'bad-answer'
  readonly reason: string
}

export const tooLarge = (size: string, limitBytes: number): FrameFault => ({
  cause: 'message-too-large',
  reason: `the answer ${size} than the limit of ${limitBytes} bytes`,
})

/**
 * Puts the one message of an answer together from the chunks in which it arrives. Memory for it is allocated once, by the
 * length that precedes it, after that length was compared with the limit.
 */
export class MessageReader {
  readonly #limitBytes: number
  readonly #head = Buffer.alloc(FRAME_HEAD_BYTES)
  #headBytes = 0
  #length = 0
  #message: Buffer | undefined
  #received = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get isCompressed(): boolean {
    return this.#head[0] === 1
  }

  /** Takes in the next bytes. Returns what is wrong with them, if anything. */
  push(chunk: Buffer): FrameFault | undefined {
    const missing = FRAME_HEAD_BYTES - this.#headBytes
    if (missing === 0) return this.#append(chunk)
    this.#headBytes += chunk.copy(this.#head, this.#headBytes, 0, missing)
    if (this.#headBytes < FRAME_HEAD_BYTES) return undefined
    return this.#begin() ?? this.#append(chunk.subarray(missing))
  }

  /** The message, once all of it has arrived. */
  finish(): { readonly bytes: Uint8Array } | FrameFault {
    if (this.#headBytes === 0) return { cause: 'bad-answer', reason: 'the answer has no message' }
    if (this.#headBytes < FRAME_HEAD_BYTES || this.#received < this.#length) {
      return { cause: 'bad-answer', reason: 'the answer ended in the middle of its message' }
    }
    const message = this.#message!
    return { bytes: message.byteLength === this.#length ? message : message.subarray(0, this.#length) }
  }

  #begin(): FrameFault | undefined {
    this.#length = this.#head.readUInt32BE(1)
    if (this.#head[0]! > 1) return { cause: 'bad-answer', reason: 'the answer is not a gRPC message' }
    return this.#length > this.#limitBytes
      ? tooLarge(`has ${this.#length} bytes, which is more`, this.#limitBytes)
      : undefined
  }

  #append(chunk: Buffer): FrameFault | undefined {
    const after = this.#received + chunk.byteLength
    if (after > this.#length) return { cause: 'bad-answer', reason: 'the answer has more than one message' }
    // A message that came whole in one chunk is used where it lies.
    if (this.#message === undefined && chunk.byteLength === this.#length) this.#message = chunk
    else {
      const room = this.#room(after)
      if (room === undefined) return { cause: 'message-too-large', reason: `no memory for an answer of ${after} bytes` }
      chunk.copy(room, this.#received)
    }
    this.#received = after
    return undefined
  }

  /** Memory for at least so many bytes of the message, or `undefined` when the process has none left. */
  #room(neededBytes: number): Buffer | undefined {
    const message = this.#message
    if (message !== undefined && message.byteLength >= neededBytes) return message
    const claimed = Math.max(message === undefined ? TRUSTED_BYTES : message.byteLength * 2, neededBytes)
    try {
      this.#message = Buffer.allocUnsafeSlow(Math.min(this.#length, claimed))
    } catch {
      return undefined
    }
    message?.copy(this.#message, 0, 0, this.#received)
    return this.#message
  }
}
