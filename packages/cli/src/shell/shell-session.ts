import { type Connection, type ConnectOptions, clusterManager } from 'e6data-connector'
import type { Invocation } from '../invocation.ts'
import type { StrategyPlace } from '../output/strategy-picture.ts'
import type { InputBuffer } from './input-buffer.ts'
import type { KnownNames } from './known-names.ts'
import type { ShellSettings } from './settings.ts'
import type { ShellTerminal } from './shell-terminal.ts'
import type { StatementRunner } from './statement-runner.ts'

/** The cluster of a shell, and its address. */
export interface ShellLink {
  readonly connection: Connection
  readonly options: ConnectOptions
  readonly place: StrategyPlace
}

/** The state of a running shell. */
export interface ShellSession {
  readonly invocation: Invocation
  /** Replaced by `\\connect`. */
  link: ShellLink
  /** Called after `\\connect`, so that events come from the new cluster. */
  onConnect: () => void
  readonly settings: ShellSettings
  readonly runner: StatementRunner
  readonly names: KnownNames
  readonly terminal: ShellTerminal
  readonly buffer: InputBuffer
  /** The last statement. */
  lastStatement: string | undefined
  /** Statements of this session and, where there is a history, of earlier ones; the newest last. */
  readonly history: () => readonly string[]
  /** Runs the lines of a file. */
  readonly include: (path: string) => Promise<void>
}

/** Runs a statement, and keeps it for `\g`. Refreshes cached names if it changes the catalog. */
export async function runStatement(session: ShellSession, sql: string): Promise<void> {
  session.lastStatement = sql
  try {
    await session.runner.run(sql)
  } finally {
    if (/^\s*(create|drop|alter)\b/i.test(sql)) session.names.forget()
  }
}

/** Calls the cluster service, over a separate connection. */
export async function clusterStatus({ link: { options } }: ShellSession, signal: AbortSignal): Promise<string> {
  await using manager = clusterManager(options)
  return await manager.status({ signal })
}
