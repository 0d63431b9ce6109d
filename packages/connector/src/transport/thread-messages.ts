import type { ResolvedChannelOptions } from './channel-options.ts'
import { FRAME_HEAD_BYTES } from './framing.ts'
import type { WireAnswer, WireCall } from './unary-channel.ts'

/** Messages from the program's thread to the one that hosts the channels. Channels and calls have numbers. */
export type ToThread =
  | { readonly kind: 'open'; readonly channel: number; readonly options: ResolvedChannelOptions }
  | { readonly kind: 'call'; readonly channel: number; readonly id: number; readonly call: WireCall }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'close'; readonly channel: number }
  /** The last message: the thread ends when its connections have ended. */
  | { readonly kind: 'end' }

/** Messages back to the program's thread. */
export type FromThread =
  /** The thread runs and accepts messages. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'answered'; readonly id: number; readonly answer: WireAnswer }
  | { readonly kind: 'usable'; readonly channel: number; readonly usable: boolean }

/**
 * Returns the memory that can be transferred to another thread instead of copied: memory that holds only these bytes.
 * Small arrays share memory in a pool and are copied.
 */
export function movable({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  const isOwn = buffer.byteLength - byteLength <= FRAME_HEAD_BYTES && byteLength > Buffer.poolSize
  return isOwn && buffer instanceof ArrayBuffer ? [buffer] : []
}
