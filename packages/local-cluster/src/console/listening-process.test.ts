import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { platform } from 'node:os'
import { expect, test } from 'vitest'
import { listeningProcess } from './listening-process.ts'

test('finds only the process that listens on a port, on systems that report it', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  expect(listeningProcess(port)).toBe(platform() === 'linux' ? process.pid : undefined)
  server.close()
  await once(server, 'close')
  expect(listeningProcess(port)).toBeUndefined()
})
