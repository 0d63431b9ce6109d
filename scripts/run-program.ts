import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

interface ProgramOutcome {
  passed: boolean
  /** What it wrote, on either stream, in the order it came. */
  output: string
  seconds: number
}

/** The command line of a TypeScript program of this repository. */
export const program = (path: string) => [process.execPath, '--import', 'tsx', path]

/** Runs a program from the root of the repository, with the installed commands on its path, and collects what it says. */
export function runProgram(
  [command, ...args]: readonly string[],
  { env = {}, timeoutMs = 600_000 }: { env?: Record<string, string>; timeoutMs?: number } = {},
): Promise<ProgramOutcome> {
  const begun = performance.now()
  const path = `${root}node_modules/.bin${delimiter}${process.env.PATH}`
  const child = spawn(command!, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', PATH: path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return new Promise((resolve) => {
    const end = (passed: boolean) => resolve({ passed, output, seconds: (performance.now() - begun) / 1000 })
    child.on('error', (error) => {
      output += error.message
      end(false)
    })
    child.on('close', (code, signal) => {
      if (signal !== null) output += `\nended by ${signal} after ${((performance.now() - begun) / 1000).toFixed(0)} s`
      end(code === 0)
    })
  })
}

/** One line for a program that did what it should, and all of its output for one that did not. */
export function tell(name: string, width: number, { passed, output, seconds }: ProgramOutcome) {
  console.log(`${passed ? '✓' : '✗'} ${name.padEnd(width)} ${seconds.toFixed(1).padStart(6)} s`)
  if (!passed) console.log(output.trimEnd())
}
