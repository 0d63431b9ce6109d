/** The generated messages are those of the `.proto` files: generates them again and compares, byte by byte. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installedCommand } from './commands.ts'

const connector = fileURLToPath(new URL('../packages/connector', import.meta.url))
const fresh = join(connector, `.build/messages-${process.pid}`)

try {
  const [command, ...args] = [...installedCommand('buf'), 'generate', '--output', fresh]
  const { status } = spawnSync(command!, args, { cwd: connector, stdio: 'inherit' })
  if (status !== 0) throw new Error(`buf generate ended with ${status}`)
  const [wanted, found] = [join(fresh, 'src/gen'), join(connector, 'src/gen')]
  const names = new Set([...readdirSync(wanted), ...readdirSync(found)])
  const stale = [...names].filter((name) => read(join(wanted, name)) !== read(join(found, name)))
  if (stale.length > 0) {
    console.error(`not what proto/ says: ${stale.join(', ')}. Run: npx buf generate, in packages/connector`)
    process.exitCode = 1
  }
} finally {
  rmSync(fresh, { recursive: true, force: true })
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}
