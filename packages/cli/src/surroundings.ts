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

/** The width of a line where the terminal's is not known. */
const UNKNOWN_WIDTH = 80

/** The columns of the terminal behind a stream. For a pipe, or a terminal that reports 0, what `COLUMNS` says, else 80. */
export function widthOf(stream: NodeJS.WriteStream, env: Surroundings['env'] = {}): number {
  const told = Number(env.COLUMNS)
  return stream.columns || (Number.isSafeInteger(told) && told > 0 ? told : UNKNOWN_WIDTH)
}

/** Whether lines on a stream can be drawn over: it is a terminal, and `TERM` does not say that it knows no such thing. */
export function canRedraw(stream: NodeJS.WriteStream, env: Surroundings['env']): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb'
}

/** Whether a person sits at both ends, so that a question can be asked. */
export function isInteractive({ stdin, stderr }: Surroundings): boolean {
  return stdin.isTTY === true && stderr.isTTY === true
}
