import { afterAll } from 'vitest'
import { useOwnStateFolder } from './state-folder.ts'

afterAll(useOwnStateFolder())

// Where the environment names a proxy, the other gRPC libraries that tests use (grpc-js, Python's) send loopback there too.
process.env.no_grpc_proxy = 'localhost,127.0.0.1,::1'
