import { constants as bufferConstants } from 'node:buffer'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'

/** What precedes each message: one byte that is 1 when it is compressed, and its length. */
export const FRAME_HEAD_BYTES = 5

/** Requests up to this size are copied behind their head; larger ones are written as two pieces. */
const COPIED_BYTES = 16_384

/** A length that a peer claims is believed up to here; beyond it, memory grows as bytes arrive. */
const TRUSTED_BYTES = 64 << 20

/** Chunks in which messages are unpacked: large enough to be quick, small enough that no chunk holds the event loop up. */
const UNPACKED_CHUNK_BYTES = 256 << 10

/** A message as the pieces that go over the wire. */
export function frame(message: Uint8Array, isCompressed: boolean): [head: Buffer, rest?: Buffer] {
  const isCopied = message.byteLength <= COPIED_BYTES
  const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES + (isCopied ? message.byteLength : 0))
  head[0] = isCompressed ? 1 : 0
  head.writeUInt32BE(message.byteLength, 1)
  if (isCopied) head.set(message, FRAME_HEAD_BYTES)
  return isCopied ? [head] : [head, Buffer.from(message.buffer, message.byteOffset, message.byteLength)]
}

export function compress(message: Uint8Array): Promise<Buffer> {
  return promisify(gzip)(message)
}

/** What is wrong with the bytes of an answer. */
export interface FrameFault {
  readonly cause: 'message-too-large' | 'bad-answer'
  readonly reason: string
}

/** An answer's message, or why there is none. */
export type Unpacked = { readonly bytes: Uint8Array } | FrameFault

/** Unpacks a compressed message, but never to more than `limitBytes`. */
export async function decompress(message: Uint8Array, encoding: unknown, limitBytes: number): Promise<Unpacked> {
  if (encoding !== 'gzip') return { cause: 'bad-answer', reason: `the answer has the unknown encoding ${encoding}` }
  try {
    const maxOutputLength = Math.min(Math.max(limitBytes, 1), bufferConstants.MAX_LENGTH)
    return { bytes: await promisify(gunzip)(message, { maxOutputLength, chunkSize: UNPACKED_CHUNK_BYTES }) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge('unpacks to more', limitBytes) : notGzip(code)
  }
}

const notGzip = (code: string | undefined): FrameFault => ({
  cause: 'bad-answer',
  reason: `the answer can't be unpacked (${code})`,
})

const tooLarge = (size: string, limitBytes: number): FrameFault => ({
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
  finish(): Unpacked {
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
    else chunk.copy(this.#room(after), this.#received)
    this.#received = after
    return undefined
  }

  #room(neededBytes: number): Buffer {
    const message = this.#message
    if (message !== undefined && message.byteLength >= neededBytes) return message
    const claimed = Math.max(message === undefined ? TRUSTED_BYTES : message.byteLength * 2, neededBytes)
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#length, claimed))
    message?.copy(larger, 0, 0, this.#received)
    this.#message = larger
    return larger
  }
}
