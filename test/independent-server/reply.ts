/** The point in an answer where it breaks. */
export type Moment = 'before-headers' | 'after-headers' | 'after-part'

/**
 * What comes back for a call. Everything is plain data, so that a program in another process can ask for it as well.
 * - `engine`: what the engine answers, well-formed.
 * - `bare-status`: a proxy answers in its place, with an HTTP status and no `grpc-status`.
 * - `status`: a gRPC status, in the headers alone or in trailers, after part of a message if so wished.
 * - `reset`: RST_STREAM with a code.
 * - `goaway`: GOAWAY with a code and a last stream id that is this call's, lower, or higher. After it the connection is
 *   destroyed, or what it covers is answered.
 * - `kill`: the connection ends without a word, by FIN or by RST.
 * - `hang`: nothing more ever comes.
 * - `malformed`: an answer that breaks the rules of gRPC.
 * - `bytes`: a message of these bytes (base64), packed already if so wished.
 */
export type Reply =
  | { readonly kind: 'engine'; readonly gzip?: boolean }
  | { readonly kind: 'bare-status'; readonly status: number; readonly body?: string; readonly contentType?: string }
  | {
      readonly kind: 'status'
      readonly code: number
      readonly message: string
      readonly at?: Moment
      readonly httpStatus?: number
    }
  | { readonly kind: 'reset'; readonly code: number; readonly at?: Moment }
  | {
      readonly kind: 'goaway'
      readonly code: number
      readonly lastStream: 'lower' | 'own' | 'higher'
      readonly then: 'answer' | 'kill'
    }
  | { readonly kind: 'kill'; readonly by?: 'fin' | 'rst'; readonly at?: Moment }
  | { readonly kind: 'hang'; readonly at?: Moment }
  | { readonly kind: 'malformed'; readonly how: Malformation }
  | { readonly kind: 'bytes'; readonly base64: string; readonly packed: boolean }

export type Malformation =
  | 'truncated-message'
  | 'no-trailers'
  | 'no-message'
  | 'two-messages'
  | 'length-too-large'
  | 'html-as-ok'
  | 'garbage-message'

/** The decision of a hook on a call. */
export interface Decision {
  readonly reply: Reply
  /** Whether the engine carries the call out first. It does where it answers. */
  readonly acts?: boolean
  /** Delay of the answer, in milliseconds. */
  readonly delayMs?: number
}

export const bareStatus = (status: number, more: { body?: string; contentType?: string } = {}): Decision => ({
  reply: { kind: 'bare-status', status, ...more },
})

/** What a proxy says whose deployment is another one. */
export const REFUSED: Decision = bareStatus(456)

export const status = (code: number, message: string, at?: Moment): Decision => ({
  reply: { kind: 'status', code, message, ...(at && { at }) },
})

export const reset = (code: number, at?: Moment): Decision => ({ reply: { kind: 'reset', code, ...(at && { at }) } })

export const goaway = (
  code: number,
  lastStream: 'lower' | 'own' | 'higher',
  then: 'answer' | 'kill' = 'kill',
): Decision => ({ reply: { kind: 'goaway', code, lastStream, then } })

export const KILLED: Decision = { reply: { kind: 'kill' } }
export const HANGING: Decision = { reply: { kind: 'hang' } }
export const malformed = (how: Malformation): Decision => ({ reply: { kind: 'malformed', how } })

/** The engine carries the call out, and then this comes instead of its answer. */
export const afterActing = (decision: Decision): Decision => ({ ...decision, acts: true })

export const delayed = (delayMs: number, decision: Decision = { reply: { kind: 'engine' } }): Decision => ({
  ...decision,
  delayMs,
})

/** Describes a reply for the log. */
export function describe({ reply, acts, delayMs }: Decision): string {
  const { kind, ...facts } = reply
  const words = Object.values(facts)
    .filter((fact) => fact !== undefined)
    .map((fact) => String(fact).slice(0, 60))
  return [
    ...(delayMs === undefined ? [] : [`after ${delayMs} ms`]),
    ...(acts && kind !== 'engine' ? ['acted, then'] : []),
    kind,
    ...words,
  ].join(' ')
}
