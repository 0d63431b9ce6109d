import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import { RpcError } from './rpc-error.ts'
import type { MessagePieces, UnaryCall, UnaryHandler } from './unary-server.ts'

/** The unary methods of a generated service, by their local names. */
export type ServiceMethods = Readonly<Record<string, DescMethodUnary<DescMessage, DescMessage>>>

/** An encoded answer, for messages too large to be encoded from an object. */
export class EncodedReply {
  constructor(readonly pieces: MessagePieces) {}
}

/** The handler of a method. */
export type MethodHandler<Method extends DescMethodUnary<DescMessage, DescMessage>> = (
  request: MessageShape<Method['input']>,
  call: UnaryCall,
) => Promise<MessageInitShape<Method['output']> | EncodedReply>

/** One handler for each method of a service. A missing method is a compile error. */
export type ServiceHandlers<Methods extends ServiceMethods> = {
  readonly [Name in keyof Methods]: MethodHandler<Methods[Name]>
}

/**
 * Decodes each request, passes it through `admit`, which may refuse it or add to it, runs its handler and encodes the
 * answer.
 */
export function serviceHandler<Methods extends ServiceMethods>(
  service: string,
  methods: Methods,
  handlers: ServiceHandlers<Methods>,
  admit: (request: MessageShape<DescMessage>, call: UnaryCall) => void = () => undefined,
): UnaryHandler {
  return async (message, call) => {
    const method = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined
    if (call.service !== service || method === undefined) {
      throw new RpcError('unimplemented', `/${call.service}/${call.method} is not a method of this server`)
    }
    const request = decodeRequest(method.input, message)
    admit(request, call)
    const reply = await handlers[call.method as keyof Methods](request as never, call)
    return reply instanceof EncodedReply ? reply.pieces : [toBinary(method.output, create(method.output, reply))]
  }
}

function decodeRequest(schema: DescMessage, message: Uint8Array): MessageShape<DescMessage> {
  try {
    return fromBinary(schema, message)
  } catch (cause) {
    throw new RpcError('internal', `the request is not a valid ${schema.typeName}`, { cause })
  }
}
