import { homedir } from 'node:os'

/** What a command reads and writes. The one place that knows the process's own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

export function systemSurroundings(): Surroundings {
  const { env, stdin, stdout, stderr } = process
  return { env, home: homedir(), stdin, stdout, stderr }
}

/** How wide a line may be where nobody knows how wide the terminal is. */
const UNKNOWN_WIDTH = 80

/** The columns of the terminal behind a stream; of a pipe, what `COLUMNS` says. */
export function widthOf(stream: NodeJS.WriteStream, env: Surroundings['env']): number {
  const told = Number(env.COLUMNS)
  return stream.columns ?? (Number.isSafeInteger(told) && told > 0 ? told : UNKNOWN_WIDTH)
}

/** Whether a person sits at both ends, so that a question can be asked. */
export function isInteractive({ stdin, stderr }: Surroundings): boolean {
  return stdin.isTTY === true && stderr.isTTY === true
}
