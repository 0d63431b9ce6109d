import type { ChildProcess } from 'node:child_process'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Turn } from './contender-process.ts'
import { nextAnswer, startProcess } from './measuring-process.ts'

/** Contenders that are measured in turn, each in its own process. */
export interface Contest<Contender extends string> {
  readonly contenders: readonly Contender[]
  /** The program in this folder that runs one of them: its arguments are the contender's name and `args`. */
  readonly program: string
  readonly args: readonly string[]
  /** Options of Node for the contenders' processes. */
  readonly nodeOptions?: readonly string[]
  /** Packages that are loaded from `node_modules` as a user's program loads them, not put into the bundle. */
  readonly external: readonly string[]
  /** Sets of processes: the memory layout is fixed once per process, and matters. */
  readonly sets: number
  /** Warm-up rounds, which do not count. */
  readonly warmUpRounds: number
  readonly rounds: number
  /** Approximate duration of a turn, in milliseconds, once the duration of a run is known. */
  readonly turnSeconds: number
}

/** Inside `node_modules`, so that the packages a bundle leaves out are found. */
const BUNDLES = fileURLToPath(new URL('../node_modules/.cache/bench', import.meta.url))

/** Runs all contenders, and reports the turns that count. */
export async function holdContest<Contender extends string>(
  contest: Contest<Contender>,
): Promise<ReadonlyMap<Contender, readonly Turn[]>> {
  const turns = new Map<Contender, Turn[]>(contest.contenders.map((contender) => [contender, []]))
  const bundle = await bundleProgram(contest)
  for (let set = 0; set < contest.sets; set++) await holdSet(contest, bundle, turns)
  return turns
}

/**
 * Gives each contender's process a turn in each round, one at a time and each round beginning with another, so that a
 * disturbance of the machine meets all alike.
 */
async function holdSet<Contender extends string>(
  { contenders, args, nodeOptions = [], warmUpRounds, rounds, turnSeconds }: Contest<Contender>,
  bundle: string,
  turns: ReadonlyMap<Contender, Turn[]>,
): Promise<void> {
  const processes = await Promise.all(
    contenders.map((contender) => startProcess(bundle, [contender, ...args], nodeOptions)),
  )
  try {
    const runs = contenders.map(() => 1)
    for (let round = 0; round < warmUpRounds + rounds; round++) {
      for (let turn = 0; turn < processes.length; turn++) {
        const index = (turn + round) % processes.length
        const taken = await takeTurn(processes[index]!, runs[index]!)
        runs[index] = Math.max(1, Math.min(200, Math.round(turnSeconds / taken.seconds)))
        if (round >= warmUpRounds) turns.get(contenders[index]!)?.push(taken)
      }
    }
  } finally {
    for (const process of processes) process.disconnect()
  }
}

/** Users run compiled code, not sources through a loader that stays in memory: so do contenders. */
async function bundleProgram({ program, external }: Contest<string>): Promise<string> {
  await build({
    entryPoints: [fileURLToPath(new URL(program, import.meta.url))],
    outdir: BUNDLES,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // Only the contender that needs a package loads it.
    splitting: true,
    platform: 'node',
    target: `node${process.versions.node}`,
    format: 'esm',
    external: [...external],
    logLevel: 'error',
  })
  return join(BUNDLES, `${basename(program, '.ts')}.mjs`)
}

async function takeTurn(child: ChildProcess, runs: number): Promise<Turn> {
  child.send(runs)
  return (await nextAnswer(child)) as Turn
}
