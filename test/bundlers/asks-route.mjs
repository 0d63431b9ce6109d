/** Starts the server of a Next.js app, which it is given by its path, asks its route, and prints the answer. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

// The server takes port 0 for "none given", which is 3000.
const place = createServer().listen(0, '127.0.0.1')
await once(place, 'listening')
const { port } = place.address()
place.close()
await once(place, 'close')

const [, , server] = process.argv
const env = { ...process.env, HOSTNAME: '127.0.0.1', PORT: String(port), NEXT_TELEMETRY_DISABLED: '1' }
const child = spawn(process.execPath, [server], { env, stdio: ['ignore', 'pipe', 'inherit'] })
try {
  for await (const line of createInterface(child.stdout)) if (line.includes('Ready')) break
  const response = await fetch(`http://127.0.0.1:${port}/answer`)
  if (!response.ok) throw new Error(`the route answered ${response.status}`)
  console.log(await response.text())
} finally {
  child.kill()
  await once(child, 'exit')
}
