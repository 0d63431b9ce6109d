import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
} from '@grpc/grpc-js'
import {
  decodeDelayedRequest,
  decodeSimpleRequest,
  ECHO_HEADER,
  encodeSimpleResponse,
  METHOD,
} from '../grpc-testing.ts'

const asBytes = (bytes: Buffer) => bytes
const codec = {
  requestSerialize: asBytes,
  requestDeserialize: asBytes,
  responseSerialize: asBytes,
  responseDeserialize: asBytes,
  requestStream: false,
}

const SERVICE: ServiceDefinition = {
  empty: { ...codec, path: METHOD.empty, responseStream: false },
  unary: { ...codec, path: METHOD.unary, responseStream: false },
  delayed: { ...codec, path: METHOD.delayed, responseStream: true },
}

const empty: handleUnaryCall<Buffer, Buffer> = (_call, answer) => answer(null, Buffer.alloc(0))

const unary: handleUnaryCall<Buffer, Buffer> = (call, answer) => {
  const echo = new Metadata()
  for (const value of call.metadata.get(ECHO_HEADER)) echo.set(ECHO_HEADER, value)
  call.sendMetadata(echo)
  const { status, responseSize = 0 } = decodeSimpleRequest(call.request)
  if (status !== undefined) answer({ code: status.code, details: status.message, metadata: echo })
  else answer(null, encodeSimpleResponse(Buffer.alloc(responseSize)), echo)
}

const delayed: handleServerStreamingCall<Buffer, Buffer> = (call) => {
  const timer = setTimeout(() => {
    call.write(encodeSimpleResponse(Buffer.alloc(1)))
    call.end()
  }, decodeDelayedRequest(call.request))
  call.on('cancelled', () => clearTimeout(timer))
  call.on('error', () => clearTimeout(timer))
}

/** The same service on `@grpc/grpc-js`, in this process. */
export async function startGrpcJsServer(): Promise<{ port: number; close(): Promise<void> }> {
  const server = new Server()
  server.addService(SERVICE, { empty, unary, delayed })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  return { port, close: async () => server.forceShutdown() }
}
