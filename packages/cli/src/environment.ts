import { homedir } from 'node:os'

/** The streams, variables and folders of a command. Only this file reads those of the process. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

export function systemEnvironment(): Environment {
  const { env, stdin, stdout, stderr } = process
  return { env, home: homedir(), stdin, stdout, stderr }
}

/** The default width of a terminal. */
const UNKNOWN_WIDTH = 80

/** The width of a stream's terminal. For a pipe, or a terminal that reports 0, `COLUMNS` or 80. */
export function widthOf(stream: NodeJS.WriteStream, env: Environment['env'] = {}): number {
  const told = Number(env.COLUMNS)
  return stream.columns || (Number.isSafeInteger(told) && told > 0 ? told : UNKNOWN_WIDTH)
}

/** Whether lines on a stream can be redrawn: it is a terminal, and `TERM` is not `dumb`. */
export function canRedraw(stream: NodeJS.WriteStream, env: Environment['env']): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb'
}

/** Whether both input and output are terminals, so that prompts are possible. */
export function isInteractive({ stdin, stderr }: Environment): boolean {
  return stdin.isTTY === true && stderr.isTTY === true
}
