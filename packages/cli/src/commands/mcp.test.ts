import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { localProfile } from '../testing/local-profile.ts'
import { temporaryHome } from '../testing/temporary-home.ts'
import { COMMAND_WORDS, SOURCE_ENV } from '../testing/test-terminal.ts'

const PROTOCOL = '2025-06-18'

/** Hides the package from a process, as if it were not installed. */
const WITHOUT_PACKAGE = asModule(`import { register } from 'node:module'
register(${JSON.stringify(
  asModule(`export async function resolve(specifier, context, next) {
    if (specifier !== 'e6data-mcp') return next(specifier, context)
    const message = "Cannot find package 'e6data-mcp' imported from the command"
    throw Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' })
  }`),
)})`)

function asModule(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`
}

/** Starts `e6data mcp`, as an MCP client does. */
function startMcp(env: Readonly<Record<string, string>>, nodeOptions: readonly string[] = []) {
  const [node, ...words] = COMMAND_WORDS
  const main = words.pop()!
  const child = spawn(node!, [...words, ...nodeOptions, main, 'mcp', '-P', 'local'], {
    env: { ...env, ...SOURCE_ENV },
    stdio: 'pipe',
  })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const ended = once(child, 'close').then(([exit]) => ({ exit: exit as number | null, stderr }))
  return { child, ended }
}

test('mcp serves a client over standard input and output, and ends with its input', async () => {
  await using local = await localProfile()
  const { child, ended } = startMcp(local.home.env)
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const ask = async (id: number, method: string, params: object) => {
    send({ id, method, params })
    const { value } = await answers.next()
    return JSON.parse(String(value)) as unknown
  }
  const hello = { protocolVersion: PROTOCOL, capabilities: {}, clientInfo: { name: 'a test', version: '1' } }
  expect(await ask(1, 'initialize', hello)).toMatchObject({ result: { serverInfo: { name: 'e6data' } } })
  send({ method: 'notifications/initialized' })
  const call = { name: 'query', arguments: { sql: 'SELECT 42 AS answer' } }
  expect(await ask(2, 'tools/call', call)).toMatchObject({
    id: 2,
    result: { structuredContent: { rows: [[42]], strategy: 'blue' } },
  })
  child.stdin.end()
  expect(await ended).toEqual({ exit: 0, stderr: '' })
})

test('mcp explains how to install the server when it is missing', async () => {
  using home = temporaryHome()
  const { exit, stderr } = await startMcp(home.env, ['--import', WITHOUT_PACKAGE]).ended
  expect(exit).toBe(2)
  expect(stderr).toContain('e6data mcp: the package e6data-mcp is not installed: `npm install --global e6data-mcp`\n')
})
