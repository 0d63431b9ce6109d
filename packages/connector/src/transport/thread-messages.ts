import type { ResolvedChannelOptions } from './channel-options.ts'
import { FRAME_HEAD_BYTES } from './framing.ts'
import type { WireAnswer, WireCall } from './unary-channel.ts'

/** What the program's thread says to the one that holds the channels. Channels and calls have numbers. */
export type ToThread =
  | { readonly kind: 'open'; readonly channel: number; readonly options: ResolvedChannelOptions }
  | { readonly kind: 'call'; readonly channel: number; readonly id: number; readonly call: WireCall }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'close'; readonly channel: number }
  /** The last message: the thread ends once its connections have. */
  | { readonly kind: 'end' }

/** What it says back. */
export type FromThread =
  /** It runs, and takes messages. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'answered'; readonly id: number; readonly answer: WireAnswer }
  | { readonly kind: 'usable'; readonly channel: number; readonly usable: boolean }

/**
 * What of these bytes can be handed over to another thread instead of copied: memory that is theirs alone. Small ones lie
 * among others in a pool, and are copied.
 */
export function movable({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  const isOwn = buffer.byteLength - byteLength <= FRAME_HEAD_BYTES && byteLength > Buffer.poolSize
  return isOwn && buffer instanceof ArrayBuffer ? [buffer] : []
}
