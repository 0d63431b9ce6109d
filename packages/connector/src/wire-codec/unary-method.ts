import type { MessageCodec } from './message-codec.ts'

/** A call of the protocol: its name, and the codecs of its messages. */
export interface UnaryMethod<Request, Response> {
  readonly name: string
  readonly service: string
  /** `/service/method`. */
  readonly path: string
  encode(request: Request): Uint8Array
  /** @throws DecodeError when the bytes are not such a message */
  decode(bytes: Uint8Array): Response
}

type Call = readonly [request: MessageCodec<never, never>, response: MessageCodec<unknown, never>]

type MethodOf<It> = It extends readonly [
  MessageCodec<infer _Asked, infer Request>,
  MessageCodec<infer Response, infer _Given>,
]
  ? UnaryMethod<Request, Response>
  : never

/** Returns the calls of a service, from the codecs of each request and answer. */
export function serviceOf<const Calls extends Readonly<Record<string, readonly unknown[]>>>(
  service: string,
  calls: Calls,
): { readonly [Name in keyof Calls]: MethodOf<Calls[Name]> } {
  const methods = Object.entries(calls).map(([name, call]) => {
    const [request, response] = call as unknown as Call
    const method: UnaryMethod<never, unknown> = {
      name,
      service,
      path: `/${service}/${name}`,
      encode: (message) => request.encode(message),
      decode: (bytes) => response.decode(bytes),
    }
    return [name, method]
  })
  return Object.fromEntries(methods) as { readonly [Name in keyof Calls]: MethodOf<Calls[Name]> }
}
