import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { findProgram, freePort, ServerProgram } from '../../proxies/server-program.ts'
import { waitFor } from '../../proxies/waiting.ts'
import { startGrpcJsServer } from './grpc-js-server.ts'

const INSTALLED = fileURLToPath(new URL('../../../.build/interop/', import.meta.url))
const START_TIMEOUT_MS = 30_000

export interface RunningServer {
  readonly port: number
  close(): Promise<void>
}

/** A server of `grpc.testing.TestService` whose gRPC is not part of this project. */
export interface ServerKind {
  readonly name: string
  /** Which messages may be compressed: none, requests alone, or answers too, when the request's content asks for it. */
  readonly gzip: 'none' | 'requests' | 'both'
  /** `undefined` when it is installed, else what to do. */
  missing(): string | undefined
  start(): Promise<RunningServer>
}

export const SERVER_KINDS: readonly ServerKind[] = [
  {
    name: 'grpc-go, the official interop server',
    gzip: 'none',
    missing: () => missing('server', INSTALLED),
    start: () => startProgram(`${INSTALLED}server`, (port) => [`--port=${port}`]),
  },
  {
    name: 'grpcio for Python',
    gzip: 'both',
    missing: () => missing('python', `${INSTALLED}python/bin`),
    start: () => startProgram(`${INSTALLED}python/bin/python`, (port) => [PYTHON_SERVER, String(port)]),
  },
  { name: 'grpc-js', gzip: 'requests', missing: () => undefined, start: startGrpcJsServer },
]

const PYTHON_SERVER = fileURLToPath(new URL('grpcio_server.py', import.meta.url))

function missing(program: string, folder: string): string | undefined {
  return findProgram(program, folder) === undefined ? 'is not installed: run test/interop/install-servers' : undefined
}

async function startProgram(command: string, args: (port: number) => string[]): Promise<RunningServer> {
  const port = await freePort()
  const program = new ServerProgram()
  program.start(command, args(port))
  try {
    const listens = () => {
      program.assertRunning()
      return accepts(port)
    }
    await waitFor(`${command} beginning to listen`, listens, START_TIMEOUT_MS)
  } catch (error) {
    await program.close()
    throw error
  }
  return { port, close: () => program.close() }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
