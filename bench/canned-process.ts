import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { nextAnswer } from './measuring-process.ts'

/** The server of canned results, in a process of its own; ended with `close`. */
export interface CannedServer extends AsyncDisposable {
  readonly port: number
}

export async function startCannedServer(): Promise<CannedServer> {
  const path = fileURLToPath(new URL('./canned-server.ts', import.meta.url))
  const child = fork(path, { execArgv: ['--import', 'tsx'] })
  const port = await nextAnswer(child)
  return {
    port: Number(port),
    async [Symbol.asyncDispose]() {
      child.kill()
      await once(child, 'exit')
    },
  }
}
